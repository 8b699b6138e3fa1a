"""The files of an image, in a folder or in a tar (also a compressed one)."""

from __future__ import annotations

import os
import posixpath
import stat
import tarfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from pullwright.protocol.errors import FixSettings

LARGEST_TEXT = 8 << 20
"""Bytes of an index, manifest or configuration."""


class Archive(Protocol):
    """An image's files by name. `close` when done."""

    def open(self, name: str) -> IO[bytes]:
        """A file's content, to be closed. Raises `KeyError` where there is none."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Folder:
    """An image's layout folder. No link is followed below it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> IO[bytes]:
        """A regular file's content. Raises `KeyError`."""
        fd = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in name.split("/"):
                inner = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
                os.close(fd)
                fd = inner
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(f"{name} is no file")
        except OSError as error:
            os.close(fd)
            raise KeyError(name) from error
        return os.fdopen(fd, "rb")

    def close(self) -> None:
        """Nothing is held."""


class Tar:
    """An image in a tar. Raises `FixSettings` for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            self._tar = tarfile.open(path)  # noqa: SIM115 - closed by `close`
            self._members = {posixpath.normpath(member.name): member for member in self._tar}
        except (tarfile.TarError, OSError, EOFError) as error:
            raise FixSettings(
                f"{path.name} is no image: {error}", fix="Use an OCI layout, or what `docker save` wrote."
            ) from None

    def open(self, name: str) -> IO[bytes]:
        """A regular member's content; `docker save` has links to layers that are there twice. Raises `KeyError`."""
        for _ in range(5):
            member = self._members[name]
            if member.isreg():
                found = self._tar.extractfile(member)
                assert found is not None
                return found
            if not member.issym():
                break
            name = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
        raise KeyError(name)

    def close(self) -> None:
        """Close the file."""
        self._tar.close()


def open_archive(path: Path) -> Archive:
    """The archive at a path."""
    return Folder(path) if path.is_dir() else Tar(path)


def text_of(archive: Archive, name: str) -> bytes:
    """A small file's content. Raises `KeyError`, and `FixSettings` for one that is far too large."""
    opened: AbstractContextManager[IO[bytes]] = archive.open(name)
    with opened as file:
        data = file.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise FixSettings(f"the image's {name} is too large to be one")
    return data
