"""What a layer keeps, made harmless: it was written by a stranger, and is mounted below others' work.

Regular files, folders and links stay; pipes, sockets and devices go, and so do set-id bits, capabilities and whatever would
mean something to an overlay. No link is followed. Links may lead anywhere: they are read inside of sandboxes alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.workspace.blocking import current_job
from pullwright.workspace.layers import NOT_THERE, is_opaque, is_whiteout, open_folder
from pullwright.workspace.removal import remove_below

DEEPEST = 200
"""Folders deeper than this are removed: each costs a descriptor and stack."""
MOST_ENTRIES = 3_000_000
"""Names that a layer may have."""
_SPACES = ("user.overlay.", "trusted.overlay.", "security.capability")


class Count(msgspec.Struct):
    """What was kept and what was not."""

    entries: int = 0
    size: int = 0
    special: int = 0
    too_deep: int = 0

    def take(self, status: os.stat_result) -> None:
        """One more name is kept. Raises `FixSettings` when there are too many."""
        self.entries += 1
        self.size += status.st_blocks * 512 // max(1, status.st_nlink if stat.S_ISREG(status.st_mode) else 1)
        if self.entries > MOST_ENTRIES:
            raise FixSettings(
                f"setup left more than {MOST_ENTRIES:,} files", fix="Let the setup script remove what the tests do not need."
            )
        if not self.entries % 1000:
            current_job().check()


def scrub(name: bytes, parent: int, count: Count, *, stacked: bool, depth: int = 0) -> bool:
    """Make one name harmless, and all below it; False when nothing of it stays.

    `stacked`: the layer lies over another of this very commit, so that its whiteouts and opaque folders mean something.
    """
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode) or (stacked and is_whiteout(status)):
        count.take(status)
        return True
    if stat.S_ISDIR(status.st_mode):
        return _folder(name, parent, status, count, stacked=stacked, depth=depth)
    if not stat.S_ISREG(status.st_mode):
        os.unlink(name, dir_fd=parent)
        count.special += 1
        return False
    wanted = (status.st_mode & 0o777) | 0o400
    if stat.S_IMODE(status.st_mode) != wanted:
        os.chmod(name, wanted, dir_fd=parent)  # a regular file: no link to follow
    _unmark(name, parent)
    count.take(status)
    return True


def _folder(name: bytes, parent: int, status: os.stat_result, count: Count, *, stacked: bool, depth: int) -> bool:
    if depth >= DEEPEST:
        remove_below(name, parent)
        count.too_deep += 1
        return False
    wanted = (status.st_mode & 0o777) | 0o700
    if stat.S_IMODE(status.st_mode) != wanted:
        os.chmod(name, wanted, dir_fd=parent)
    count.take(status)
    fd = open_folder(name, parent)
    try:
        opaque = stacked and is_opaque(fd)
        for inner in names(fd):
            scrub(inner, fd, count, stacked=stacked, depth=depth + 1)
        clear_marks(fd)
        if opaque:
            mark_opaque(fd)
    finally:
        os.close(fd)
    return True


def names(folder: int) -> Iterator[bytes]:
    """The names in an open folder, all read before the first is given."""
    with os.scandir(folder) as found:
        every = [os.fsencode(entry.name) for entry in found]
    yield from every


def _unmark(name: bytes, parent: int) -> None:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    try:
        clear_marks(fd)
    finally:
        os.close(fd)


def clear_marks(fd: int) -> None:
    """Take away what an overlay, or the kernel as it runs a program, would heed."""
    try:
        every = os.listxattr(fd)
    except OSError as error:
        if error.errno in NOT_THERE:
            return
        raise
    for name in every:
        if name.startswith(_SPACES):
            os.removexattr(fd, name)


def mark_opaque(fd: int) -> None:
    """Let an open folder hide what lies below it, however the overlay is mounted."""
    for space in ("user", *(("trusted",) if os.geteuid() == 0 else ())):
        try:
            os.setxattr(fd, f"{space}.overlay.opaque", b"y")
        except OSError as error:
            if error.errno not in NOT_THERE:
                raise
