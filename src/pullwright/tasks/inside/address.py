"""Where an attempt's socket lies, and who is at its other end.

    data/inside/ATTEMPT.sock        only its owner may connect; it goes with the sandbox

The folder is never shown to any sandbox: nothing inside can look into another one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

BACKLOG = 64


def folder_of(data: Path) -> Path:
    """The folder of the sockets."""
    return data / "inside"


@contextlib.contextmanager
def _address(folder: Path, attempt: str) -> Iterator[str]:
    """A path to the socket that is short enough for one, however deep the folder lies."""
    if sys.platform != "linux":
        yield str(folder / f"{attempt}.sock")
        return
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{attempt}.sock"
    finally:
        os.close(fd)


@contextlib.contextmanager
def listening(data: Path, attempt: str) -> Iterator[socket.socket]:
    """A socket that listens for this attempt, and goes in the end. What an ended process left in its place is replaced."""
    folder = folder_of(data)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{attempt}.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with listener:
        path.unlink(missing_ok=True)
        with _address(folder, attempt) as address:
            listener.bind(address)
        path.chmod(0o600)
        ours = path.lstat().st_ino
        listener.listen(BACKLOG)
        listener.setblocking(False)
        try:
            yield listener
        finally:
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == ours:  # else another worker has taken the attempt up
                    path.unlink()


def connected(data: Path, attempt: str) -> socket.socket:
    """A socket that is connected with the attempt's worker. Raises `OSError` where there is none on this machine."""
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        caller.setblocking(False)
        with _address(folder_of(data), attempt) as address:
            caller.connect(address)
    except BaseException:
        caller.close()
        raise
    return caller


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end is a process of our own user, or root's. Where the system does not say, the folder's mode has."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", said)
    return uid in (os.getuid(), 0)
