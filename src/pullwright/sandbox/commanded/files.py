"""Files of a sandbox by small shell lines run inside: what they can see and do is what the sandbox's user can."""

from __future__ import annotations

import errno
import os
from typing import Literal, Protocol

from pullwright.sandbox.sandbox import Command, Finished, OnOutput, Stat

READ = """[ -e "$1" ] || exit 82; [ -d "$1" ] && exit 83; [ -f "$1" ] || exit 84; [ -r "$1" ] || exit 85
tail -c "+$2" -- "$1" | head -c "$3\""""
WRITE = """[ -d "$1" ] && exit 83; f=$(dirname -- "$1"); mkdir -p -- "$f" || exit 85; [ ! -e "$1" ] || [ -w "$1" ] || exit 85
if [ -L "$1" ] || [ -e "$1" ]; then cat > "$1" || exit 85; else
t="$f/.pullwright-$$"; cat > "$t" && mv -- "$t" "$1" || { rm -f -- "$t"; exit 85; }; fi
case "$2" in x) chmod a+x -- "$1";; n) chmod a-x -- "$1";; esac"""
REMOVE = """[ -e "$1" ] || [ -L "$1" ] || exit 82; [ -d "$1" ] && [ ! -L "$1" ] && exit 83; rm -f -- "$1" || exit 85"""
STAT = """[ -e "$1" ] || [ -L "$1" ] || exit 82; find "$1" -prune -printf '%y %s %m %T@' 2>/dev/null ||
stat -c '%F %s %a %Y' -- "$1" | sed 's/^regular empty/regular/; s/^symbolic link/l/; s/^directory/d/; s/^regular file/f/'"""
TREE = """cd -- "$1" 2>/dev/null || exit 82; find . -name .git -prune -o ! -type d -print0 | head -z -n "$2" """

_FAULTS = {82: errno.ENOENT, 83: errno.EISDIR, 84: errno.EINVAL, 85: errno.EACCES}


class Runs(Protocol):
    """A place where commands run."""

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """Run a command to its end."""
        ...


async def shell(place: Runs, line: str, path: str, *more: str, stdin: bytes | None = None) -> bytes:
    """Run one of the lines above for a path; all of its output. Raises the `OSError` that the line stands for."""
    pieces: list[bytes] = []
    command = Command(argv=("sh", "-c", line, "sh", path, *more), stdin=stdin, timeout=60)
    finished = await place.exec(command, pieces.append)
    if not finished.ok:
        number = _FAULTS.get(finished.exit_code or 0, errno.EIO)
        raise OSError(number, os.strerror(number), path)
    return b"".join(pieces)


def parse_stat(line: bytes) -> Stat:
    """A line of `STAT`."""
    letter, size, mode, changed = line.split()
    seconds, _, fraction = changed.partition(b".")
    kinds: dict[bytes, Literal["file", "folder", "link"]] = {b"f": "file", b"d": "folder", b"l": "link"}
    return Stat(
        kinds.get(letter, "other"),
        int(size),
        bool(int(mode, 8) & 0o111),
        int(seconds) * 10**9 + int((fraction or b"0").ljust(9, b"0")[:9]),
    )
