"""Bringing a change into the person's own files, and taking it out again.

    apply   start tree → tree, onto files that are still as they were at the start; all or nothing
    undo    the same backwards, onto files that are still as `apply` left them

Before the first file is touched, what is to be done is written to `applied.json` beside the session, so that an
apply that was killed half-way is finished by the next one, or taken back by `undo`. Files are reached through
folder descriptors, no link is followed, and each file is replaced by a rename.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.layers import open_folder
from pullwright.workspace.objects import LINK, PROGRAM, SUBMODULE, Entry, Objects
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.trees import Difference, check_name, differences

PARTIAL = b".pullwright-new-"
Found = tuple[bytes, bytes] | None
"""What lies at a path: mode and content; None for nothing."""

SOMETHING_ELSE: tuple[bytes, bytes] = (b"other", b"")


class Applied(msgspec.Struct):
    """What was brought into the person's files: from tree `old` to tree `new`; undone or not."""

    root: str
    old: str
    new: str
    undone: bool = False


def apply(root: Path, objects: Objects, old: str, new: str, folder: Path) -> tuple[str, ...]:
    """Bring the difference between two trees into the person's files; see `Workspace.apply`. Blocking."""
    work = sorted(differences(objects, old, new))
    (folder / "applied.json").write_bytes(msgspec.json.encode(Applied(str(root), old, new)))
    return _change(root, objects, work, fix="Commit or move your edits, or take the change as a branch instead.")


def undo(folder: Path, objects: Objects) -> tuple[str, ...]:
    """Take the last `apply` of this session back; returns the paths. Raises `FixRepository` when files were edited since."""
    applied = _applied(folder)
    if applied is None:
        raise FixRepository("nothing of this session was applied to your files")
    if applied.undone:
        raise FixRepository("what this session applied was already undone")
    work = sorted(differences(objects, applied.new, applied.old))
    paths = _change(Path(applied.root), objects, work, fix="Commit or move your edits first.")
    applied.undone = True
    (folder / "applied.json").write_bytes(msgspec.json.encode(applied))
    return paths


def is_applied(folder: Path) -> bool:
    """Whether there is something of this session in the person's files that `undo` would take back."""
    applied = _applied(folder)
    return applied is not None and not applied.undone


def _applied(folder: Path) -> Applied | None:
    try:
        return msgspec.json.decode((folder / "applied.json").read_bytes(), type=Applied)
    except FileNotFoundError:
        return None


def _change(root: Path, objects: Objects, work: Sequence[Difference], *, fix: str) -> tuple[str, ...]:
    fd = open_folder(os.fsencode(root))
    try:
        waiting: list[tuple[Difference, Found, Found]] = []
        edited: list[str] = []
        for step in work:
            here = _look(fd, step.path)
            old, new = _content(objects, step.old), _content(objects, step.new)
            ending = _windows(old, here)
            if here == (_to_windows(new) if ending else new):
                continue
            if not ending and here != old:
                edited.append(step.path.decode("utf-8", "backslashreplace"))
                continue
            waiting.append((step, here, _to_windows(new) if ending else new))
        if edited:
            raise FixRepository(f"these files were edited since the start: {', '.join(edited)}", fix=fix)
        _write(fd, waiting)
    finally:
        os.close(fd)
    return tuple(step.path.decode("utf-8", "backslashreplace") for step in work)


def _write(root: int, waiting: Sequence[tuple[Difference, Found, Found]]) -> None:
    """Removals first, so that a folder can become a file; on any error everything is put back."""
    ordered = sorted(waiting, key=lambda item: item[2] is not None)
    done: list[tuple[bytes, Found]] = []
    try:
        for step, here, new in ordered:
            done.append((step.path, here))
            _put(root, step.path, new)
    except BaseException as error:
        for path, here in sorted(done, key=lambda item: item[1] is not None):
            _put(root, path, here)
        if isinstance(error, OSError):
            raise FixRepository(
                f"your files could not be changed: {error}", fix="Nothing was changed. Make way and try again."
            ) from error
        raise


def _content(objects: Objects, entry: Entry | None) -> Found:
    if entry is None:
        return None
    return SOMETHING_ELSE if entry.mode == SUBMODULE else (entry.mode, objects.read_blob(entry.oid))


def _windows(old: Found, here: Found) -> bool:
    """Whether the person's file is the old one with its line endings as a Windows checkout has them."""
    return old is not None and here is not None and here != old and b"\r" not in old[1] and here == _to_windows(old)


def _to_windows(found: Found) -> Found:
    return None if found is None else (found[0], found[1].replace(b"\n", b"\r\n"))


def _parent(root: int, path: bytes, *, make: bool) -> tuple[int, bytes]:
    """A descriptor of the folder that holds a path, and the name in it. Never through a link."""
    *folders, name = path.split(b"/")
    check_name(name)
    fd = os.dup(root)
    try:
        for folder in folders:
            check_name(folder)
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=fd)
            below = open_folder(folder, fd)
            os.close(fd)
            fd = below
    except BaseException:
        os.close(fd)
        raise
    return fd, name


def _look(root: int, path: bytes) -> Found:
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
            return None  # its files are looked at one by one; what else is in it stops the rename
        if not stat.S_ISREG(status.st_mode):
            return SOMETHING_ELSE
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
        with open(opened, "rb") as file:
            return (PROGRAM if status.st_mode & 0o100 else b"100644"), file.read()
    except FileNotFoundError:
        return None
    finally:
        os.close(fd)


def _put(root: int, path: bytes, found: Found) -> None:
    if found is None:
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


def forget(folder: Path) -> None:
    """Drop the session's workspace from the disk: upper, layers, objects."""
    for part in ("attempt", "objects", "git"):
        with contextlib.suppress(OSError):
            remove_tree(folder / part)
