"""Somebody who is told: a small HTTP server that keeps what came, and answers as it is told to.

with Receiver.open() as receiver:          receiver.url, receiver.got; receiver.answers = [500, 200] (then 200)
with Receiver.open(context) as receiver:   the same with TLS
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """What a test has in hand."""

    def __init__(self, url: str, port: int) -> None:
        self.url = url
        self.port = port
        self.got: list[Message] = []
        self.answers: list[int] = []
        self.then = 200
        self.headers: dict[str, str] = {}
        self.slow = 0.0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def wait(self, count: int, seconds: float = 20.0) -> list[Message]:
        """Until so many have come."""
        until = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < until, f"{len(self.got)} came, and not {count}"
            time.sleep(0.01)
        return self.got

    @classmethod
    @contextlib.contextmanager
    def open(cls, context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
        """At a loopback port; 0: any."""
        server = _Server(("127.0.0.1", port), _Handler)
        port = int(server.server_address[1])
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        made = server.receiver = cls(f"http{'s' if context else ''}://127.0.0.1:{port}/hook", port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up has its reasons."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # type: ignore[assignment]

    def do_POST(self) -> None:
        here = self.server.receiver
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        message = Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with here.lock:
            here.got.append(message)
            here.at_once += 1
            here.most_at_once = max(here.most_at_once, here.at_once)
            status = here.answers.pop(0) if here.answers else here.then
        time.sleep(here.slow)
        with here.lock:
            here.at_once -= 1
        self.send_response(status)
        for name, value in here.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""
