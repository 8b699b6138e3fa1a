"""Where the server listens: a port, and a socket in a folder for the command line of the same user."""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
from pathlib import Path

from pullwright.protocol.errors import FixMachine, FixSettings

BACKLOG = 1024


def listen_tcp(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `FixSettings` for an address that is not this machine's, or a port that is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise FixSettings(f"{host}:{port} is no address to listen at: {error.strerror}", fix="Choose another --host.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        fix = "Choose another --port, or end what listens there." if taken else "Choose another --host or --port."
        raise FixSettings(f"{host}:{port} cannot be listened at: {error.strerror}", fix=fix) from error
    listener.setblocking(False)
    return listener


def listen_unix(path: Path) -> socket.socket:
    """A bound unix socket that only its owner may connect to. What an ended server left at `path` is replaced.

    Raises `FixSettings` when something else is there, or a server that answers.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_symlink() or path.exists():
        _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        why = "its path is too long" if len(os.fsencode(path)) > 100 else str(error.strerror)
        raise FixMachine(f"the socket {path} cannot be made: {why}", fix="Choose another --socket, or --data.") from error
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


def _clear(path: Path) -> None:
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise FixSettings(f"{path} is something else than a socket", fix="Choose another --socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(1.0)
        try:
            asking.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise FixSettings(f"{path}: {error.strerror}", fix="Choose another --socket.") from error
    raise FixSettings(f"a server already answers at {path}", fix="Use it, or end it first.")


def peer_of(connection: socket.socket) -> int:
    """The uid of who is at the other end of a unix socket; -1 where the system does not say."""
    if not hasattr(socket, "SO_PEERCRED"):
        return -1
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", said)
    return int(uid)
