"""Hostile attempts on the egress proxy. Each shows first that the attack works where the guard does not apply."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from egress_world import Gate, World, open_world, read_all, rule
from pullwright.sandbox.egress.proxy import EgressLimits


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as world:
        yield world


def get(gate: Gate, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["curl", "-sS", "-m", "10", *more, url], env=gate.env, capture_output=True, text=True, check=False)


def hello_to(gate: Gate, where: str, name: str | None) -> bytes:
    """CONNECT to one place, TLS to another name; what the server behind it says to a request, or nothing."""
    sock, head = gate.connect(where)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with sock:
        if b" 200 " not in head:
            return b""
        try:
            with context.wrap_socket(sock, server_hostname=name) as secure:
                secure.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return read_all(secure)
        except (ssl.SSLError, OSError):
            return b""


# --- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evilallowed.test",
        "allowed.test.evil.test",
        "sub.allowed.test",
        "allowed.test.evil.test.",
        "xn--allowed.test",
        "allowed-test",
    ],
)
def test_a_name_that_only_looks_like_the_allowed_one(world: World, host: str) -> None:
    server = world.http("allowed.test")
    world.names[host.removesuffix(".")] = (server.address,)
    with world.gate(rule(host.removesuffix("."))) as open_gate:
        assert "hello" in get(open_gate, f"http://{host}/").stdout, "control: with a rule of its own it is reached"
    with world.gate(rule("allowed.test")) as gate:
        assert "hello" not in get(gate, f"http://{host}/").stdout
        assert "no network rule names" in gate.refused[0]
    assert len(server.requests) == 1


def test_case_and_a_trailing_dot_do_not_change_who_is_meant(world: World) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        assert "hello" in get(gate, "http://ALLOWED.test./").stdout
    assert server.requests[0].headers["host"] == "allowed.test"


def test_a_wildcard_covers_names_below_it_only(world: World) -> None:
    server = world.http("a.mirror.test")
    world.names |= dict.fromkeys(("mirror.test", "evilmirror.test", "mirror.test.evil.test"), (server.address,))
    with world.gate(rule("*.mirror.test")) as gate:
        assert "hello" in get(gate, "http://a.mirror.test/").stdout
        for name in ("mirror.test", "evilmirror.test", "mirror.test.evil.test"):
            assert "hello" not in get(gate, f"http://{name}/").stdout
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0"],
)
def test_an_address_instead_of_a_name(world: World, spelling: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if spelling != "[::1]":
            socket.create_connection((spelling.strip("[]"), port), timeout=2).close()
            listener.accept()[0].close()  # The control: without a proxy in between, the spelling leads to the listener.
        listener.settimeout(0.3)
        with world.gate(rule("*.test", ports=(port,)), rule("allowed.test", ports=(port,))) as gate:
            for request in (
                f"CONNECT {spelling}:{port} HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
                f"GET http://{spelling}:{port}/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
            ):
                assert b" 403 " in gate.talk(request.encode()).split(b"\r\n")[0]
        with pytest.raises(TimeoutError):
            listener.accept()


# --- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1",
     "fe80::1",
     "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "240.0.0.1", "fec0::1"],
)  # fmt: skip
def test_an_allowed_name_that_leads_to_a_private_address(world: World, address: str) -> None:
    world.names["allowed.test"] = (address,)
    with world.gate(rule("allowed.test", private=False)) as gate:
        for line in (
            b"CONNECT allowed.test:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET http://allowed.test/ HTTP/1.1\r\nHost: a\r\n\r\n",
        ):
            assert b" 403 " in gate.talk(line).split(b"\r\n")[0]
        assert all("resolves to" in reason for reason in gate.refused)
        assert len(gate.refused) == 2


def test_the_private_address_guard_is_what_refuses(world: World) -> None:
    world.http("allowed.test")
    with world.gate(rule("allowed.test", private=True)) as gate:
        assert "hello" in get(gate, "http://allowed.test/").stdout
    with world.gate(rule("allowed.test", private=False)) as gate:
        assert "hello" not in get(gate, "http://allowed.test/").stdout


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "0.0.0.0", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254", "224.0.0.1"]
)
def test_not_even_allow_private_opens_metadata_and_its_kind(world: World, address: str) -> None:
    world.names["mirror.test"] = (address,)
    with world.gate(rule("mirror.test")) as gate:
        assert b" 403 " in gate.talk(b"CONNECT mirror.test:443 HTTP/1.1\r\nHost: a\r\n\r\n")


def test_one_private_address_among_public_ones_spoils_the_name(world: World) -> None:
    server = world.http("allowed.test")
    world.names["allowed.test"] = ("203.0.114.1", server.address)
    with world.gate(rule("allowed.test", private=False)) as gate:
        assert b" 403 " in gate.talk(b"CONNECT allowed.test:443 HTTP/1.1\r\nHost: a\r\n\r\n")


def test_a_name_that_changes_its_mind_after_it_was_checked(world: World) -> None:
    """DNS rebinding: public at the check, private at the connect. The proxy asks once and connects to what it checked."""
    inner = world.http("inner.test")
    answers: list[Sequence[str]] = [("198.51.101.1",), (inner.address,), (inner.address,)]

    class Rebinding(dict[str, Sequence[str]]):
        def __contains__(self, name: object) -> bool:
            return True

        def __getitem__(self, name: str) -> Sequence[str]:
            return answers.pop(0)

    world.names = Rebinding()
    with world.gate(rule("rebind.test", private=False), limits=EgressLimits(connect_seconds=0.3)) as gate:
        sock, _ = gate.connect("rebind.test:443")
        sock.close()
        time.sleep(0.1)
        assert "hello" not in get(gate, "http://rebind.test/", "-m", "2").stdout, "and the next request is checked anew"
    assert inner.requests == []
    assert inner.connections == 0


def test_another_port_than_the_rule_lists(world: World) -> None:
    server = world.http("allowed.test", port=8081)
    with world.gate(rule("allowed.test", ports=(8081,))) as gate:
        assert "hello" in get(gate, "http://allowed.test:8081/").stdout
    with world.gate(rule("allowed.test")) as gate:
        assert "hello" not in get(gate, "http://allowed.test:8081/").stdout
        assert "allows only port 80, 443" in gate.refused[0]
    assert len(server.requests) == 1


# --- TLS -------------------------------------------------------------------------------------------


def test_sni_fronting(world: World) -> None:
    """CONNECT to the allowed host, then ask the server there for another one."""
    server = world.https("allowed.test", port=8443)
    with world.gate(rule("allowed.test", ports=(8443,))) as gate:
        assert b"hello" in hello_to(gate, "allowed.test:8443", "allowed.test"), "control"
        assert hello_to(gate, "allowed.test:8443", "other.test") == b""
        assert hello_to(gate, "allowed.test:8443", None) == b"", "a hello without a name tells nothing"
        assert any("names another host" in reason for reason in gate.refused)
        assert any("names no host" in reason for reason in gate.refused)
    assert len(server.requests) == 1


def test_sni_fronting_in_an_intercepted_connection(world: World) -> None:
    server = world.https("allowed.test")
    with world.gate(rule("allowed.test", kind="intercept")) as gate:
        assert b"hello" in get(gate, "https://allowed.test/").stdout.encode()
        assert hello_to(gate, "allowed.test:443", "other.test") == b""
        assert hello_to(gate, "allowed.test:443", None) == b""
        assert len(gate.refused) == 2
    assert len(server.requests) == 1


def test_something_else_than_tls_on_port_443(world: World) -> None:
    """A tunnel to 443 is no way to speak ssh to a host that shares the port."""
    address = "127.77.3.9"
    world.names["allowed.test"] = (address,)
    for port, heard in ((2222, b"SSH-2.0-x\r\n"), (443, b"")):
        with socket.create_server((address, port)) as listener, world.gate(rule("allowed.test", ports=(port,))) as gate:
            sock, head = gate.connect(f"allowed.test:{port}")
            assert b" 200 " in head
            with sock, listener.accept()[0] as server:
                sock.sendall(b"SSH-2.0-x\r\n")
                server.settimeout(5)
                assert server.recv(100) == heard, "a port that a person listed is a plain tunnel; 443 is not"


def test_plain_http_to_another_host_inside_a_tunnel_to_port_80(world: World) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        for host, good in (("allowed.test", True), ("other.test", False)):
            sock, head = gate.connect("allowed.test:80")
            assert b" 200 " in head
            with sock:
                sock.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                assert (b"hello" in read_all(sock)) is good
    assert len(server.requests) == 1


def test_a_server_whose_certificate_is_not_trusted(world: World) -> None:
    """The proxy that opens TLS has to verify in the client's place."""
    server = world.https("allowed.test")
    world.names["other.test"] = (server.address,)
    with world.gate(rule("allowed.test", kind="intercept"), rule("other.test", kind="intercept")) as gate:
        assert "hello" in get(gate, "https://allowed.test/").stdout, "control"
        assert "hello" not in get(gate, "https://other.test/").stdout, "another name's certificate"
    with world.gate(rule("allowed.test", kind="intercept"), environ={"SSL_CERT_FILE": ""}) as gate:
        assert "hello" not in get(gate, "https://allowed.test/").stdout, "an unknown authority"
    assert len(server.requests) == 1


# --- HTTP ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
        "GET http://allowed.test/\rX: HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://allowed.test@evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://evil.test\\@allowed.test/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://allowed.test:80:80/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
        "CONNECT allowed.test HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT allowed.test:99999 HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT allowed.test:443/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT user@allowed.test:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_requests_that_can_be_read_in_two_ways(world: World, line: str) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        control = gate.talk(b"GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        assert b"200 OK" in control
        answer = gate.talk(line.encode())
        assert answer.split(b" ")[1][:1] in (b"4", b"5")
        assert b"hello from" not in answer
    assert len(server.requests) == 1


def test_a_smuggled_second_request_is_not_sent(world: World) -> None:
    """What follows a whole request on a plain connection must not reach the server as a request of its own."""
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        gate.talk(
            b"GET http://allowed.test/a HTTP/1.1\r\nHost: x\r\n\r\nGET http://evil.test/b HTTP/1.1\r\nHost: evil.test\r\n\r\n"
        )
    assert [request.path for request in server.requests] == ["/a"]


def test_header_names_and_values_cannot_carry_new_lines(world: World) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        gate.talk(b"GET http://allowed.test/a%0d%0aX-Evil:1 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded\r\nX-B: b\x00c\r\n\r\n")
        gate.talk(b"GET http://allowed.test/a%0d%0aX-Evil:1 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded\r\n\r\n")
    assert [(request.path, request.headers.get("x-evil")) for request in server.requests] == [("/a%0d%0aX-Evil:1", None)]
    assert "\n" not in server.requests[0].headers["x-a"]


def test_the_host_header_of_plain_http_is_the_urls(world: World) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test")) as gate:
        get(gate, "http://allowed.test/", "-H", "Host: other.test", "-H", "Proxy-Authorization: Basic c2VjcmV0")
    assert server.requests[0].headers["host"] == "allowed.test"
    assert "proxy-authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    "path",
    ["/admin", "/public/../admin", "/public/%2e%2e/admin", "/public/.%2e/admin", "/public/%252e%252e/admin", "/public/..%2fadmin",
     "/public/..%5cadmin", "/public/..;/admin", "/public\\..\\admin", "/publicity",
     "//admin/public/", "/./public/../admin", "/public/%00/../admin"],
)  # fmt: skip
def test_paths_outside_the_allowed_prefix(world: World, path: str) -> None:
    server = world.https("api.test")
    with world.gate(rule("api.test", kind="intercept")) as gate:
        get(gate, f"https://api.test{path}", "--path-as-is")
        assert len(server.requests) == 1, "control: without `paths` the server is asked for it"
    with world.gate(rule("api.test", kind="intercept", paths=("/public",))) as gate:
        assert "hello" in get(gate, "https://api.test/public/x?y=../z").stdout
        assert "hello" not in get(gate, f"https://api.test{path}", "--path-as-is").stdout
        assert len(gate.refused) == 1
    assert [request.path for request in server.requests[1:]] == ["/public/x?y=../z"]


@pytest.mark.parametrize(
    "more",
    [
        ("-X", "DELETE"),
        ("-X", "POST"),
        ("-X", "get"),
        ("-H", "X-HTTP-Method-Override: DELETE"),
        ("-H", "X-Method-Override: PUT"),
        ("-X", "TRACE"),
    ],
)
def test_methods_outside_the_rule(world: World, more: tuple[str, str]) -> None:
    server = world.https("api.test")
    with world.gate(rule("api.test", kind="intercept", methods=("GET",))) as gate:
        assert "hello" in get(gate, "https://api.test/").stdout, "control"
        assert "hello" not in get(gate, "https://api.test/", *more).stdout
    assert len(server.requests) == 1


def test_an_injected_credential_is_added_by_the_proxy_and_cannot_be_had(world: World) -> None:
    server = world.https("api.test")
    plain = world.http("plain.test")
    secret = (("Authorization", "Bearer s3cret"),)
    with world.gate(
        rule("api.test", kind="intercept", headers=secret), rule("plain.test", kind="intercept", headers=secret)
    ) as gate:
        get(gate, "https://api.test/", "-H", "Authorization: Bearer mine", "-H", "Connection: authorization")
        assert server.requests[0].headers["authorization"] == "Bearer s3cret"
        get(gate, "https://api.test/", "-H", "Host: other.test")
        assert len(server.requests) == 1, "another virtual host of the same server does not get it"
        get(gate, "https://api.test/", "-X", "TRACE")
        assert len(server.requests) == 1, "nor is it echoed"
        assert "hello" in get(gate, "http://plain.test/").stdout
        assert "authorization" not in plain.requests[0].headers, "and it is never sent in clear"
        visible = str(gate.egress.env) + "".join(mount.path.read_text() for mount in gate.egress.mounts) + str(gate.decisions)
        assert "s3cret" not in visible
        assert "PRIVATE KEY" not in visible


def test_another_attempts_authority_is_not_trusted(world: World) -> None:
    world.https("api.test")
    with world.gate(rule("api.test", kind="intercept")) as one, world.gate(rule("api.test", kind="intercept")) as other:
        assert "hello" in get(one, "https://api.test/").stdout
        bundle = str(other.egress.mounts[0].path)
        assert "hello" not in get(one, "https://api.test/", "--cacert", bundle).stdout


# --- resources -------------------------------------------------------------------------------------


def test_huge_heads_and_endless_ones(world: World) -> None:
    world.http("allowed.test")
    with world.gate(rule("allowed.test"), limits=EgressLimits(head_bytes=8192)) as gate:
        fits = b"GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 4000 + b"\r\n\r\n"
        assert b"200 OK" in gate.talk(fits)
        assert b" 431 " in gate.talk(fits.replace(b"a" * 4000, b"a" * 100_000)).split(b"\r\n")[0] + b" "
        assert b" 4" in gate.talk(b"GET http://allowed.test/ HTTP/1.1\r\n" + b"X: y\r\n" * 50_000)[:13]


def test_slow_heads_do_not_hold_a_connection(world: World) -> None:
    server = world.http("allowed.test")
    with world.gate(rule("allowed.test"), limits=EgressLimits(head_seconds=0.5, connections=4)) as gate:
        slow = [socket.create_connection(("127.0.0.1", gate.port)) for _ in range(4)]
        for sock in slow:
            sock.sendall(b"GET http://allowed.test/ HTT")
        time.sleep(0.1)
        assert "hello" not in get(gate, "http://allowed.test/").stdout, "control: all places are taken"
        for sock in slow:
            sock.settimeout(10)
            assert b" 408 " in read_all(sock)
            sock.close()
        time.sleep(0.1)
        assert "hello" in get(gate, "http://allowed.test/").stdout, "and free again"
    assert len(server.requests) == 1


def test_slow_hellos_and_idle_tunnels_end(world: World) -> None:
    world.https("allowed.test")
    with world.gate(rule("allowed.test"), limits=EgressLimits(head_seconds=0.3, idle_seconds=0.5)) as gate:
        sock, _ = gate.connect("allowed.test:443")
        with sock:
            sock.sendall(b"\x16\x03\x01")
            assert read_all(sock)[:1] in (b"", b"\x15")
        context = ssl.create_default_context(cafile=str(world.roots.file))
        sock, _ = gate.connect("allowed.test:443")
        with sock, context.wrap_socket(sock, server_hostname="allowed.test") as secure:
            assert read_all(secure) == b"", "closed by the proxy, not by our own time-out"
