"""Where the local service's socket lies, and whether what answers there is this user's own.

A unix socket's path may have some hundred bytes; where the state folder lies deeper, it is in the user's run-time folder.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
from pathlib import Path

from pullwright.protocol.errors import FixMachine

LONGEST = 100


def socket_of(folder: Path) -> Path:
    """The socket of the service in `folder`. Makes the folder that it lies in; raises `FixMachine` when that is not ours."""
    path = folder / "server.sock"
    if len(os.fsencode(path)) > LONGEST:
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        below = Path(runtime) / "pullwright" if runtime.startswith("/") else Path(f"/tmp/pullwright-{os.getuid()}")  # noqa: S108
        path = below / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.sock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise FixMachine(f"{path.parent} is not yours alone", fix=f"remove it, or: chmod 700 {path.parent}")
    return path


def answers(path: Path) -> bool:
    """Whether a server of this user's listens there."""
    try:
        if path.lstat().st_uid != os.getuid():
            raise FixMachine(f"{path} is somebody else's", fix=f"remove {path}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(2.0)
            asking.connect(str(path))
            return True
    except (FileNotFoundError, ConnectionRefusedError, TimeoutError):
        return False


def peer_of(path: Path) -> int:
    """The process that listens there; 0 where there is none, or the system does not say."""
    if not hasattr(socket, "SO_PEERCRED") or not answers(path):
        return 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(str(path))
        process, uid, _ = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(process) if uid == os.getuid() else 0
