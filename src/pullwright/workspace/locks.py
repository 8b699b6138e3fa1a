"""Locks between processes: `flock` on a file of its own, let go by the kernel when the process ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pullwright.workspace.blocking import current_job

PAUSE = 0.01


class Held:
    """A lock that is held until `release`; safe to release twice."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let go."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def take(path: Path, *, shared: bool = False) -> Held:
    """Wait for the lock and hold it. Blocking; ends with the job's `Stopped` when that is cancelled."""
    while (held := try_take(path, shared=shared)) is None:
        current_job().check()
        time.sleep(PAUSE)
    return held


def try_take(path: Path, *, shared: bool = False) -> Held | None:
    """Hold the lock if it is free now, else None. Makes the file; its content means nothing."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return Held(fd)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone while the block runs."""
    held = take(path)
    try:
        yield
    finally:
        held.release()
