"""Removes what a dead Pullwright's killed `launch`, or a reboot, has left; never anything of a sandbox that lives.

What lives is locked: launch holds the lock of its attempt's folder and of each of its cgroups as long as it lives, and the
kernel lets go of both however launch ends. What cannot be locked at all (NFS) is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import Limits
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.linux.arguments import LIFE_FD, native
from pullwright.sandbox.linux.limits import PREFIX, plan_groups
from pullwright.sandbox.sandbox import SandboxSpec

_OURS = ("home", "tmp", "etc", "egress")
_NAME = re.compile(re.escape(PREFIX) + r"[0-9a-f]{16}")
_WAIT_SECONDS = 20.0
"""The launch of a killed Pullwright may still be removing a large home."""
_LOOK_EVERY = 0.01
_NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


def removal(spec: SandboxSpec) -> list[str]:
    """launch's options for removing all that a sandbox of this spec leaves on disk, but its upper and a home that is kept."""
    options = ["--empty", str(spec.tree.work)] if isinstance(spec.tree, OverlayTree) else []
    kept = ("home",) if spec.keep_home else ()
    return options + [word for name in _OURS if name not in kept for word in ("--remove", str(spec.folder / name))]


@asynccontextmanager
async def claim(spec: SandboxSpec) -> AsyncGenerator[int]:
    """Lock the attempt's folder, waiting for a dying sandbox to let go of it, and remove what a dead one left there.

    Gives the locked descriptor; the lock lasts as long as launch holds a copy. Raises `FixSettings` when a living sandbox
    keeps the folder.
    """
    spec.folder.mkdir(parents=True, exist_ok=True)
    folder = os.open(spec.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        await _lock(folder, spec.folder)
        if any(os.path.lexists(spec.folder / name) for name in _OURS):
            await _remove(spec)
        yield folder
    finally:
        os.close(folder)


async def _lock(fd: int, path: Path) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise FixSettings(f"another sandbox is open in {path}", fix="give each sandbox a folder of its own") from None
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return None
            raise
        await asyncio.sleep(_LOOK_EVERY)


async def _remove(spec: SandboxSpec) -> None:
    """By launch itself, which copes with any depth and mode; again while a dying process still writes there."""
    for _ in range(50):
        everything = removal(msgspec.structs.replace(spec, keep_home=False))
        argv = (str(native("launch")), str(LIFE_FD), str(LIFE_FD), *everything, "--", "/bin/true")
        process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.DEVNULL)
        await process.wait()
        if not any(os.path.lexists(spec.folder / name) for name in _OURS):
            return
        await asyncio.sleep(_LOOK_EVERY)
    raise FixSettings(f"what an earlier sandbox left in {spec.folder} cannot be removed", fix=f"remove {spec.folder}")


@cache
def sweep_groups(parents: frozenset[Path]) -> tuple[Path, ...]:
    """Remove the cgroups below these that are ours by name, locked by nobody and empty: once in a process. What was removed."""
    return tuple(path for parent in parents for path in _groups(parent) if _removed(path))


def sweep_now() -> tuple[Path, ...]:
    """The same at any time, for a process that lives long: below whatever this one may make cgroups in. Blocking."""
    planned = plan_groups(Limits(memory_bytes=1 << 30, processes=100, cpus=1), PREFIX + "0" * 16)
    return sweep_groups.__wrapped__(frozenset(group.folder.parent for group in planned.groups))


def _groups(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return []


def _removed(group: Path) -> bool:
    with contextlib.suppress(OSError):
        fd = os.open(group, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            group.rmdir()  # refused by the kernel while a process is in it
        finally:
            os.close(fd)
        return True
    return False
