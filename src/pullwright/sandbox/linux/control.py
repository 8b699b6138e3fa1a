"""The host's end of the init's protocol (`native/wire.h` holds the same table): requests, answers, events.

One stream socket; a request's answer carries its number. What commands do comes as events, by the command's number.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

from pullwright.protocol.errors import SandboxLost

_HEADER = struct.Struct("=IIHH")
_PIECE = 1 << 18
_FRAME_MOST = 64 << 20
"""Init takes a longer frame for nonsense, and ends."""


class Op(IntEnum):
    """Requests, then answers and events; the same numbers as in `native/wire.h`."""

    EXEC = 1
    SIGNAL = 2
    KILL = 3
    OPEN = 4
    STAT = 5
    REMOVE = 6
    FOLDERS = 7
    RENAME = 8
    LISTEN = 9
    CONNECT = 10
    TREE = 11
    RESOLVE = 12
    DONE = 100
    HELLO = 101
    FAILED = 102
    EXITED = 103
    ENDED = 104


class Answer(NamedTuple):
    """What init answered: the rest of the payload, and a descriptor (the receiver's to close) or -1."""

    data: bytes
    fd: int


OnEvent = Callable[[Op, bytes], None]


class Control:
    """Speaks with one init. `lost` is set once the other end is gone; every open request then raises `SandboxLost`."""

    def __init__(self, sock: socket.socket, on_lost: Callable[[], None]) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._on_lost = on_lost
        self._number = 0
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._events: dict[int, OnEvent] = {}
        self._received = bytearray()
        self._fds: deque[int] = deque()
        self._sending: deque[tuple[memoryview, list[int]]] = deque()
        self.lost = False
        self.hello: asyncio.Future[int] = self._loop.create_future()
        self.hello.add_done_callback(_seen)
        self._loop.add_reader(sock, self._readable)

    async def ask(self, op: Op, payload: bytes, fds: Sequence[int] = (), on_event: OnEvent | None = None) -> Answer:
        """Send a request and wait for its answer. Raises `OSError` as init names it, `SandboxLost`.

        The descriptors are duplicates made by the kernel: the caller may close its own once this was called.
        """
        answer = self.send(op, payload, fds, on_event)[1]
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled() and answer.exception() is None and answer.result().fd >= 0:
                os.close(answer.result().fd)  # it had come, and nobody takes it
            raise

    def send(
        self, op: Op, payload: bytes, fds: Sequence[int] = (), on_event: OnEvent | None = None
    ) -> tuple[int, asyncio.Future[Answer]]:
        """Send a request; its number, and the future of its answer."""
        self._number += 1
        answer: asyncio.Future[Answer] = self._loop.create_future()
        answer.add_done_callback(_seen)
        if self.lost:
            answer.set_exception(SandboxLost("the sandbox has ended"))
            return self._number, answer
        if len(payload) > _FRAME_MOST:
            answer.set_exception(OSError(errno.E2BIG, os.strerror(errno.E2BIG)))
            return self._number, answer
        self._answers[self._number] = answer
        if on_event is not None:
            self._events[self._number] = on_event
        frame = _HEADER.pack(len(payload), self._number, op, len(fds)) + payload
        self._sending.append((memoryview(frame), [os.dup(fd) for fd in fds]))
        self._flush()
        return self._number, answer

    def forget(self, number: int) -> None:
        """No more events of that command are wanted."""
        self._events.pop(number, None)

    def close(self) -> None:
        """Close our end, which ends init and everything below it."""
        self._lose()

    def _flush(self) -> None:
        while self._sending and not self.lost:
            data, fds = self._sending[0]
            try:
                sent = socket.send_fds(self._socket, [data], fds) if fds else self._socket.send(data)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._flush)
                return
            except OSError:
                self._lose()
                return
            for fd in fds:
                os.close(fd)
            if sent == len(data):
                self._sending.popleft()
            else:
                self._sending[0] = (data[sent:], [])
        if not self.lost:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, _PIECE, 8)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        for fd in fds:
            os.set_inheritable(fd, False)
        self._fds.extend(fds)
        if not data:
            self._lose()
            return
        self._received += data
        while len(self._received) >= _HEADER.size:
            size, number, op, count = _HEADER.unpack_from(self._received)
            end = _HEADER.size + size
            if len(self._received) < end:
                break
            payload = bytes(self._received[_HEADER.size : end])
            del self._received[:end]
            self._take(Op(op), number, payload, self._fds.popleft() if count else -1)

    def _take(self, op: Op, number: int, payload: bytes, fd: int) -> None:
        if op == Op.HELLO:
            if not self.hello.done():
                self.hello.set_result(int.from_bytes(payload, "little"))
        elif op == Op.DONE:
            self._answer(number, payload, fd)
        elif number in self._events:
            self._events[number](op, payload)

    def _answer(self, number: int, payload: bytes, fd: int) -> None:
        answer = self._answers.pop(number, None)
        (reason,) = struct.unpack_from("=i", payload)
        if answer is None or answer.done():  # nobody waits any more
            if fd >= 0:
                os.close(fd)
        elif reason:
            answer.set_exception(OSError(reason, os.strerror(reason)))
        else:
            answer.set_result(Answer(payload[4:], fd))

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        for fd in (*self._fds, *(fd for _, fds in self._sending for fd in fds)):
            os.close(fd)
        self._fds.clear()
        self._sending.clear()
        for answer in (*self._answers.values(), self.hello):
            if not answer.done():
                answer.set_exception(SandboxLost("the sandbox has ended"))
        self._answers.clear()
        self._on_lost()


def _seen(future: asyncio.Future[Answer] | asyncio.Future[int]) -> None:
    """Not every request is waited for; its failure is then nobody's."""
    if not future.cancelled():
        future.exception()
