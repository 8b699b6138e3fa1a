"""That a worker's process lives, as the kernel of its machine knows it.

FOLDER/workers/ID.lock      locked while the process lives, however it ends
FOLDER/workers/ID/          what it writes for a moment (`tempfile`'s folder); it goes with the process, also after kill -9
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from pullwright.workspace.locks import Held, try_take


@contextmanager
def present(folder: Path, worker: str) -> Generator[Path]:
    """Be there while the block runs; what `tempfile` makes meanwhile lies in the folder that this yields."""
    held = _hold(_lock(folder, worker))
    scratch, before = folder / "workers" / worker, tempfile.tempdir
    scratch.mkdir(exist_ok=True, mode=0o700)
    tempfile.tempdir = str(scratch)
    try:
        yield scratch
    finally:
        tempfile.tempdir = before
        shutil.rmtree(scratch, ignore_errors=True)
        _lock(folder, worker).unlink(missing_ok=True)
        held.release()


def has_ended(folder: Path, worker: str) -> bool:
    """Whether it was a worker of this folder's whose process has ended."""
    path = _lock(folder, worker)
    held = try_take(path) if path.exists() else None
    if held is None:
        return False
    held.release()
    return True


def sweep(folder: Path, workers: Collection[str]) -> None:
    """Remove what processes left that have ended and are none of these `workers` (who is, is judged by its reaper). Blocking."""
    for path in (folder / "workers").glob("*.lock"):
        if path.stem not in workers and (held := try_take(path)):
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
            held.release()


def this_host() -> str:
    """This machine since it was started, as its workers name it."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    run = boot.read_text().strip()[:8] if boot.exists() else ""
    return f"{socket.gethostname()[:150]} {run}".strip()


def _lock(folder: Path, worker: str) -> Path:
    return folder / "workers" / f"{worker}.lock"


def _hold(path: Path) -> Held:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        held = try_take(path)
        if held and path.exists():
            return held
        if held:  # somebody swept it away in the moment before it was locked
            held.release()
