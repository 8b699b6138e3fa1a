"""Putting files into a person's folder, so that nothing of theirs is overwritten and all of it happens, or nothing.

Files are reached through folder descriptors, no link is followed, and each file is replaced by a rename.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.layers import open_folder
from pullwright.workspace.objects import LINK, PROGRAM
from pullwright.workspace.trees import check_name

PARTIAL = b".pullwright-new-"
LARGEST = 32 << 20
"""Bytes of a file that a checkpoint takes up: hashing and squeezing it takes half a second, and each version is kept."""

Found = tuple[bytes, bytes] | None
"""What lies at a path: mode and content; None for nothing."""

SOMETHING_ELSE: tuple[bytes, bytes] = (b"other", b"")
ANYTHING = object()


class Put(NamedTuple):
    """`new` is to lie at `path`, where `here` lies now."""

    path: bytes
    here: Found
    new: Found


class Edited(FixRepository):
    """Somebody edited a file at the very moment when it was to be replaced. Nothing was changed."""


def put_all(root: int, waiting: Iterable[Put]) -> None:
    """Put everything in place: removals first, so that a folder can become a file. On any error everything is put back.

    Raises `Edited` when something else than said lies at a path, `FixRepository` when a file cannot be written.
    """
    done: list[Put] = []
    try:
        for step in sorted(waiting, key=lambda step: step.new is not None):
            done.append(step)
            put(root, step.path, step.new, step.here)
    except BaseException as error:
        for step in sorted(done, key=lambda step: step.here is not None):
            if look(root, step.path) == step.new:
                put(root, step.path, step.here)
        if isinstance(error, OSError):
            raise FixRepository(
                f"your files could not be changed: {error}", fix="Nothing was changed. Make way and try again."
            ) from error
        raise


def _check(root: int, path: bytes, here: Found | Any) -> None:
    if here is not ANYTHING and look(root, path) != here:
        raise Edited(f"{path.decode('utf-8', 'backslashreplace')} was edited just now", fix="Try again.")


def sweep(root: int, paths: Sequence[bytes]) -> None:
    """Remove what a `put` of these paths that was killed has left beside them."""
    for path in paths:
        with contextlib.suppress(OSError):
            fd, name = _parent(root, path, make=False)
            try:
                _drop(PARTIAL + name[:200], fd)
            finally:
                os.close(fd)


def _parent(root: int, path: bytes, *, make: bool) -> tuple[int, bytes]:
    """A descriptor of the folder that holds a path, and the name in it. Never through a link."""
    *folders, name = path.split(b"/")
    check_name(name)
    fd = os.dup(root)
    try:
        for folder in folders:
            check_name(folder)
            if make:
                _make_folder(folder, fd)
            below = open_folder(folder, fd)
            os.close(fd)
            fd = below
    except BaseException:
        os.close(fd)
        raise
    return fd, name


def _make_folder(name: bytes, parent: int) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return
    if os.geteuid() == 0:
        owner = os.fstat(parent)
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=parent, follow_symlinks=False)


def look(root: int, path: bytes) -> Found:
    """What lies at a path below an open folder; a folder counts as nothing, for its files are looked at one by one."""
    try:
        fd, name = _parent(root, path, make=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # a link in the way
        return SOMETHING_ELSE
    try:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return LINK, os.readlink(name, dir_fd=fd)
        if stat.S_ISDIR(status.st_mode):
            return None  # what is in it stops the rename
        if not stat.S_ISREG(status.st_mode):
            return SOMETHING_ELSE
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
        with open(opened, "rb") as file:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                return SOMETHING_ELSE
            return (PROGRAM if status.st_mode & 0o100 else b"100644"), file.read()
    except FileNotFoundError:
        return None
    finally:
        os.close(fd)


def status_at(root: int, path: bytes) -> os.stat_result | None:
    """How a file or link at a path stands; None for anything else, and where a link is in the way."""
    try:
        fd, name = _parent(root, path, make=False)
    except (OSError, FixRepository):
        return None
    try:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except OSError:
        return None
    finally:
        os.close(fd)
    return status if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode) else None


def put(root: int, path: bytes, found: Found, here: Found | Any = ANYTHING) -> None:
    """Let `found` lie at a path. Raises `Edited` when it is not `here` that lies there at the last moment."""
    if found is None:
        _check(root, path, here)
        _remove(root, path)
        return
    fd, name = _parent(root, path, make=True)
    partial = PARTIAL + name[:200]
    try:
        _drop(partial, fd)
        if found[0] == LINK:
            os.symlink(found[1], partial, dir_fd=fd)
        else:
            _write_file(fd, name, partial, found)
        _check(root, path, here)
        os.rename(partial, name, src_dir_fd=fd, dst_dir_fd=fd)
    except BaseException:
        _drop(partial, fd)
        raise
    finally:
        os.close(fd)


def _write_file(fd: int, name: bytes, partial: bytes, found: tuple[bytes, bytes]) -> None:
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=fd)
    with open(opened, "wb") as file:
        try:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            os.fchmod(opened, stat.S_IMODE(status.st_mode))
        except FileNotFoundError:
            status = os.fstat(fd)
        if os.geteuid() == 0:
            os.fchown(opened, status.st_uid, status.st_gid)
        mode = stat.S_IMODE(os.fstat(opened).st_mode)
        os.fchmod(opened, mode | ((mode & 0o444) >> 2) if found[0] == PROGRAM else mode & ~0o111)
        file.write(found[1])
        file.flush()
        os.fsync(opened)


def _drop(name: bytes, fd: int) -> None:
    with contextlib.suppress(FileNotFoundError, IsADirectoryError):
        os.unlink(name, dir_fd=fd)


def _remove(root: int, path: bytes) -> None:
    """Remove a file, and the folders that this leaves empty."""
    try:
        fd, name = _parent(root, path, make=False)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        _drop(name, fd)
    finally:
        os.close(fd)
    above = path.rpartition(b"/")[0]
    while above:
        fd, name = _parent(root, above, make=False)
        try:
            os.rmdir(name, dir_fd=fd)
        except OSError:
            return
        finally:
            os.close(fd)
        above = above.rpartition(b"/")[0]
