"""MCP over HTTP: where requests go, how much of an answer is read, and signing in."""

from __future__ import annotations

import asyncio
import stat
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from mcp_web import Guarded, Mcp, serving
from mcp_world import World, world
from pullwright.tools.mcp.broken import Broken
from pullwright.tools.mcp.dial import permits
from pullwright.tools.mcp.flood import Meter
from pullwright.tools.mcp.http import client
from pullwright.tools.mcp.oauth import signing_in
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import TokenFile


def at(port: int, **options: object) -> McpServer:
    given = {"where": "host", "start_timeout": 5.0, "timeout": 5.0, **options}
    return McpServer(name="w", url=f"http://127.0.0.1:{port}/mcp", **given).check()  # type: ignore[arg-type]


@asynccontextmanager
async def troubled(tmp_path: Path, trouble: str) -> AsyncGenerator[tuple[World, Mcp]]:
    mcp = Mcp(trouble)
    async with asyncio.timeout(30), serving(mcp) as port, world(tmp_path, [at(port)]) as it:
        assert await it.offer() == ["mcp__w__echo"]
        yield it, mcp


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("large", "a message of more than 16 MiB and was cut off"),
        ("packed", "a compressed answer, which was not asked for"),
        ("events", "it wrote more than 32 MiB"),
        ("elsewhere", "Redirect to http://127.0.0.2:9/mcp not followed"),
    ],
)
def test_an_answer_that_is_too_much_or_leads_elsewhere(tmp_path: Path, trouble: str, said: str) -> None:
    async def main() -> None:
        async with troubled(tmp_path, trouble) as (it, mcp):
            answer = await it("mcp__w__echo")
            assert said in answer + "".join(it.told)
            assert len(answer) < 500
            mcp.trouble = ""
            assert await it("mcp__w__echo") == "[from MCP server w]\nhi"  # opened anew where it broke off

    asyncio.run(main())


def test_a_plain_client_unfolds_whatever_it_is_sent() -> None:
    async def main() -> None:
        async with serving(Mcp("packed")) as port, httpx2.AsyncClient() as plain:
            call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
            answer = await plain.post(f"http://127.0.0.1:{port}/mcp", json=call)
            assert len(answer.content) > 20_000_000
            assert int(answer.headers["content-length"]) < 100_000

    asyncio.run(main())


def test_headers_go_to_the_server_and_stay_off_what_is_shown(tmp_path: Path) -> None:
    async def main() -> None:
        mcp = Mcp()
        async with asyncio.timeout(30), serving(mcp) as port:
            server = at(port, headers={"authorization": "Bearer s3cret-of-the-person"})
            async with world(tmp_path, [server]) as it:
                await it.offer()
                await it("mcp__w__echo")
        assert {request.headers.get("authorization") for request in mcp.seen} == {"Bearer s3cret-of-the-person"}
        assert {request.headers.get("accept-encoding") for request in mcp.seen} == {"identity"}

    asyncio.run(main())


def test_a_server_that_goes_away_is_told_and_its_tools_stay(tmp_path: Path) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), AsyncExitStack() as outer:
            async with serving(Mcp()) as port:
                it = await outer.enter_async_context(world(tmp_path, [at(port)]))
                await it.offer()
                assert await it("mcp__w__echo") == "[from MCP server w]\nhi"
            assert "the connection broke off during the call" in await it("mcp__w__echo")
            assert "cannot be used: 127.0.0.1: " in await it("mcp__w__echo")
            assert it.told[0].startswith("MCP server w: 127.0.0.1: ")
            assert await it.offer() == ["mcp__w__echo"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("url", "private", "host", "address", "allowed"),
    [
        ("https://mcp.example.org/", False, "mcp.example.org", "93.184.216.34", True),
        ("https://mcp.example.org/", False, "mcp.example.org", "10.0.0.5", False),  # the name leads inside
        ("https://mcp.example.org/", False, "mcp.example.org", "127.0.0.1", False),
        ("https://mcp.corp/", True, "mcp.corp", "10.0.0.5", True),
        ("https://mcp.corp/", True, "login.corp", "10.0.0.5", False),  # only where the person said
        ("https://mcp.corp/", True, "mcp.corp", "169.254.169.254", False),  # a cloud's keys: never
        ("https://10.0.0.5/", False, "10.0.0.5", "10.0.0.5", True),  # they wrote it themselves
        ("http://127.0.0.1:1/", False, "127.0.0.1", "127.0.0.1", True),
        ("http://127.0.0.1:1/", False, "evil.example.org", "10.0.0.5", False),
    ],
)
def test_which_addresses_a_server_may_lead_to(url: str, private: bool, host: str, address: str, allowed: bool) -> None:
    server = McpServer(name="w", url=url, where="host", private=private)
    configured = httpx2.URL(url).host
    assert (permits(server, configured)(host, address) == "") is allowed


def test_a_name_that_leads_to_this_machine_is_not_connected_to() -> None:
    async def main() -> None:
        mcp = Mcp()
        async with serving(mcp) as port:
            server = McpServer(name="w", url=f"http://localhost.localdomain:{port}/mcp", where="host")
            async with client(server, Meter()) as guarded:
                with pytest.raises(
                    httpx2.ConnectError, match=r"leads to the private address|not known|no address|Name or service"
                ):
                    await guarded.post(server.url, json={})
        assert mcp.seen == []

    asyncio.run(main())


# --- signing in -----------------------------------------------------------------------------------


@asynccontextmanager
async def guarded_server(issuer: str = "") -> AsyncGenerator[Guarded]:
    guard = Guarded(Mcp(), issuer)
    async with asyncio.timeout(30), serving(guard) as guard.port:
        yield guard


async def signed_in(guard: Guarded, tokens: TokenFile, opened: list[str]) -> None:
    """As a person does it: their browser opens the address, and is sent back to our port."""
    server = at(guard.port)
    loop = asyncio.get_running_loop()

    def show(address: str) -> None:
        opened.append(address)
        loop.run_in_executor(None, lambda: urllib.request.urlopen(address, timeout=10).read())

    async with signing_in(server, tokens, show) as auth, client(server, Meter(), auth=auth) as speaking:
        answer = await speaking.post(server.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert answer.json()["result"]["tools"][0]["name"] == "echo"


def test_a_server_that_wants_a_sign_in_says_so_and_has_one_afterwards(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "state/sign-ins.json")

    async def main() -> None:
        async with guarded_server() as guard:
            async with world(tmp_path, [at(guard.port)], tokens=tokens) as it:
                assert await it.offer() == []
                assert it.told == ["MCP server w: it wants a sign-in: pullwright mcp login w"]
            opened: list[str] = []
            await signed_in(guard, tokens, opened)
            assert "code_challenge_method=S256" in opened[0]
            async with world(tmp_path, [at(guard.port)], tokens=tokens) as it:
                assert await it.offer() == ["mcp__w__echo"]
                assert await it("mcp__w__echo") == "[from MCP server w]\nhi"

    asyncio.run(main())
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600


def test_a_sign_in_is_renewed_and_one_that_was_withdrawn_is_asked_for_again(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "sign-ins.json")

    async def main() -> None:
        async with guarded_server() as guard:
            guard.expires = 0
            await signed_in(guard, tokens, [])
            kept = tokens.get(at(guard.port).identity)
            async with world(tmp_path, [at(guard.port)], tokens=tokens) as it:
                await it.offer()
                assert await it("mcp__w__echo") == "[from MCP server w]\nhi"
            tokens.put(at(guard.port).identity, kept)
            guard.tokens.clear()
            async with world(tmp_path, [at(guard.port)], tokens=tokens) as it:
                it.connections.begin()
                with pytest.raises(Broken, match="pullwright mcp login w"):
                    await it.connections.all["w"].listed()

    asyncio.run(main())


def test_whoever_calls_the_port_of_a_sign_in_does_not_end_it(tmp_path: Path) -> None:
    """Any page in the person's browser can: without the state, or with another, it is nobody."""

    async def main() -> None:
        async with guarded_server() as guard:
            server, loop = at(guard.port), asyncio.get_running_loop()
            seen: list[int] = []

            def call(address: str) -> None:
                redirect = parse_qs(urlsplit(address).query)["redirect_uri"][0]
                for query in ("code=evil", "code=evil&state=x", "error=access_denied", "state="):
                    try:
                        urllib.request.urlopen(f"{redirect}?{query}", timeout=10).read()
                    except urllib.error.HTTPError as error:
                        seen.append(error.code)
                urllib.request.urlopen(address, timeout=10).read()

            def show(address: str) -> None:
                loop.run_in_executor(None, call, address)

            tokens = TokenFile(tmp_path / "s.json")
            async with signing_in(server, tokens, show) as auth, client(server, Meter(), auth=auth) as speaking:
                answer = await speaking.post(server.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
                assert answer.status_code == 200
            assert seen == [404] * 4

    asyncio.run(main())


def test_an_application_that_was_registered_by_hand_and_a_browser_that_cannot_come_back(tmp_path: Path) -> None:
    """Over SSH: the browser ends at an address of the other machine, which the person pastes."""
    tokens = TokenFile(tmp_path / "sign-ins.json")

    async def main() -> None:
        async with guarded_server() as guard:
            guard.registers = False
            server = at(guard.port, client_id="app-of-the-company")
            hand: list[Callable[[str], object]] = []
            loop = asyncio.get_running_loop()

            def show(address: str) -> None:
                assert "client_id=app-of-the-company" in address
                loop.call_later(0.05, hand[0], guard.ends_at(address) + "\n")

            async with (
                signing_in(server, tokens, show, hear=hand.append) as auth,
                client(server, Meter(), auth=auth) as speaking,
            ):
                answer = await speaking.post(server.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
                assert answer.status_code == 200
            assert "client_id=app-of-the-company" in guard.asked_for_tokens[0]

    asyncio.run(main())


def test_an_authorization_server_at_a_private_address_is_not_asked(tmp_path: Path) -> None:
    """The server says where to sign in: without a guard that is a request from here to any address that it names."""

    async def main() -> None:
        async with guarded_server("http://10.255.255.1:8080") as guard:
            server = at(guard.port)
            async with (
                signing_in(server, TokenFile(tmp_path / "s.json"), lambda address: None) as auth,
                client(server, Meter(), auth=auth) as speaking,
            ):
                with pytest.raises(httpx2.ConnectError, match=r"private address 10.255.255.1|over https only"):
                    await speaking.post(server.url, json={})

    asyncio.run(main())


def test_a_file_of_sign_ins_that_others_can_read_is_refused(tmp_path: Path) -> None:
    from pullwright.protocol.errors import FixSettings

    tokens = TokenFile(tmp_path / "s.json")
    tokens.put("a", "secret")
    assert tokens.get("a") == "secret"
    tokens.path.chmod(0o644)
    with pytest.raises(FixSettings, match="can be read by others"):
        tokens.get("a")
    tokens.path.chmod(0o600)
    tokens.put("a", "")
    assert tokens.get("a") == ""
