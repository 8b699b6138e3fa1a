"""Large things beside a log, as files in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pullwright.protocol.errors import Bug

CAP = 64 << 20
"""The largest artifact, in bytes. Whoever keeps something bounds it first."""


class FolderArtifacts:
    """Artifacts as files below `folder`, which is made on the first `put`.

    A name is a relative path of plain parts: no `..`, no empty part, none that begins with a dot.
    """

    def __init__(self, folder: Path, *, cap: int = CAP) -> None:
        self.folder = folder
        self.cap = cap
        self._fresh: set[Path] = set()

    def path(self, name: str) -> Path:
        """Where `name` lies on this machine, there or not. Raises `ValueError` for a name that is not safe."""
        parts = name.split("/")
        if not all(parts) or any(part.startswith(".") or "\0" in part or len(part.encode()) > 200 for part in parts):
            raise ValueError(f"not an artifact's name: {name!r}")
        return self.folder.joinpath(*parts)

    def check(self, name: str, data: bytes) -> Path:
        """Where `data` may be kept. Raises `ValueError` for a name that is not safe, `Bug` above the cap."""
        if len(data) > self.cap:
            raise Bug(f"artifact {name} has {len(data)} bytes; the cap is {self.cap}")
        return self.path(name)

    def put(self, name: str, data: bytes) -> str:
        """Keep `data` under `name`, replacing atomically, and return the name. Raises what `check` raises."""
        path = self.check(name, data)
        draft = path.with_name(f".{os.getpid()}-{path.name}"[:255])
        try:
            draft.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_bytes(data)
        draft.replace(path)
        self._fresh.add(path)
        return name

    def get(self, name: str) -> bytes:
        """The bytes kept under `name`. Raises `KeyError` when there are none."""
        try:
            return self.path(name).read_bytes()
        except (OSError, ValueError):
            raise KeyError(name) from None

    def names(self) -> Sequence[str]:
        """All names, sorted."""
        found: list[str] = []
        for parent, _, files in os.walk(self.folder):
            below = os.path.relpath(parent, self.folder)
            found.extend(file if below == "." else f"{below}/{file}" for file in files if not file.startswith("."))
        return sorted(found)

    def sync(self) -> None:
        """Make what was put since the last call survive a power cut (blocking)."""
        fresh, self._fresh = self._fresh, set()
        for path in [*fresh, *{path.parent for path in fresh}]:
            try:
                fd = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
