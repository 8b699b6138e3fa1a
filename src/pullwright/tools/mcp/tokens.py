"""What is kept of a sign-in at a server: tokens, and how we are registered there. Secret, all of it.

Tokens          where sign-ins are kept, by the server's identity
├── TokenFile   a file that only its owner may read
└── NoTokens    nobody ever signed in
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import msgspec

from pullwright.protocol.errors import FixSettings


class Tokens(Protocol):
    """Where sign-ins are kept."""

    def get(self, server: str) -> str:
        """What was kept, empty when nothing was."""
        ...

    def put(self, server: str, kept: str) -> None:
        """Keep it, in place of what was kept before; empty: forget it."""
        ...


class NoTokens:
    """Nobody ever signed in, and nothing is kept."""

    def get(self, server: str) -> str:
        """Nothing."""
        return ""

    def put(self, server: str, kept: str) -> None:
        """Forget it at once."""


class TokenFile:
    """Sign-ins in one file. A token is renewed within a turn, when nobody is there to unlock a keyring: so not in that."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, server: str) -> str:
        """What was kept. Raises `FixSettings` when others can read the file."""
        return self._read().get(server, "")

    def put(self, server: str, kept: str) -> None:
        """Keep it."""
        known = self._read()
        known.pop(server, None)
        self._write({**known, server: kept} if kept else known)

    def _read(self) -> dict[str, str]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_mode & 0o077:
                raise FixSettings(f"{self.path} can be read by others", fix=f"chmod 600 {self.path}")
            try:
                return msgspec.json.decode(file.read(), type=dict[str, str])
            except msgspec.DecodeError:
                return {}  # the person signs in again

    def _write(self, known: dict[str, str]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(known))
            file.flush()
            os.fsync(descriptor)
        fresh.replace(self.path)
