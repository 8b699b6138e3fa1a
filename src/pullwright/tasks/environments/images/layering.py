"""Layers of an image, one over the other, into a root of our own.

A layer's tar is hostile. Each entry is made relative to an open folder, and no link is followed but inside the root, as a
chroot would; what lies outside cannot be reached. Files, folders and links are made, owned by us, without set-id bits, times
kept; devices, pipes and sockets are passed over. Bytes, names and headers are bounded. Whiteouts (`.wh.NAME`, `.wh..wh..opq`)
remove what lower layers made (https://github.com/opencontainers/image-spec/blob/main/layer.md).
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
from pathlib import Path
from typing import IO, cast

from pullwright.protocol.errors import FixSettings
from pullwright.workspace.blocking import current_job
from pullwright.workspace.layers import open_folder
from pullwright.workspace.removal import remove_below

MOST_BYTES = 30 << 30
MOST_ENTRIES = 3_000_000
MOST_LINKS = 40
LARGEST_HEADER = 1 << 20
PIECE = 1 << 20
_HEADERS = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_OPAQUE, _WHITEOUT = b".wh..wh..opq", b".wh."
_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Place = tuple[bytes, ...]
"""A path below the root, its folders resolved."""


class _Member(tarfile.TarInfo):
    """A member whose headers are bounded: tarfile reads them whole into memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > LARGEST_HEADER:
            raise tarfile.ReadError("a header is far too large")
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # pyright: ignore


class Rooting:
    """A root that layers are laid into. `entries` and `size` count what was made, `passed` what was left out."""

    def __init__(self, root: Path) -> None:
        self._root = open_folder(os.fsencode(root))
        self._new: set[Place] = set()
        self.entries = 0
        self.size = 0
        self.passed = 0

    def close(self) -> None:
        """Let go of the root."""
        os.close(self._root)

    def lay(self, stream: IO[bytes]) -> None:
        """Lay a layer, an uncompressed tar, over what is there. Raises `FixSettings` for a damaged one, or one that does harm."""
        self._new = set()
        try:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member, errors="surrogateescape") as tar:
                for member in tar:
                    self._take(tar, member)
                    setattr(tar, "members", [])  # noqa: B010 - else all are kept
        except (tarfile.TarError, EOFError) as error:
            raise FixSettings(f"a layer of the image cannot be read: {error}") from None

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise FixSettings(f"the image has more than {MOST_ENTRIES:,} files")
        if not self.entries % 1000:
            current_job().check()
        parts = _parts(member.name)
        if not parts:
            return
        *folders, name = parts
        fd, place = self._folder(folders)
        try:
            self._put(tar, member, fd, (*place, name))
        except OSError as error:
            raise FixSettings(f"{member.name!r} of the image cannot be made: {error.strerror}") from None
        finally:
            os.close(fd)

    def _put(self, tar: tarfile.TarFile, member: tarfile.TarInfo, fd: int, place: Place) -> None:
        name = place[-1]
        if name.startswith(_WHITEOUT):
            self._white_out(fd, place[:-1], name)
            return
        if not (member.isdir() or member.isreg() or member.issym() or member.islnk()):
            self.passed += 1
            return
        if member.islnk() and self._resolved(member.linkname) == place:
            return
        if not (member.isdir() and _kind(name, fd) == stat.S_IFDIR):
            _remove(name, fd)
        self._note(place)
        if member.isdir():
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=fd)
            os.chmod(name, member.mode & 0o777 | 0o700, dir_fd=fd)
        elif member.isreg():
            self._file(tar, member, fd, name)
        elif member.issym():
            os.symlink(os.fsencode(member.linkname), name, dir_fd=fd)
        else:
            self._link(member, fd, name)

    def _file(self, tar: tarfile.TarFile, member: tarfile.TarInfo, fd: int, name: bytes) -> None:
        self.size += member.size
        if self.size > MOST_BYTES:
            raise FixSettings(f"the image unpacks to more than {MOST_BYTES >> 30} GiB")
        source = tar.extractfile(member)
        with os.fdopen(os.open(name, _FILE, 0o600, dir_fd=fd), "wb") as file:
            while source is not None and (piece := source.read(PIECE)):
                file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), member.mode & 0o777 | 0o600)
            when = max(0, int(member.mtime * 1_000_000_000))
            with contextlib.suppress(OSError, OverflowError):
                os.utime(file.fileno(), ns=(when, when))

    def _link(self, member: tarfile.TarInfo, fd: int, name: bytes) -> None:
        """A hard link to a file that is in the root already."""
        *folders, target = _parts(member.linkname) or [b"."]
        parent, _ = self._folder(folders, make=False)
        try:
            if _kind(target, parent) not in (stat.S_IFREG, stat.S_IFLNK):
                raise FixSettings(f"{member.name!r} of the image is linked to what is no file")
            os.link(target, name, src_dir_fd=parent, dst_dir_fd=fd, follow_symlinks=False)
        finally:
            os.close(parent)

    # --- whiteouts -------------------------------------------------------------------------------

    def _note(self, place: Place) -> None:
        for count in range(len(place), 0, -1):
            if place[:count] in self._new:
                return
            self._new.add(place[:count])

    def _white_out(self, fd: int, folder: Place, name: bytes) -> None:
        if name == _OPAQUE:
            self._empty(fd, folder)
        elif not name.startswith(b".wh..wh."):  # others of these are aufs's own
            gone = name.removeprefix(_WHITEOUT)
            if gone in (b"", b".", b".."):
                raise FixSettings("a layer of the image removes a name that is none")
            if (*folder, gone) not in self._new:
                _remove(gone, fd)

    def _empty(self, fd: int, folder: Place) -> None:
        """Remove what lower layers made in a folder, and leave what this one did, in whatever order they come."""
        for name in [os.fsencode(entry) for entry in os.listdir(fd)]:
            if (*folder, name) not in self._new:
                _remove(name, fd)
            elif _kind(name, fd) == stat.S_IFDIR:
                inner = open_folder(name, fd)
                try:
                    self._empty(inner, (*folder, name))
                finally:
                    os.close(inner)

    # --- paths -----------------------------------------------------------------------------------

    def _resolved(self, path: str) -> Place:
        """A path's place, its folders resolved."""
        *folders, name = _parts(path) or [b"."]
        fd, place = self._folder(folders, make=False)
        os.close(fd)
        return (*place, name)

    def _folder(self, parts: list[bytes], *, make: bool = True) -> tuple[int, Place]:
        """A descriptor of a folder below the root, and its place; links are followed as a chroot to the root would."""
        waiting, links = list(reversed(parts)), 0
        place: list[bytes] = []
        fd = os.dup(self._root)
        try:
            while waiting:
                name = waiting.pop()
                if name == b"..":
                    place = place[:-1]
                    fd = self._again(fd, place)
                elif (kind := _kind(name, fd)) == stat.S_IFLNK:
                    links += 1
                    target = os.readlink(name, dir_fd=fd)
                    if links > MOST_LINKS:
                        raise FixSettings("the image's links lead in circles")
                    if target.startswith(b"/"):
                        place = []
                        fd = self._again(fd, place)
                    waiting += [part for part in reversed(target.split(b"/")) if part not in (b"", b".")]
                elif kind == stat.S_IFDIR or (kind is None and make):
                    if kind is None:
                        os.mkdir(name, 0o755, dir_fd=fd)
                        self._note((*place, name))
                    inner = open_folder(name, fd)
                    os.close(fd)
                    fd = inner
                    place.append(name)
                else:
                    raise FixSettings(f"the image has something below {b'/'.join((*place, name))!r}, which is no folder")
        except OSError as error:
            os.close(fd)
            raise FixSettings(f"a folder of the image cannot be made: {error.strerror}") from None
        except BaseException:
            os.close(fd)
            raise
        return fd, tuple(place)

    def _again(self, fd: int, place: list[bytes]) -> int:
        """Walk down from the root to a place that was resolved before. Takes over `fd`, which stays open where that fails."""
        found = os.dup(self._root)
        for name in place:
            inner = open_folder(name, found)
            os.close(found)
            found = inner
        os.close(fd)
        return found


def _parts(path: str) -> list[bytes]:
    parts = [part for part in os.fsencode(path).split(b"/") if part not in (b"", b".")]
    if b".." in parts:
        raise FixSettings(f"the image names {path!r}, which leads out of it")
    return parts


def _kind(name: bytes, fd: int) -> int | None:
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return None


def _remove(name: bytes, fd: int) -> None:
    kind = _kind(name, fd)
    if kind == stat.S_IFDIR:
        remove_below(name, fd)
    elif kind is not None:
        os.unlink(name, dir_fd=fd)
