"""A client that costs next to nothing: one connection, raw HTTP, and only what has to be noticed."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

DELTA = b"event: response.output_text.delta"
ENDS = re.compile(rb"event: response\.completed|\[DONE\]|message_stop")
LAST = b"\r\n0\r\n\r\n"
STAMP = re.compile(rb'"(\d{9,}) (\d{9,}) ')
KEPT = len(DELTA) - 1
"""Bytes that are looked at again: a whole marker does not fit."""


class Asking(asyncio.Protocol):
    """One connection of a client: asks, and notices when the first delta came, how many came, and whether the end was whole."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.lost = False
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._finish()

    def data_received(self, data: bytes) -> None:
        window = self._tail + data
        self.deltas += window.count(DELTA)
        self.whole = self.whole or bool(ENDS.search(window))
        self._tail = window[-KEPT:]
        if self.first is None:
            self._head += data
            if stamp := STAMP.search(self._head):
                self.first = time.monotonic_ns()
                self.inside = int(stamp[2]) - int(stamp[1])
        if window.endswith(LAST):
            self._finish()

    def _finish(self) -> None:
        if self._done and not self._done.done():
            self._done.set_result(None)

    def ask(self, head: bytes, body: bytes) -> asyncio.Future[None]:
        """Send; the future is done when the answer is."""
        self._tail = self._head = b""
        self.deltas, self.whole, self.inside = 0, False, 0
        self.first: int | None = None
        self._done = asyncio.get_running_loop().create_future()
        self.sent = time.monotonic_ns()
        self.transport.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
        return self._done

    @property
    def outside(self) -> float:
        """Milliseconds until the first delta that the upstream did not use."""
        assert self.first
        return (self.first - self.sent - self.inside) / 1e6


class Way:
    """A way to the upstream: host and port, model, key."""

    def __init__(self, url: str, path: str, model: str, key: str = "k") -> None:
        self.host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        self.port = int(port)
        self.model = model
        self.head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    async def open(self) -> Asking:
        _, asking = await asyncio.get_running_loop().create_connection(Asking, self.host, self.port)
        return asking

    def body(self, events: int, gap: float) -> bytes:
        """`instructions` go through a gateway as they are: they tell the upstream what to do."""
        said = f"{events} {gap}"
        chat = {"messages": [{"role": "system", "content": said}, {"role": "user", "content": "go"}], "max_tokens": 9000}
        asked = {"instructions": said, "input": "go"} if self.head.startswith(b"POST /v1/responses") else chat
        return json.dumps({"model": self.model, "stream": True, **asked}).encode()
