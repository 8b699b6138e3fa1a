"""Blobs as files below a folder: of this machine, or on a file system that all workers mount."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pullwright.log.blobs.blobs import check_name
from pullwright.protocol.errors import FixMachine


class FolderBlobs:
    """`Blobs` below `folder`, which is made when something is put. A draft's name begins with a dot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path:
        return self.folder / check_name(name)

    def put(self, name: str, data: bytes) -> None:
        """See `Blobs.put`."""
        self._place(self._path(name), lambda draft: draft.write_bytes(data))

    def put_file(self, name: str, path: Path) -> None:
        """See `Blobs.put_file`: a hard link where it can be one."""

        def make(draft: Path) -> None:
            try:
                os.link(path, draft, follow_symlinks=False)
            except FileNotFoundError:
                if not path.exists():
                    raise
                draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.link(path, draft, follow_symlinks=False)
            except OSError:  # another file system
                shutil.copyfile(path, draft)

        self._place(self._path(name), make)

    def _place(self, path: Path, make: Callable[[Path], object]) -> None:
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            try:
                make(draft)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                make(draft)
            # Renaming one hard link over another of the same file does nothing, and leaves both.
            draft.replace(path)
            draft.unlink(missing_ok=True)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            fix = "Make room, or see that the folder can be written to."
            raise FixMachine(f"a blob cannot be kept in {self.folder}: {error.strerror}", fix=fix) from error

    def get(self, name: str) -> bytes:
        """See `Blobs.get`."""
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise KeyError(name) from None

    def fetch_file(self, name: str, path: Path) -> None:
        """See `Blobs.fetch_file`: always a copy, which is the caller's to change."""
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            shutil.copyfile(self._path(name), draft)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            if not path.parent.is_dir():
                raise
            raise KeyError(name) from None
        draft.replace(path)

    def has(self, name: str) -> bool:
        """See `Blobs.has`."""
        return self._path(name).is_file()

    def names(self, prefix: str = "") -> Sequence[str]:
        """See `Blobs.names`. Walks only the folder that the prefix names."""
        top = self.folder / prefix.rpartition("/")[0]
        found: list[str] = []
        for parent, _, files in os.walk(top):
            below = os.path.relpath(parent, self.folder)
            found += [file if below == "." else f"{below}/{file}" for file in files if not file.startswith(".")]
        return sorted(name for name in found if name.startswith(prefix))

    def remove(self, name: str) -> None:
        """See `Blobs.remove`."""
        self._path(name).unlink(missing_ok=True)

    def remove_all(self, prefix: str) -> None:
        """See `Blobs.remove_all`."""
        if not prefix:
            raise ValueError("everything is not removed at once")
        for name in self.names(prefix):
            self.remove(name)
        folder = self.folder / prefix
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
