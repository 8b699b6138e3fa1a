"""No secret stays in a layer: what was kept is searched for their values before it can be used.

Searched are files, names and the targets of links, for the values as they are, and in the forms in which redaction knows them
(base64, hexadecimal, URL-encoded, escaped in JSON). What was compressed or encrypted cannot be searched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pullwright.protocol.errors import FixSettings
from pullwright.tools.redaction import Redactor, forms_of
from pullwright.workspace.blocking import current_job

PIECE = 4 << 20
MOST_TOLD = 10


class Leaked(FixSettings):
    """A setup script left secrets in files that would be kept; nothing was."""


def refuse_leaks(folders: Mapping[str, Path], secrets: Mapping[str, str]) -> None:
    """Search the folders (by the name under which they are told) for the secrets. Blocking; raises `Leaked`."""
    known = [(name, form) for name, value in secrets.items() for form in sorted(forms_of(value))]
    if not known:
        return
    found = [f"{where}{path} ({name})" for where, folder in folders.items() for path, name in _leaks(folder, known)]
    if found:
        more = f" and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
        told = f"{', '.join(found[:MOST_TOLD])}{more}".encode("utf-8", "replace")  # a name may hold one, too
        raise Leaked(
            f"setup left secrets in what would be kept: {Redactor(secrets.values())(told).decode()}",
            fix="Let the setup script remove these files in its end, or use a secret of kind `intercept`, which it never sees.",
        )


def _leaks(folder: Path, known: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    longest = max(len(form) for _, form in known)
    found: list[tuple[str, str]] = []
    for place, folders, files, fd in os.fwalk(os.fsencode(folder), follow_symlinks=False):
        current_job().check()
        inside = place[len(os.fsencode(folder)) :]
        for name in (*folders, *files):
            path = inside + b"/" + name
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            leak = _first(name, known)
            if leak is None and stat.S_ISLNK(status.st_mode):
                leak = _first(os.readlink(name, dir_fd=fd), known)
            elif leak is None and stat.S_ISREG(status.st_mode):
                leak = _in_file(fd, name, known, longest)
            if leak is not None:
                found.append((path.lstrip(b"/").decode("utf-8", "backslashreplace"), leak))
    return found


def _first(data: bytes, known: list[tuple[str, bytes]]) -> str | None:
    return next((name for name, form in known if form in data), None)


def _in_file(fd: int, name: bytes, known: list[tuple[str, bytes]], longest: int) -> str | None:
    """Read a file where it has data: holes have no secrets, and may be terabytes."""
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
    with open(opened, "rb", buffering=0) as file:
        at, kept = 0, b""
        while True:
            try:
                data = os.lseek(opened, at, os.SEEK_DATA)
            except OSError:  # no more data
                return None
            if data != at:
                kept, at = b"", os.lseek(opened, data, os.SEEK_SET)
            piece = file.read(PIECE)
            if not piece:
                return None
            leak = _first(kept + piece, known)
            if leak is not None:
                return leak
            at += len(piece)
            kept = piece[-longest:]
