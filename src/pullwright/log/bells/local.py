"""Doorbells between the processes of one machine: each that listens has a datagram socket in one folder.

    FOLDER/PID-RANDOM.bell      a datagram is topics, one a line

Ringing sends to every socket in the folder but one's own. A socket that nobody holds any more refuses, and is removed by
whoever notices. A full one (its process is busy) is tried again soon, with all topics that came together meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from pullwright.log.bells.bells import Bells

LOOKS = 0.1
"""Seconds between two looks into the folder."""
AGAIN = 0.01
"""Seconds after which a full socket is tried again."""
MOST = 32 << 10
"""Bytes of topics in one datagram."""


class LocalBells(Bells):
    """Bells of all processes that were given the same folder, which is made."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._name = ""
        self._receiver: socket.socket | None = None
        self._sender: socket.socket | None = None
        self._seen = 0
        self._looked = 0.0
        self._others: tuple[str, ...] = ()
        self._waiting: dict[str, set[str]] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._fd = -1

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._loop = asyncio.get_running_loop()
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}.bell"
        self._receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._receiver.setblocking(False)
        self._receiver.bind(self._address(self._name))
        self._loop.add_reader(self._receiver.fileno(), self._receive, self._receiver)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._receiver is not None and self._loop is not None:
            self._loop.remove_reader(self._receiver.fileno())
            self._receiver.close()
            (self.folder / self._name).unlink(missing_ok=True)
        if self._retry is not None:
            self._retry.cancel()
        with self._lock:
            if self._sender is not None:
                self._sender.close()
            if self._fd >= 0:
                os.close(self._fd)
            self._sender = self._receiver = None
            self._fd = -1

    def ring(self, topic: str) -> None:
        """See `Bells.ring`."""
        self._ring_here(topic)
        with self._lock:
            for name in self._look():
                self._waiting.setdefault(name, set()).add(topic)
            self._send()

    def _receive(self, receiver: socket.socket) -> None:
        topics: set[str] = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                topics.update(receiver.recv(2 * MOST).decode(errors="replace").split("\n"))
        for topic in topics:
            self._ring_here(topic)

    def _look(self) -> tuple[str, ...]:
        """The other processes' sockets. The folder is looked at now and then, and read when it has changed: a system call
        costs a thread that others wait for more than it takes."""
        now = time.monotonic()
        if now < self._looked + LOOKS:
            return self._others
        self._looked = now
        try:
            changed = self.folder.stat().st_mtime_ns
            if changed != self._seen:
                names = [path.name for path in self.folder.iterdir()]
                self._others = tuple(name for name in names if name.endswith(".bell") and name != self._name)
                self._seen = changed
        except FileNotFoundError:
            self._others = ()
        return self._others

    def _send(self) -> None:
        """Send what waits. What a full socket does not take stays."""
        for name in tuple(self._waiting):
            data = "\n".join(self._waiting[name]).encode()[:MOST]
            try:
                if self._sender is None:
                    self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    self._sender.setblocking(False)
                self._sender.sendto(data, self._address(name))
            except BlockingIOError:
                self._send_again()
                continue
            except ConnectionRefusedError:
                (self.folder / name).unlink(missing_ok=True)
            except OSError:
                pass  # it has just gone
            del self._waiting[name]

    def _send_again(self) -> None:
        loop = self._loop
        if loop is not None and self._retry is None and not loop.is_closed():

            def again() -> None:
                self._retry = None
                with self._lock:
                    self._send()

            def later() -> None:
                self._retry = self._retry or loop.call_later(AGAIN, again)

            loop.call_soon_threadsafe(later)

    def _address(self, name: str) -> str:
        """A socket's address has 108 bytes at most; a longer path is gone through the folder's descriptor."""
        path = str(self.folder / name)
        if len(os.fsencode(path)) < 100 or sys.platform != "linux":
            return path
        if self._fd < 0:
            self._fd = os.open(self.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._fd}/{name}"
