"""A small internet on loopback for the egress proxy's tests: names, servers with TLS, and a proxy in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import itertools
import os
import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.sandbox.egress.egress import Egress, prepare_egress
from pullwright.sandbox.egress.proxy import EgressLimits
from pullwright.sandbox.sandbox import NetworkDecision

_NEXT = itertools.count(random.SystemRandom().randrange(1, 200))


def own_address() -> str:
    """A loopback address that no other test uses, so that real ports (80, 443) can be had side by side."""
    return f"127.{os.getpid() % 250 + 2}.{next(_NEXT) % 250 + 1}.{random.SystemRandom().randrange(1, 250)}"


class Request:
    """A request as a server saw it."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Server:
    """An HTTP server on its own address: answers from `folder`, else by `answer`; keeps what it was asked."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, folder: Path | None = None, host: str = "") -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.answer: Callable[[Request], tuple[int, bytes]] = lambda request: (
            200,
            b"hello from " + request.headers["host"].encode(),
        )
        self.folder = folder
        self.address = host or own_address()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle_one_request()

            def any_method(self) -> None:
                body = self._body()
                request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                server.requests.append(request)
                status, answer = server.reply(request)
                self.send_response(status)
                if server.folder is not None and self.path.startswith("/simple"):
                    self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            def _body(self) -> bytes:
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    pieces: list[bytes] = []
                    while size := int(self.rfile.readline(), 16):
                        pieces.append(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                    return b"".join(pieces)
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_TRACE = any_method  # noqa: N815 - the library's names

            def log_message(self, *args: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer((self.address, port), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        if context is not None:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def reply(self, request: Request) -> tuple[int, bytes]:
        if self.folder is None:
            return self.answer(request)
        path = self.folder / request.path.partition("?")[0].lstrip("/").replace("%2f", "/").replace("%40", "@")
        path = path / "index.html" if path.is_dir() else path
        return (200, path.read_bytes()) if path.is_file() else (404, b"not here")

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class Roots:
    """A certificate authority that stands for the public ones."""

    def __init__(self, folder: Path) -> None:
        from pullwright.sandbox.egress.authority import Authority

        self._authority = Authority()
        self.file = folder / "roots.pem"
        self.file.write_bytes(self._authority.pem)

    def context(self, host: str) -> ssl.SSLContext:
        """A server context for one host that does not look at the name it is asked for: the usual default server."""
        context = self._authority.server_context(host, lambda name: None)
        context.sni_callback = lambda *_: None
        return context


class Gate:
    """An egress proxy that serves in a thread."""

    def __init__(self, egress: Egress, port: int, decisions: list[NetworkDecision]) -> None:
        self.egress, self.port, self.decisions = egress, port, decisions

    @property
    def refused(self) -> list[str]:
        return [decision.reason for decision in self.decisions if not decision.allowed]

    @property
    def env(self) -> dict[str, str]:
        """A tool's environment: nothing but PATH, a home, and what the proxy gives, with its real port."""
        given = {name: value.replace(":3128", f":{self.port}") for name, value in self.egress.env.items()}
        for mount in self.egress.mounts:
            given = {name: str(mount.path) if value == mount.at else value for name, value in given.items()}
        return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **given}

    def talk(self, data: bytes, seconds: float = 5.0) -> bytes:
        """Send bytes to the proxy, and all that comes back until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            return read_all(sock)

    def connect(self, where: str) -> tuple[socket.socket, bytes]:
        """A CONNECT, and the head of its answer. The caller closes the socket."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
        return sock, sock.recv(65536)


def read_all(sock: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(OSError):
        while piece := sock.recv(65536):
            got += piece
    return got


class World:
    """Names and addresses, and everything that was started, closed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = "root"
        self.names: dict[str, Sequence[str]] = {}
        self.asked: list[str] = []
        self.roots = Roots(folder)
        self._closing = contextlib.ExitStack()

    async def resolve(self, name: str, port: int) -> Sequence[str]:
        self.asked.append(name)
        if name not in self.names:
            raise OSError(f"no such name: {name}")
        return self.names[name]

    def http(self, name: str, port: int = 80) -> Server:
        server = Server(port)
        self._closing.callback(server.close)
        self.names[name] = (server.address,)
        return server

    def https(self, name: str, port: int = 443, folder: Path | None = None) -> Server:
        server = Server(port, self.roots.context(name), folder)
        self._closing.callback(server.close)
        self.names[name] = (server.address,)
        return server

    @contextlib.contextmanager
    def gate(
        self,
        *rules: NetworkRule,
        policy: NetworkPolicy | None = None,
        environ: Mapping[str, str] | None = None,
        limits: EgressLimits | None = None,
    ) -> Iterator[Gate]:
        """An open proxy with these rules."""
        environ = {"SSL_CERT_FILE": str(self.roots.file), **(environ or {})}
        folder = self.folder / f"attempt-{next(_NEXT)}"
        egress = prepare_egress(
            policy or NetworkPolicy(rules=rules), folder, environ=environ, resolve=self.resolve, limits=limits or EgressLimits()
        )
        decisions: list[NetworkDecision] = []
        faults: list[dict[str, object]] = []
        ready, loops = threading.Event(), []
        with socket.create_server(("127.0.0.1", 0)) as listener:

            async def run() -> None:
                loop, done = asyncio.get_running_loop(), asyncio.Event()
                loop.set_exception_handler(lambda _, context: faults.append(context))
                async with egress.serve(listener, decisions.append):
                    loops.append((loop, done))
                    ready.set()
                    await done.wait()

            thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
            thread.start()
            assert ready.wait(10)
            try:
                yield Gate(egress, listener.getsockname()[1], decisions)
            finally:
                loop, done = loops[0]
                loop.call_soon_threadsafe(done.set)
                thread.join(10)
        assert not thread.is_alive(), "the proxy did not end"
        assert not faults, faults

    def close(self) -> None:
        self._closing.close()


@contextlib.contextmanager
def open_world(folder: Path) -> Iterator[World]:
    """A world for one test. Skips where ports 80 and 443 of a loopback address cannot be had."""
    if not _can_have_web_ports():
        pytest.skip("ports 80 and 443 of a loopback address cannot be had here (not root)")
    world = World(folder)
    try:
        yield world
    finally:
        world.close()


def _can_have_web_ports() -> bool:
    try:
        socket.create_server((own_address(), 443)).close()
    except OSError:
        return False
    return True


def rule(host: str, *, private: bool = True, **more: object) -> NetworkRule:
    """A rule whose names may lie on loopback, as all of this world's do."""
    return NetworkRule(host=host, allow_private=private, **more)  # type: ignore[arg-type]
