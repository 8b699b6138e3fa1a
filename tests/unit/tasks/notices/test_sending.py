"""One try: to the address that was checked and no other, whatever names, redirects and receivers do.

What an attack gains is shown first, without the guard.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from egress_world import Roots
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.notices.reach import Reach, parsed
from pullwright.tasks.notices.sending import Outcome, Sender
from receivers import Receiver

T = TypeVar("T")
HERE = ("127.0.0.0/8",)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def send(url: str, reach: Reach, **more: Any) -> Outcome:
    environ = more.pop("environ", {})
    async with Sender.open(reach, environ=environ, **more) as sender:
        return await sender.send(url, {"webhook-id": "wh_1"}, b"{}")


def names(**known: Sequence[str]):  # type: ignore[no-untyped-def]
    """A resolver that knows these names (`_` for `.`), and gives each of several answers in turn."""
    asked: dict[str, int] = {}

    async def resolve(name: str, _port: int) -> Sequence[str]:
        answers = known[name.replace(".", "_")]
        asked[name] = asked.get(name, -1) + 1
        return (answers[min(asked[name], len(answers) - 1)],)

    return resolve


INSIDE = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://127.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
)


def test_a_webhook_reaches_what_only_this_machine_should_where_it_is_allowed_and_nowhere_else() -> None:
    with Receiver.open() as secret:
        url = INSIDE[0].format(port=secret.port)
        assert run(send(url, Reach(HERE))).delivered  # the attack: whoever may make an endpoint speaks to what is inside
        assert len(secret.got) == 1
        for spelled in INSIDE:
            outcome = run(send(spelled.format(port=secret.port), Reach()))
            assert not outcome.delivered
            assert "not on the open internet" in outcome.why
        assert len(secret.got) == 1


def test_a_name_that_means_something_else_a_moment_later_gains_nothing() -> None:
    with Receiver.open() as victim:
        url = f"http://hooks.example:{victim.port}/"

        async def naive() -> None:
            """Check the name, then let the client look it up again: what a guard without pinning does."""
            resolve = names(hooks_example=("127.0.0.2", "127.0.0.1"))
            await Reach(("127.0.0.2/32",), resolve=resolve).addresses(url)
            (address,) = await resolve("hooks.example", victim.port)
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.post(f"http://{address}:{victim.port}/", content=b"{}")

        run(naive())
        assert len(victim.got) == 1
        reach = Reach(("127.0.0.2/32",), resolve=names(hooks_example=("127.0.0.2", "127.0.0.1")))
        outcome = run(send(url, reach))
        assert (outcome.status, outcome.delivered) == (0, False)
        assert len(victim.got) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.0.0.1", False),
        ("172.16.9.9", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
    ],
)
def test_only_the_open_internet_is_reached_unless_a_network_is_named(address: str, public: bool) -> None:
    assert Reach().allows(address) is public


def test_a_named_network_is_reached_and_a_clouds_metadata_never() -> None:
    reach = Reach(("10.0.0.0/8", "::/0", "0.0.0.0/0", "169.254.169.254"))
    assert reach.allows("10.1.2.3")
    assert reach.allows("::ffff:10.1.2.3")
    assert not reach.allows("169.254.169.254")
    assert not reach.allows("::ffff:169.254.169.254")
    assert not Reach(("10.0.0.0/8",)).allows("192.168.0.1")
    with pytest.raises(FixSettings, match="webhook_networks"):
        Reach(("10.0.0.300/8",))


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example", "ftp://hooks.example/", "file:///etc/passwd", "https://", "https://a:b@hooks.example/", "http://x:0/",
     "http://x:99999/", "https://hooks.example/#here", "https://hooks.example/a b", "https://hooks.example/\r\nX: y",
     "https://hooks.example/" + "x" * 2000, "http://a\\b.example/", "http://x\\@y.example/", "http://[fe80::1%25eth0]/",
     "http://a;b/", "http://[::1/", "https://bücher.example/"],
)  # fmt: skip
def test_what_is_no_url_is_told(url: str) -> None:
    with pytest.raises(FixSettings, match="no URL"):
        parsed(url)


def test_a_redirect_is_not_followed_and_says_so() -> None:
    with Receiver.open() as victim, Receiver.open() as receiver:
        receiver.answers, receiver.headers = [302, 307], {"location": victim.url}
        for status in (302, 307):
            outcome = run(send(receiver.url, Reach(HERE)))
            assert (outcome.status, outcome.delivered) == (status, False)
            assert "redirects" in outcome.why
        assert victim.got == []


def test_what_is_sent_is_json_by_name_and_a_receiver_may_ask_for_time() -> None:
    with Receiver.open() as receiver:
        receiver.answers, receiver.headers = [429], {"retry-after": "1800"}
        reach = Reach(HERE, resolve=names(hooks_example=("127.0.0.1",)))
        outcome = run(send(f"http://hooks.example:{receiver.port}/a%20b?c=d%2Fe", reach))
        assert (outcome.status, outcome.wait) == (429, 1800.0)
        (message,) = receiver.got
        assert message.path == "/a%20b?c=d%2Fe"
        assert message.headers["host"] == f"hooks.example:{receiver.port}"
        assert message.headers["content-type"] == "application/json"
        assert message.headers["user-agent"].startswith("Pullwright/")
        assert message.headers["webhook-id"] == "wh_1"


def test_the_certificate_is_held_against_the_name_though_the_address_is_connected_to(tmp_path: Path) -> None:
    roots = Roots(tmp_path)
    trusting = ssl.create_default_context(cafile=str(roots.file))
    with Receiver.open(roots.context("hooks.example")) as receiver:
        reach = Reach(HERE, resolve=names(hooks_example=("127.0.0.1",), other_example=("127.0.0.1",)))
        assert run(send(f"https://hooks.example:{receiver.port}/", reach, context=trusting)).delivered
        other = run(send(f"https://other.example:{receiver.port}/", reach, context=trusting))
        assert "certificate" in other.why.lower()
        stranger = run(send(f"https://hooks.example:{receiver.port}/", reach))
        assert "certificate" in stranger.why.lower()
        assert len(receiver.got) == 1


def test_of_several_addresses_the_first_that_answers_is_taken_and_one_bad_one_spoils_all() -> None:
    with Receiver.open() as receiver:

        async def several(_name: str, _port: int) -> Sequence[str]:
            return ("127.0.0.9", "127.0.0.1")

        assert run(send(f"http://hooks.example:{receiver.port}/", Reach(HERE, resolve=several))).delivered
        outcome = run(send(f"http://hooks.example:{receiver.port}/", Reach(("127.0.0.1/32",), resolve=several)))
        assert "not on the open internet" in outcome.why
        assert len(receiver.got) == 1


def answering(answer: bytes, forever: bool = False) -> tuple[socket.socket, threading.Thread]:
    """A receiver that says this, and then nothing more, or the same for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(answer)
                while forever:
                    connection.sendall(b"x" * 65536)
                while connection.recv(65536):
                    pass
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    return listener, thread


@pytest.mark.parametrize(
    ("answer", "forever", "status", "why"),
    [
        (b"", False, 0, "no answer within"),
        (b"HTTP/1.1 200 OK\r\n\r\n", True, 200, "200"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", False, 200, "200"),
        (b"nonsense\r\n\r\n", False, 0, "illegal status line"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, False, 0, "Receive buffer too long"),
    ],
)
def test_a_receiver_cannot_hold_us_or_fill_us(answer: bytes, forever: bool, status: int, why: str) -> None:
    listener, thread = answering(answer, forever)
    try:
        outcome = run(send(f"http://127.0.0.1:{listener.getsockname()[1]}/", Reach(HERE), seconds=2.0))
        assert outcome.status == status
        assert why in outcome.why
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_through_the_hosts_own_proxy_goes_what_is_outside_and_nothing_else() -> None:
    with Receiver.open() as proxy, Receiver.open() as inside:
        environ = {"http_proxy": f"http://user:word@127.0.0.1:{proxy.port}"}

        async def nobody(_name: str, _port: int) -> Sequence[str]:
            raise OSError

        assert run(send("http://hooks.example/x", Reach(resolve=nobody), environ=environ)).delivered
        (message,) = proxy.got
        assert message.path == "http://hooks.example/x"
        assert message.headers["proxy-authorization"].startswith("Basic ")
        assert "open internet" in run(send(inside.url, Reach(), environ=environ)).why
        assert run(send(inside.url, Reach(HERE), environ=environ)).delivered
        assert (len(proxy.got), len(inside.got)) == (1, 1)


def test_a_name_that_nobody_knows_is_tried_later() -> None:
    async def nobody(_name: str, _port: int) -> Sequence[str]:
        raise OSError

    outcome = run(send("http://hooks.example/", Reach(resolve=nobody)))
    assert "cannot be resolved" in outcome.why
