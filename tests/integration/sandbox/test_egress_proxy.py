"""How the proxy carries what it allows: streaming, keep-alive, chaining, decisions, ending."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import resource
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from egress_world import Gate, World, open_world, read_all, rule
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.sandbox.egress.egress import prepare_egress


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as world:
        yield world


def client(gate: Gate, host: str, port: int = 443) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(gate.egress.mounts[0].path))
    connection = http.client.HTTPSConnection("127.0.0.1", gate.port, context=context, timeout=20)
    connection.set_tunnel(host, port)
    return connection


def test_an_intercepted_connection_is_kept_for_many_requests(world: World) -> None:
    server = world.https("api.test")
    with world.gate(rule("api.test", kind="intercept")) as gate:
        connection = client(gate, "api.test")
        for number in range(5):
            connection.request("POST" if number % 2 else "GET", f"/{number}", body=b"x" * number if number % 2 else None)
            assert connection.getresponse().read() == b"hello from api.test"
        connection.close()
    assert [request.path for request in server.requests] == [f"/{number}" for number in range(5)]
    assert server.connections == 1
    assert [decision.path for decision in gate.decisions] == [f"/{number}" for number in range(5)]
    assert {decision.rule for decision in gate.decisions} == {"intercept api.test"}


def test_bodies_stream_both_ways_in_bounded_memory(world: World) -> None:
    server = world.https("api.test")
    size = 64 << 20
    server.answer = lambda request: (200, str(len(request.body)).encode())
    with world.gate(rule("api.test", kind="intercept")) as gate:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        connection = client(gate, "api.test")
        pieces = (b"x" * 65536 for _ in range(size // 65536))
        connection.request("POST", "/", body=pieces, headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
        assert connection.getresponse().read() == str(size).encode()
        connection.close()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    # The test's server holds the body (three times over while it joins pieces); the proxy must not add to that.
    assert grown < 4 * (size >> 20)


def test_a_slow_reader_holds_the_sender_back(world: World) -> None:
    """Nothing is read from a server faster than the client takes it."""
    sent = 0
    address = "127.77.4.1"
    world.names["flood.test"] = (address,)
    with socket.create_server((address, 9000)) as listener, world.gate(rule("flood.test", ports=(9000,))) as gate:
        sock, _ = gate.connect("flood.test:9000")
        with sock:
            server, _ = listener.accept()
            with server:
                sock.sendall(b"go")
                assert server.recv(10) == b"go"
                server.settimeout(1)
                with contextlib.suppress(TimeoutError):
                    while sent < 256 << 20:
                        sent += server.send(b"x" * 65536)
    assert sent < 64 << 20, "kernel buffers on both legs and one piece in between"


def test_half_closed_tunnels_still_answer(world: World) -> None:
    address = "127.77.4.2"
    world.names["echo.test"] = (address,)
    with socket.create_server((address, 9001)) as listener, world.gate(rule("echo.test", ports=(9001,))) as gate:

        def serve() -> None:
            server, _ = listener.accept()
            with server:
                server.sendall(read_all(server)[::-1])

        thread = threading.Thread(target=serve)
        thread.start()
        sock, _ = gate.connect("echo.test:9001")
        with sock:
            sock.sendall(b"abc")
            sock.shutdown(socket.SHUT_WR)
            assert read_all(sock) == b"cba"
        thread.join(5)


def test_a_server_that_speaks_first_is_heard(world: World) -> None:
    address = "127.77.4.3"
    world.names["mail.test"] = (address,)
    with socket.create_server((address, 2525)) as listener, world.gate(rule("mail.test", ports=(2525,))) as gate:
        sock, _ = gate.connect("mail.test:2525")
        with sock, listener.accept()[0] as server:
            server.sendall(b"220 hello\r\n")
            assert sock.recv(100) == b"220 hello\r\n"
            sock.sendall(b"QUIT\r\n")
            assert server.recv(100) == b"QUIT\r\n"
            server.sendall(b"221 bye\r\n")
            assert sock.recv(100) == b"221 bye\r\n"


def test_an_early_answer_does_not_hang_a_large_upload(world: World) -> None:
    address = "127.77.4.4"
    world.names["strict.test"] = (address,)
    with socket.create_server((address, 80)) as listener, world.gate(rule("strict.test")) as gate:

        def serve() -> None:
            server, _ = listener.accept()
            with server:
                server.recv(65536)
                server.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
                server.shutdown(socket.SHUT_WR)
                server.settimeout(2)
                read_all(server)

        thread = threading.Thread(target=serve)
        thread.start()
        upload = world.folder / "upload"
        upload.write_bytes(b"x" * (8 << 20))
        done = subprocess.run(
            ["curl", "-sS", "-m", "10", "-H", "Expect:", "-T", str(upload), "-w", "%{http_code}", "http://strict.test/"],
            env=gate.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "413" in done.stdout
        thread.join(10)


def test_the_hosts_own_proxy_is_gone_through(world: World) -> None:
    """Chaining: our proxy's way out is another one of them, that wants a password; NO_PROXY goes around it."""
    server = world.https("far.test")
    plain = world.http("plain.test")
    near = world.http("near.test")
    seen: list[bytes] = []
    with world.gate(rule("far.test"), rule("plain.test")) as company, socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def note_and_pass_on() -> None:
            listener.settimeout(0.1)
            while not stop.is_set():
                try:
                    inside, _ = listener.accept()
                except TimeoutError:
                    continue
                outside = socket.create_connection(("127.0.0.1", company.port))
                seen.append(inside.recv(65536))
                outside.sendall(seen[-1])
                for source, sink in ((inside, outside), (outside, inside)):
                    threading.Thread(target=pass_on, args=(source, sink), daemon=True).start()

        thread = threading.Thread(target=note_and_pass_on)
        thread.start()
        url = f"http://me:pass%20word@127.0.0.1:{listener.getsockname()[1]}"
        environ = {"HTTPS_PROXY": url, "http_proxy": url, "NO_PROXY": "localhost,.near.test,near.test"}
        try:
            with world.gate(rule("far.test"), rule("plain.test"), rule("near.test"), environ=environ) as gate:
                for address in ("https://far.test/", "http://plain.test/a?b", "http://near.test/"):
                    done = subprocess.run(
                        ["curl", "-sS", "-m", "10", address], env=gate.env, capture_output=True, text=True, check=False
                    )
                    assert "hello" in done.stdout, done.stderr
        finally:
            stop.set()
            thread.join(5)
    assert [len(one.requests) for one in (server, plain, near)] == [1, 1, 1]
    assert [line.split(b"\r\n")[0] for line in seen] == [b"CONNECT far.test:443 HTTP/1.1", b"GET http://plain.test/a?b HTTP/1.1"]
    assert all(b"basic bWU6cGFzcyB3b3Jk".lower() in head.lower() for head in seen)
    assert "proxy-authorization" not in plain.requests[0].headers, "the company's proxy took it off"


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    finally:
        source.close()


def test_a_kind_of_proxy_that_cannot_be_chained_is_said_so(world: World) -> None:
    world.http("far.test")
    with world.gate(rule("far.test"), environ={"ALL_PROXY": "socks5://127.0.0.1:1"}) as gate:
        answer = gate.talk(b"GET http://far.test/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 502 " in answer
        assert b"socks5" in answer


def test_a_refusal_names_the_host_and_the_missing_rule(world: World) -> None:
    with world.gate(rule("allowed.test")) as gate:
        answer = gate.talk(b"GET http://other.test:8080/secret?token=1 HTTP/1.1\r\nHost: x\r\n\r\n").decode()
        assert answer.startswith("HTTP/1.1 403 no network rule names other.test\r\n")
        assert 'a network rule with host "other.test" and port 8080' in answer
        assert "token" not in str(gate.decisions)


def test_an_unreachable_server_is_no_refusal(world: World) -> None:
    world.names["down.test"] = ("127.77.9.9",)
    with world.gate(rule("down.test"), rule("nowhere.test")) as gate:
        assert b" 502 " in gate.talk(b"GET http://down.test/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 502 " in gate.talk(b"CONNECT nowhere.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert any("cannot be resolved" in reason for reason in gate.refused)


def test_ending_closes_every_connection(world: World) -> None:
    address = "127.77.4.5"
    world.names["echo.test"] = (address,)
    with socket.create_server((address, 9002)) as listener:
        with world.gate(rule("echo.test", ports=(9002,))) as gate:
            sock, _ = gate.connect("echo.test:9002")
            server, _ = listener.accept()
            half, _ = gate.connect("echo.test:9002")
        with sock, server, half:
            for end in (sock, server, half):
                end.settimeout(5)
                assert read_all(end) == b""


def test_a_host_port_is_let_in_and_no_other(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as service, socket.create_server(("127.0.0.1", 0)) as inside:
        port = service.getsockname()[1]

        def serve() -> None:
            connection, _ = service.accept()
            with connection:
                connection.sendall(read_all(connection).upper())

        thread = threading.Thread(target=serve)
        thread.start()

        async def go() -> bytes:
            egress = prepare_egress(NetworkPolicy(host_ports=(port,)), tmp_path, environ={})
            assert egress.host_ports == (port,)
            async with egress.forward(port, inside):
                reader, writer = await asyncio.open_connection(*inside.getsockname()[:2])
                writer.write(b"select 1")
                writer.write_eof()
                answer = await reader.read()
                writer.close()
                await writer.wait_closed()
            with pytest.raises(FixSettings):
                async with egress.forward(port + 1, inside):
                    pass
            return answer

        assert asyncio.run(go()) == b"SELECT 1"
        thread.join(5)


@pytest.mark.parametrize(
    "bad",
    [
        NetworkRule(host="*"),
        NetworkRule(host=""),
        NetworkRule(host="a.*.test"),
        NetworkRule(host="https://a.test/"),
        NetworkRule(host="a.test", methods=("GET",)),
        NetworkRule(host="a.test", paths=("/a",)),
        NetworkRule(host="a.test", headers=(("a", "b"),)),
        NetworkRule(host="a.test", kind="intercept", headers=(("a", "b\r\nc: d"),)),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_before_anything_opens(tmp_path: Path, bad: NetworkRule) -> None:
    with pytest.raises(FixSettings):
        prepare_egress(NetworkPolicy(rules=(bad,)), tmp_path, environ={})


def test_a_policy_without_interception_hands_over_no_bundle(tmp_path: Path) -> None:
    egress = prepare_egress(NetworkPolicy(rules=(NetworkRule(host="a.test"),)), tmp_path, environ={})
    assert egress.mounts == ()
    assert "SSL_CERT_FILE" not in egress.env
    assert egress.env["http_proxy"] == "http://127.0.0.1:3128"
