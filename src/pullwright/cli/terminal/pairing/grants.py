"""What a person allowed for good, project by project: scopes in words, kept in the state folder and read back as they were shown.

They save questions and widen nothing: what the sandbox may do is decided when it opens.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pullwright.cli.folders import Folders

NAME = "permissions.json"


class Grants:
    """The scopes allowed for good in `project`."""

    def __init__(self, folders: Folders, project: Path) -> None:
        self._path = folders.state / NAME
        self._project = str(project)

    def list(self) -> tuple[str, ...]:
        """The scopes, oldest first. A file that cannot be read allows nothing."""
        return tuple(self._read().get(self._project, ()))

    def add(self, scope: str) -> None:
        """Allow one more for good."""
        known = self._read()
        kept = known.get(self._project, [])
        if scope and scope not in kept:
            self._write({**known, self._project: [*kept, scope]})

    def remove(self, scope: str) -> bool:
        """Ask again; False when it was not allowed."""
        known = self._read()
        kept = known.get(self._project, [])
        if scope not in kept:
            return False
        self._write({**known, self._project: [one for one in kept if one != scope]})
        return True

    def _read(self) -> dict[str, list[str]]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, list[str]])
        except (OSError, msgspec.DecodeError):
            return {}

    def _write(self, known: dict[str, list[str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f".{NAME}.{os.getpid()}")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode({name: kept for name, kept in known.items() if kept}), indent=1))
        fresh.replace(self._path)
