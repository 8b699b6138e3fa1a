"""WebSockets: whoever asks is held to what holds for a request; what comes is bounded; they end in order.

A guard is shown off first: the attack works without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect, unix_connect

from pullwright.protocol.errors import NotFound
from pullwright.server.routing import Call, Routes
from pullwright.server.streams.socket import Socket
from server_world import World

ROUTES = Routes("Sockets")
HEARTBEAT = 0.3


@ROUTES.socket("/echo")
async def echo(connection: Socket) -> None:
    """Says who asks, and does what it is told."""
    while (message := await connection.receive()) is not None:
        match message.decode().partition(" "):
            case ("who", _, _):
                await connection.send(connection.call.actor.name)
            case ("busy", _, seconds):
                await asyncio.sleep(float(seconds))
                await connection.send("done")
            case ("count", _, _):
                for number in range(10):
                    await connection.send(str(number))
                    await asyncio.sleep(0.05)
                await connection.send(b"end")
            case ("break", _, _):
                raise RuntimeError("a secret of the inside")
            case ("missing", _, _):
                raise NotFound("there is no such thing")
            case ("both", _, _):
                async with asyncio.TaskGroup() as group:
                    group.create_task(_missing())
                    group.create_task(asyncio.sleep(60))
            case ("return", _, _):
                return
            case _:
                await connection.send(f"{len(message)} bytes")


async def _missing() -> None:
    raise NotFound("nor here")


async def _members_alone(call: Call) -> None:
    call.actor.require("task.dispatch", "proj_tally")


@ROUTES.socket("/members", before=_members_alone)
async def members(connection: Socket) -> None:
    await connection.send("welcome")


@contextlib.contextmanager
def served(folder: Path, **config: Any) -> Iterator[World]:
    with World.open(folder, **{"heartbeat": HEARTBEAT, **config}) as world:
        world.app.include_router(ROUTES.router)
        yield world


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("sockets"), api_bytes=1 << 16) as world:
        yield world


def dial(
    world: World, path: str = "/echo", *, key: str = "", cookie: str = "", origin: str = "", **more: Any
) -> ClientConnection:
    headers: dict[str, str] = {**more.pop("headers", {})}
    if key:
        headers["Authorization"] = f"Bearer {world.keys.get(key, key)}"
    if cookie:
        with world.client(cookie) as browser:
            headers["Cookie"] = f"pullwright={browser.cookies['pullwright']}"
    if origin:
        headers["Origin"] = origin
    url = world.url.replace("http", "ws") + path
    return connect(url, additional_headers=headers, proxy=None, open_timeout=10, compression=None, **more)


def refused(world: World, path: str = "/echo", **more: Any) -> tuple[int, Any, dict[str, str]]:
    """Status, problem and headers of a socket that is not accepted."""
    with pytest.raises(InvalidStatus) as raised, dial(world, path, **more):
        pass
    answer = raised.value.response
    body = json.loads(answer.body) if answer.body else None
    return answer.status_code, body, {name.lower(): value for name, value in answer.headers.raw_items()}


def closed(connection: ClientConnection, got: list[str] | None = None) -> tuple[int, str]:
    """How it was closed, whatever came before."""
    try:
        while True:
            message = str(connection.recv(timeout=20))
            if got is not None:
                got.append(message)
    except ConnectionClosed as end:
        return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")


def asked(connection: ClientConnection, message: str) -> str:
    connection.send(message)
    return str(connection.recv(timeout=10))


EVIL = "https://evil.example"


def no_guard(_request: HTTPConnection, _brought: str, _token: str) -> None:
    return None


def test_without_the_guard_another_sites_page_speaks_as_whoever_opened_it(tmp_path: Path) -> None:
    with served(tmp_path, csrf=no_guard) as world, dial(world, cookie="mia", origin=EVIL) as hijacked:
        assert asked(hijacked, "who") == "mia"


def test_another_sites_page_gets_no_socket_with_the_cookie(sockets: World) -> None:
    for origin in (EVIL, "null", sockets.url.replace("http:", "https:"), sockets.url + ".evil.example", ""):
        status, problem, _ = refused(sockets, cookie="mia", origin=origin)
        assert (status, problem["title"]) == (403, "This is not allowed"), origin
    same_site = {"Sec-Fetch-Site": "same-site"}
    assert refused(sockets, cookie="mia", origin=sockets.url, headers=same_site)[0] == 403
    with dial(sockets, cookie="mia", origin=sockets.url) as own:
        assert asked(own, "who") == "mia"


def test_who_is_not_known_or_may_not_is_answered_before_anything_is_accepted(sockets: World) -> None:
    assert refused(sockets)[0] == 401
    status, problem, headers = refused(sockets, key="pw_wrong")
    assert (status, headers["content-type"]) == (401, "application/problem+json")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"] == problem["request"]
    assert refused(sockets, "/members", cookie="vic", origin=sockets.url)[0] == 403
    assert refused(sockets, "/members", cookie="eve", origin=sockets.url)[0] == 404
    assert refused(sockets, "/nowhere", key="read")[0] == 403
    assert refused(sockets, "/api/v1/me", key="read")[0] == 403
    assert refused(sockets, "/v1/nowhere", key="read")[0] == 403
    with dial(sockets, "/members", cookie="mia", origin=sockets.url) as member:
        assert member.recv(timeout=10) == "welcome"
        assert closed(member) == (1000, "")


def test_a_name_that_is_not_ours_gets_no_socket(sockets: World) -> None:
    with socket.create_connection(("127.0.0.1", int(sockets.url.rpartition(":")[2]))) as plain:
        plain.sendall(handshake("rebound.example"))
        assert plain.recv(4096).startswith(b"HTTP/1.1 421 ")


def handshake(host: str, more: str = "") -> bytes:
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    return (
        f"GET /echo HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    ).encode()


def test_a_key_needs_no_origin_and_the_servers_own_user_no_key(sockets: World) -> None:
    with dial(sockets, key="dispatch") as program:
        assert asked(program, "who") == "pat"
    with unix_connect(str(sockets.socket), "ws://localhost/echo", compression=None) as local:
        assert asked(local, "who") == "local"


def test_a_message_has_a_ceiling_whole_and_in_pieces(sockets: World) -> None:
    with dial(sockets, key="read") as program:
        assert asked(program, "x" * 60_000) == "60000 bytes"
        program.send("x" * 70_000)
        assert closed(program)[0] == 1009
    with dial(sockets, key="read") as program:
        with contextlib.suppress(ConnectionClosed):
            # The last piece is one too many. (Whoever goes on sending to a connection that was closed may lose the reason.)
            program.send("x" * 5_000 for _ in range(14))
        assert closed(program)[0] == 1009


def test_who_sends_without_waiting_is_told_so(sockets: World) -> None:
    with dial(sockets, key="read") as program:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(200):
                program.send("busy 0.5")
        code, reason = closed(program)
        assert code == 4429
        assert "wait" in reason


def test_a_ping_is_answered_while_the_route_is_busy_and_more_waits(sockets: World) -> None:
    with dial(sockets, key="read", ping_interval=HEARTBEAT, ping_timeout=1.0) as program:
        program.send(f"busy {10 * HEARTBEAT}")
        program.send("who")
        assert program.recv(timeout=10) == "done"
        assert program.recv(timeout=10) == "pat"


def test_a_refusal_a_bug_and_an_end_have_their_codes(sockets: World) -> None:
    codes = {"missing": (4404, "there is no such thing"), "both": (4404, "nor here"), "break": (1011, ""), "return": (1000, "")}
    for message, expected in codes.items():
        with dial(sockets, key="read") as program:
            program.send(message)
            assert closed(program) == expected


def test_a_key_that_is_revoked_opens_nothing_more_on_a_socket_that_is_open(sockets: World) -> None:
    with sockets.client("pat") as pat:
        made = pat.post("/api/v1/keys", json={"name": "short", "scopes": ["read"]}).json()
        with dial(sockets, key=made["token"]) as program:
            assert asked(program, "who") == "pat"
            pat.delete(f"/api/v1/keys/{made['key']['id']}")
            program.send("who")
            assert closed(program)[0] == 4401


def test_messages_are_rationed_like_requests_and_seats_are_shared(tmp_path: Path) -> None:
    with served(tmp_path, requests=5, streams=4) as world, dial(world, key="read") as program:
        assert refused(world, key="dispatch")[0] == 429  # pat has a seat: a quarter of four
        with contextlib.suppress(ConnectionClosed):
            for _ in range(8):
                program.send("who")
        assert closed(program)[0] == 4429


def test_what_is_logged_and_counted_of_a_socket(sockets: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "pullwright.access"):
        with dial(sockets, key="read") as program:
            asked(program, "who")
        refused(sockets)
        until = time.monotonic() + 10
        while len(caplog.records) < 2 and time.monotonic() < until:
            time.sleep(0.02)
    lines = {record.getMessage() for record in caplog.records if record.name == "pullwright.access"}
    assert {"WEBSOCKET /echo 101", "WEBSOCKET /echo 401"} <= lines
    with sockets.client("ada") as ada:
        told = ada.get("/metrics").text
    assert 'pullwright_http_requests_total{method="WEBSOCKET",route="/echo",status="101"}' in told


def test_a_handshake_that_is_none_is_not_waited_for(sockets: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.server.running.FIRST", 0.5)
    for sent in (handshake("localhost", f"Cookie: {'x' * 20_000}\r\n"), handshake("localhost").replace(b"13\r\n", b"99\r\n")):
        with socket.create_connection(("127.0.0.1", int(sockets.url.rpartition(":")[2]))) as plain:
            plain.settimeout(10)
            plain.sendall(sent)
            heard = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := plain.recv(4096):
                    heard += piece
            assert b" 101 " not in heard


def test_a_server_that_stops_lets_an_answer_end_and_says_that_it_stops(tmp_path: Path) -> None:
    got: list[str] = []
    ends: list[tuple[int, str]] = []

    def listen(connection: ClientConnection) -> None:
        ends.append(closed(connection, got))

    with contextlib.ExitStack() as left:
        with served(tmp_path) as world:
            idle, busy = (left.enter_context(dial(world, key="read")) for _ in range(2))
            busy.send("count")
            assert busy.recv(timeout=10) == "0"
            listeners = [threading.Thread(target=listen, args=(one,)) for one in (idle, busy)]
            for one in listeners:
                one.start()
        for one in listeners:
            one.join()
    assert got == [*map(str, range(1, 10)), "end"]
    assert ends == [(1012, ""), (1012, "")]


def test_a_route_that_does_not_end_is_ended_when_the_server_stops(tmp_path: Path) -> None:
    with contextlib.ExitStack() as left:
        with served(tmp_path, drain=1.0) as world:
            busy = left.enter_context(dial(world, key="read"))
            busy.send("busy 600")
            time.sleep(0.2)
        assert closed(busy)[0] == 1012
