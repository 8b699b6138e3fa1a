"""A model's server: any number of streams at once, frames made beforehand.

A request's instructions say how many deltas there are, and the seconds between two: "200 0.05". The first delta begins with two
numbers, the machine's clock when the request had been read and when it is answered. Each connection that its client closed in
mid-stream is told into the pipe, with the time.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from multiprocessing.connection import Connection
from typing import Any

PATHS = {"responses": "/v1/responses", "chat": "/v1/chat/completions", "anthropic": "/v1/messages"}
WORD = "some words "
THINKING = 0.01
"""Seconds from a request to its first delta."""
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
WANTED = re.compile(rb"(\d+) (\d*\.\d+)")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def frame(value: dict[str, Any]) -> bytes:
    """One event."""
    name = f"event: {value['type']}\n".encode() if "type" in value else b""
    return name + b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


class Responses:
    """The frames of the Responses API."""

    def before(self) -> list[bytes]:
        begun = {"id": "resp_up", "object": "response", "created_at": 1, "model": "m", "status": "in_progress", "output": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        part = {"type": "output_text", "text": "", "annotations": []}
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        return [
            frame({"type": "response.created", "sequence_number": 0, "response": begun}),
            frame({"type": "response.in_progress", "sequence_number": 1, "response": begun}),
            frame({"type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": item}),
            frame({"type": "response.content_part.added", "sequence_number": 3, **at, "part": part}),
        ]

    def delta(self, number: int, text: str) -> bytes:
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        kind = "response.output_text.delta"
        return frame({"type": kind, "sequence_number": 4 + number, **at, "delta": text, "logprobs": []})

    def after(self, count: int, text: str) -> list[bytes]:
        part = {"type": "output_text", "text": text, "annotations": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        usage = {"input_tokens": 9, "output_tokens": count, "total_tokens": 9 + count}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        end = {"id": "resp_up", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": [item]}
        n = 4 + count
        return [
            frame({"type": "response.output_text.done", "sequence_number": n, **at, "text": text, "logprobs": []}),
            frame({"type": "response.content_part.done", "sequence_number": n + 1, **at, "part": part}),
            frame({"type": "response.output_item.done", "sequence_number": n + 2, "output_index": 0, "item": item}),
            frame({"type": "response.completed", "sequence_number": n + 3, "response": {**end, "usage": {**usage, **details}}}),
        ]


class Chat:
    """The chunks of Chat Completions."""

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return frame({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices})

    def before(self) -> list[bytes]:
        return [self._chunk({"role": "assistant", "content": ""})]

    def delta(self, number: int, text: str) -> bytes:
        return self._chunk({"content": text})

    def after(self, count: int, text: str) -> list[bytes]:
        usage = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": 9 + count}
        last = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage}
        return [self._chunk({}, "stop"), frame(last), b"data: [DONE]\n\n"]


class Anthropic:
    """The events of Anthropic Messages."""

    def before(self) -> list[bytes]:
        message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
        usage = {"input_tokens": 9, "output_tokens": 1}
        return [
            frame({"type": "message_start", "message": {**message, "usage": usage}}),
            frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ]

    def delta(self, number: int, text: str) -> bytes:
        return frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})

    def after(self, count: int, text: str) -> list[bytes]:
        return [
            frame({"type": "content_block_stop", "index": 0}),
            frame({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": count}}),
            frame({"type": "message_stop"}),
        ]


def chunk(data: bytes) -> bytes:
    """As a chunk of HTTP."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Telling(asyncio.Protocol):
    """A connection."""

    def __init__(self, wire: Any, made: dict[int, bytes], pipe: Connection) -> None:
        self.wire, self.made, self.pipe = wire, made, pipe
        self.transport: Any = None
        self.got = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()
            self.pipe.send(time.monotonic())

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, found, body = self.got.partition(b"\r\n\r\n")
        length = LENGTH.search(head) if found else None
        if length is None or len(body) < int(length[1]):
            return
        self.got = b""
        read = time.monotonic_ns()
        wanted = WANTED.search(body)
        count, gap = (int(wanted[1]), float(wanted[2])) if wanted else (20, 0.01)
        self.transport.write(HEAD + b"".join(map(chunk, self.wire.before())))
        self.timer = asyncio.get_running_loop().call_later(THINKING, self._tell, 0, count, gap, read)

    def _tell(self, number: int, count: int, gap: float, read: int) -> None:
        if number == count:
            self.timer = None
            self.transport.write(b"".join(map(chunk, self.wire.after(count, WORD * count))) + b"0\r\n\r\n")
            return
        if number:
            if number not in self.made:
                self.made[number] = chunk(self.wire.delta(number, WORD))
            self.transport.write(self.made[number])
        else:
            self.transport.write(chunk(self.wire.delta(0, f"{read} {time.monotonic_ns()} {WORD}")))
        self.timer = asyncio.get_running_loop().call_later(gap, self._tell, number + 1, count, gap, read)


def serve_upstream(name: str, pipe: Connection) -> None:
    """Serve a wire until killed; the address goes into the pipe, then the times of the closed connections."""
    wire = {"responses": Responses, "chat": Chat, "anthropic": Anthropic}[name]()
    made: dict[int, bytes] = {}

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Telling(wire, made, pipe), "127.0.0.1", 0, backlog=1000)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await server.serve_forever()

    asyncio.run(serve())
