"""What a run of the tests has left behind: processes, mounts and cgroups, told apart from those of other runs on this machine.

A run's own folders are its basetemp and those of `users.place`, whose names carry `RUN`. Workers of xdist inherit it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sys
import time
from pathlib import Path

VARIABLE = "SUITE_RUN"
PLACE = "pullwright-test"


def run_name() -> str:
    """This run's name, given on first asking."""
    return os.environ.setdefault(VARIABLE, os.urandom(4).hex())


def place_prefix() -> str:
    """How the names of this run's scratch folders begin."""
    return f"{PLACE}-{run_name()}-"


class Guard:
    """Made when the run begins; `found` at its end."""

    def __init__(self, groups: list[Path] | None = None) -> None:
        self._parents = _parents() if groups is None else groups
        self._before = self._groups()

    def found(self, basetemp: Path, patience: float = 5.0) -> list[str]:
        """What is still there after `patience` seconds; ends at once when nothing is."""
        end = time.monotonic() + patience
        while (left := self._look(basetemp)) and time.monotonic() < end:
            time.sleep(0.1)
        return left

    def _look(self, basetemp: Path) -> list[str]:
        ours = re.compile(rb"(%s(?=[/\0\s:,]|$)|/%s)" % (re.escape(os.fsencode(basetemp)), re.escape(place_prefix().encode())))
        mounts = [line for line in Path("/proc/self/mountinfo").read_bytes().splitlines() if ours.search(line)]
        groups = sorted(path for path in self._groups() - self._before if _unused(path))
        return [*_processes(ours), *(f"mount {os.fsdecode(line)}" for line in mounts), *(f"cgroup {path}" for path in groups)]

    def _groups(self) -> set[Path]:
        return {path for parent in self._parents for path in parent.glob("pullwright-*") if path.is_dir()}


def _parents() -> list[Path]:
    from pullwright.protocol.policy import Limits
    from pullwright.sandbox.linux.limits import plan_groups

    planned = (
        plan_groups(Limits(memory_bytes=1 << 30, processes=100, cpus=1), "pullwright-none") if sys.platform == "linux" else None
    )
    return [group.folder.parent for group in planned.groups] if planned else []


def _processes(ours: re.Pattern[bytes]) -> list[str]:
    """By command line and working directory; not this process or those that started it."""
    found: list[str] = []
    spared = _line_of(os.getpid())
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes()
            place = b"" if int(folder.name) in spared else os.readlink(os.fsencode(folder / "cwd"))
            if int(folder.name) not in spared and (ours.search(words) or ours.search(place)):
                found.append(f"process {folder.name} in {os.fsdecode(place)}: {os.fsdecode(words.replace(bytes(1), b' '))[:300]}")
    return found


def _line_of(pid: int) -> set[int]:
    """A process and all above it."""
    line: set[int] = set()
    while pid > 0:
        line.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return line


def _unused(group: Path) -> bool:
    """Whether no launch holds its lock: another Pullwright's is none of our business."""
    with contextlib.suppress(OSError):
        fd = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(fd)
        return group.is_dir()
    return False
