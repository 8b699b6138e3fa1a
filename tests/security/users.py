"""Runs a test's body as root or as an ordinary user.

As root the body runs in a forked child that has left root for good. What the user could not reach (an interpreter below /root)
is shown to it in a private mount namespace. Where the suite itself runs as an ordinary user there is only that one.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

from left_behind import place_prefix

USERS = ("root", "ordinary") if os.geteuid() == 0 else ("ordinary",)
ORDINARY = 54321
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE, _MS_BIND = 0x00020000, 0x4000, 1 << 18, 0x1000
_LIBC = ctypes.CDLL(None, use_errno=True)
_REPOSITORY = Path(__file__).parents[2]


@contextmanager
def place(user: str) -> Iterator[Path]:
    """A scratch folder that belongs to the user and that it can reach; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=place_prefix(), dir="/var/tmp"))
    try:
        if user == "ordinary" and os.geteuid() == 0:
            os.chown(folder, ORDINARY, ORDINARY)
        yield folder
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, capture_output=True)
        shutil.rmtree(folder)


def run_as(user: str, body: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a coroutine function as that user; an exception in it is raised here."""
    if user == "root" or os.geteuid() != 0:
        asyncio.run(body())
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        failure = ""
        try:
            _become_ordinary()
            asyncio.run(body())
        except BaseException:  # told to the parent
            failure = traceback.format_exc()
        finally:
            with os.fdopen(writing, "w") as pipe:
                pipe.write(failure)
            os._exit(bool(failure))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        failure = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise AssertionError(f"as an ordinary user:\n{failure or status}")


def _become_ordinary() -> None:
    _show_what_is_needed()
    os.environ["HOME"] = "/nonexistent"
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)
    _LIBC.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: changing the uid cleared it, and /proc/self would belong to root


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode(), flags, data.encode())
    if _LIBC.mount(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"mount {source} {target}")


def _show_what_is_needed() -> None:
    """Covers folders that only root may enter, and binds what is needed below them at the same place."""
    if _LIBC.unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    closed: dict[Path, set[Path]] = {}
    for path in {Path(sys.prefix), Path(sys.base_prefix), _REPOSITORY}:
        for above in reversed(path.parents):
            if not above.stat().st_mode & 0o001:
                closed.setdefault(above, set()).add(path)
                break
    for above, paths in closed.items():
        descriptors = {path: os.open(path, os.O_PATH) for path in paths}
        _mount("none", str(above), "tmpfs", 0, "mode=755")
        for path, descriptor in descriptors.items():
            path.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{descriptor}", str(path), "", _MS_BIND | _MS_REC)
            os.close(descriptor)
