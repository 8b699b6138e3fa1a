"""What a sandbox takes on disk, looked at from outside.

    Space.of(folders, launch)
    ├── folders      walked by descriptors: any depth, no link followed
    └── processes    files that were removed and are still open or mapped by what init's commands run

What cannot be seen (a folder closed to us, mapped removed files as an ordinary user) makes `whole` false. Not seen either:
removed files on their way between processes, in a socket's queue.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_MOST_OPEN = 256
"""Folders open at once; a chain of any depth needs one."""
_MOST_FILES = 20_000
"""Descriptors of processes looked at in one go."""
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_IN_MEMORY = ("/memfd:", "/dev/", "/SYSV")


class Space(NamedTuple):
    """Bytes on disk, and whether that is all."""

    used: int
    whole: bool

    @classmethod
    def of(cls, folders: Sequence[Path], launch: int) -> Space:
        """What lies in the folders, and what the processes of the sandbox below `launch` keep though it was removed."""
        return _in_folders(folders) + _in_processes(launch)

    def __add__(self, other: object) -> Space:
        assert isinstance(other, Space)
        return Space(self.used + other.used, self.whole and other.whole)


def _in_folders(folders: Sequence[Path]) -> Space:
    used, whole = 0, True
    waiting: list[tuple[int, list[str]]] = []  # an open folder, and what in it is still to be opened
    try:
        for folder in folders:
            top = _opened(str(folder), None)
            whole = whole and (top is None or top >= 0)
            if top is not None and top >= 0:
                waiting.append((top, ["."]))
        while waiting:
            parent, names = waiting[-1]
            name = names.pop()
            child = _opened(name, parent)
            if not names:
                os.close(waiting.pop()[0])
            if child is None or child < 0 or len(waiting) >= _MOST_OPEN:
                whole = whole and child is None
                if child is not None and child >= 0:
                    os.close(child)
                continue
            waiting.append((child, []))
            bytes_here, below = _listed(child)
            used += bytes_here
            waiting[-1][1].extend(below)
            if not below:
                os.close(waiting.pop()[0])
    finally:
        for fd, _ in waiting:
            os.close(fd)
    return Space(used, whole)


def _opened(name: str, parent: int | None) -> int | None:
    """A folder's descriptor; None where it is gone by now, -1 where it is closed to us."""
    try:
        return os.open(name, _OPEN, dir_fd=parent)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return -1


def _listed(folder: int) -> tuple[int, list[str]]:
    used, below = 0, list[str]()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                used += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.name)
    return used, below


def _in_processes(launch: int) -> Space:
    removed: dict[tuple[int, int], int] = {}
    left, whole = _MOST_FILES, True
    for pid in _commands(launch):
        try:
            for path in (*_descriptors(pid), *_mappings(pid)):
                left -= 1
                if left < 0:
                    return Space(sum(removed.values()), whole=False)
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    status = path.stat()
                    if status.st_nlink == 0 and stat.S_ISREG(status.st_mode) and not _is_in_memory(path):
                        removed[status.st_dev, status.st_ino] = status.st_blocks * 512
        except OSError:
            whole = False
    return Space(sum(removed.values()), whole)


def _commands(launch: int) -> Iterator[int]:
    """The commands' processes: those below init's children, its shepherds, which cannot be looked into."""
    init = next((pid for pid in below(launch) if _is_init(pid)), 0)
    for shepherd in children(init):
        yield from below(shepherd)


def _is_init(pid: int) -> bool:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        numbers = next(line for line in lines if line.startswith("NSpid:")).split()[1:]
        return len(numbers) > 1 and numbers[-1] == "1"
    return False


def below(pid: int) -> Iterator[int]:
    """Everything that descends from a process, whichever of its threads started it."""
    waiting = children(pid)
    while waiting:
        found = waiting.pop()
        yield found
        waiting += children(found)


def children(pid: int) -> list[int]:
    """The children of all of a process's threads; none where it is gone."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found


def _descriptors(pid: int) -> Iterator[Path]:
    """A process's descriptors. Raises `OSError` where they cannot be seen.

    Its threads share them (the system call filter sees to that), but the first one may be gone.
    """
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            if found := list((thread / "fd").iterdir()):
                yield from found
                return


def _mappings(pid: int) -> Iterator[Path]:
    """What a process has mapped of removed files. Raises `OSError` where that cannot be seen."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/maps", errors="replace") as lines:
        for line in lines:
            if line.endswith(" (deleted)\n") and not line.split(None, 5)[5].startswith(_IN_MEMORY):
                first, last = line.split(" ", 1)[0].split("-")
                yield Path(f"/proc/{pid}/map_files/{int(first, 16):x}-{int(last, 16):x}")


def _is_in_memory(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(path.readlink()).startswith(_IN_MEMORY)
    return False
