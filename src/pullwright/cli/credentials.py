"""Keys of providers: the environment first, else what `pullwright login` kept.

A kept key lies in the OS keyring where one answers, else in `credentials.json`, which only its owner may read. That file
also says which keys lie in the keyring, so that the keyring (slow to load) is asked only for those. Keys are never printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from pullwright.cli.folders import Folders
from pullwright.protocol.errors import FixSettings

Place = Literal["keyring", "file"]
SERVICE = "pullwright"
PATIENCE = 10.0
"""Seconds that a keyring gets to answer: one that is locked may wait for a prompt that nobody sees."""

T = TypeVar("T")


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a provider's key lies; `key` itself when that is this file."""

    place: Place
    key: str = ""

    def __repr__(self) -> str:
        """Without the key."""
        return f"Kept({self.place})"


class Credentials:
    """What `pullwright login` kept on this machine."""

    def __init__(self, folders: Folders) -> None:
        self.path = folders.config / "credentials.json"

    def places(self) -> dict[str, Place]:
        """Provider -> where its key lies."""
        return {provider: kept.place for provider, kept in self._read().items()}

    def get(self, provider: str) -> str:
        """The key, empty when none is kept. Raises `FixSettings` when the keyring that has it does not answer."""
        kept = self._read().get(provider)
        if kept is None or kept.place == "file":
            return kept.key if kept else ""
        key = _ask_keyring(lambda keyring: keyring.get_password(SERVICE, provider))
        if key is None:
            raise FixSettings(
                f"the OS keyring no longer gives the key for {provider}",
                fix=f"unlock it, or keep the key anew: pullwright login {provider}",
            )
        return key

    def put(self, provider: str, key: str, place: Place | None = None) -> Place:
        """Keep a key: in the keyring, else (`place` None and no keyring, or `file`) in the file. Returns where it went.

        Raises `FixSettings` when `keyring` was asked for and none answers.
        """
        if place != "file" and _ask_keyring(lambda keyring: (keyring.set_password(SERVICE, provider, key), True)[1]):
            self._write(self._read() | {provider: Kept("keyring")})
            return "keyring"
        if place == "keyring":
            raise FixSettings("no OS keyring answers here", fix="leave --keep out, or use --keep file")
        self._write(self._read() | {provider: Kept("file", key)})
        return "file"

    def forget(self, provider: str) -> bool:
        """Forget a key wherever it lies; False when none was kept."""
        known = self._read()
        kept = known.pop(provider, None)
        if kept is None:
            return False
        if kept.place == "keyring":
            _ask_keyring(lambda keyring: keyring.delete_password(SERVICE, provider))
        self._write(known)
        return True

    def _read(self) -> dict[str, Kept]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_mode & 0o077:
                raise FixSettings(f"{self.path} can be read by others", fix=f"chmod 600 {self.path}")
            try:
                return msgspec.json.decode(file.read(), type=dict[str, Kept])
            except msgspec.DecodeError as error:
                raise FixSettings(f"{self.path} is damaged: {error}", fix="remove it and run `pullwright login` again") from None

    def _write(self, known: dict[str, Kept]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        _write_private(fresh, msgspec.json.encode(known))
        fresh.replace(self.path)


def _write_private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


class _Keyring:
    """The part of `keyring` that we use."""

    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, key: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


def _ask_keyring(question: Callable[[_Keyring], T]) -> T | None:
    """The keyring's answer; None when there is none here, it refuses, or it says nothing for `PATIENCE` seconds."""
    import threading

    answers: list[T] = []

    def ask() -> None:
        import contextlib

        with contextlib.suppress(Exception):  # a keyring's backends raise what they like; each means: not here
            import keyring  # pyright: ignore[reportMissingTypeStubs]
            from keyring.backends import fail, null

            if not isinstance(keyring.get_keyring(), (fail.Keyring, null.Keyring)):
                answers.append(question(keyring))  # pyright: ignore[reportArgumentType]

    # A daemon: a keyring that hangs must not keep the process from ending.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return answers[0] if answers else None
