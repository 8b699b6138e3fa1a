"""Layers of an overlay, written and read from outside while nothing is mounted.

The kernel's own marks are used (Documentation/filesystems/overlayfs.rst): a *whiteout* hides a name of the layers
below (a character device 0:0, which an ordinary user may make since Linux 5.8, or an empty file with the xattr
`user.overlay.whiteout`); an *opaque* folder hides all that lies below it (xattr `user.overlay.opaque`, or
`trusted.` where root mounted it).
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from pullwright.protocol.errors import SandboxLost
from pullwright.protocol.trees import OverlayTree
from pullwright.workspace.objects import FOLDER, LINK, PROGRAM, SUBMODULE, Entries, Objects
from pullwright.workspace.trees import check_name

NOT_THERE = (errno.ENODATA, errno.ENOTSUP, errno.EPERM)
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_folder(name: bytes | str, parent: int | None = None) -> int:
    """A descriptor of a folder, never through a link at its last part."""
    return os.open(name, OPEN_FOLDER, dir_fd=parent)


def read_below(folder: Path, path: bytes, limit: int) -> bytes:
    """The beginning of a regular file of a layer; empty where there is none. No link is followed on the way."""
    *folders, name = [part for part in path.split(b"/") if part]
    opened: list[int] = []
    try:
        opened.append(open_folder(os.fsencode(folder)))
        for inner in folders:
            opened.append(open_folder(inner, opened[-1]))
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=opened[-1])
        with open(fd, "rb") as file:
            return file.read(limit) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        for one in opened:
            os.close(one)


def is_whiteout(status: os.stat_result) -> bool:
    """Whether a layer's entry hides the name below it."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def is_marked_whiteout(name: bytes, folder: int, status: os.stat_result) -> bool:
    """The same for the other form of a whiteout: an empty file with a mark."""
    if status.st_size or not stat.S_ISREG(status.st_mode):
        return False
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return False
    try:
        return any(_mark(fd, f"{space}.overlay.whiteout") is not None for space in ("user", "trusted"))
    finally:
        os.close(fd)


def is_opaque(folder: int) -> bool:
    """Whether a layer's folder hides everything below it. Raises `SandboxLost` for a folder that was redirected."""
    try:
        names = os.listxattr(folder)
    except OSError as error:
        if error.errno in NOT_THERE:
            return False
        raise
    if "user.overlay.redirect" in names or "trusted.overlay.redirect" in names:
        raise SandboxLost("the workspace's overlay was mounted with redirects, which cannot be read from outside")
    return any(name in names and _mark(folder, name) == b"y" for name in ("user.overlay.opaque", "trusted.overlay.opaque"))


def clear_opaque(folder: int) -> None:
    """Let what lies below a layer's folder be seen again."""
    for space in ("user", "trusted"):
        try:
            os.removexattr(folder, f"{space}.overlay.opaque")
        except OSError as error:
            if error.errno not in NOT_THERE:
                raise


def _mark(fd: int, name: str) -> bytes | None:
    try:
        return os.getxattr(fd, name)
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise


def put_whiteout(name: bytes, folder: int) -> None:
    """Hide a name of the layers below."""
    os.mknod(name, stat.S_IFCHR | 0o600, os.makedev(0, 0), dir_fd=folder)


def lay(objects: Objects, below: str, tree: str, folder: int) -> int:
    """Write the difference from tree `below` to `tree` into the empty folder `folder`, as a layer over a checkout of `below`.

    Returns the number of names written. Costs what differs.
    """
    if below == tree:
        return 0
    return _lay(objects, objects.read_tree(below) if below else {}, objects.read_tree(tree), folder)


def lay_in(objects: Objects, below: str, tree: str, layer: Path) -> None:
    """The same into the folder at a path, which anyone may then read."""
    layer.chmod(0o755)
    fd = open_folder(os.fsencode(layer))
    try:
        lay(objects, below, tree, fd)
    finally:
        os.close(fd)


def lay_out(
    objects: Objects, below: str, tree: str, folder: Path, *, lowers: tuple[Path, ...], alternates: tuple[Path, ...]
) -> OverlayTree:
    """An overlay of `tree`, its private parts in the new folder `folder`, over a checkout of `below`."""
    for part in ("upper", "work", "layer"):
        (folder / part).mkdir(parents=True)
    lay_in(objects, below, tree, folder / "layer")
    return OverlayTree(lowers=(folder / "layer", *lowers), upper=folder / "upper", work=folder / "work", alternates=alternates)


def _lay(objects: Objects, before: Entries, after: Entries, folder: int) -> int:
    count = 0
    for name in before.keys() - after.keys():
        check_name(name)
        put_whiteout(name, folder)
        count += 1
    for name, entry in after.items():
        old = before.get(name)
        if old == entry:
            continue
        check_name(name)
        count += 1
        if entry.mode not in (FOLDER, SUBMODULE):
            write_entry(objects, name, entry.mode, entry.oid, folder)
            continue
        os.mkdir(name, 0o755, dir_fd=folder)
        if entry.mode == FOLDER:
            child = open_folder(name, folder)
            try:
                inside = objects.read_tree(old.oid) if old is not None and old.mode == FOLDER else {}
                count += _lay(objects, inside, objects.read_tree(entry.oid), child)
            finally:
                os.close(child)
    return count


def write_entry(objects: Objects, name: bytes, mode: bytes, oid: str, folder: int) -> None:
    """Make a file or link, which must not be there yet, with a blob's content."""
    data = objects.read_blob(oid)
    if mode == LINK:
        os.symlink(data, name, dir_fd=folder)
        return
    wanted = 0o755 if mode == PROGRAM else 0o644
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, wanted, dir_fd=folder)
    with open(fd, "wb") as file:
        file.write(data)
        os.fchmod(fd, wanted)
