"""What is kept sealed: credentials and secrets, by a key that the database never holds.

    vault = open_vault(data)                      the key of `PULLWRIGHT_MASTER_KEY`, or of the file `data/key`, made when missing
    sealed = vault.seal(b"…", "secret:env_1:TOKEN")
    vault.open(sealed, "secret:env_1:TOKEN")      nowhere else: the context is part of what is sealed

A key is 32 random bytes, in base64. There may be several, in lines (or with commas): the first seals, each opens what it has
sealed, so that a key is replaced while the service runs. Sealed: version, the key's name, a nonce, AES-256-GCM.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pullwright.protocol.errors import FixSettings

VARIABLE = "PULLWRIGHT_MASTER_KEY"
_VERSION = b"\x01"
_NAME, _NONCE = 8, 12
_RESTORE = "Put the service's own key back: the file `key` of its data folder, or PULLWRIGHT_MASTER_KEY."


class Vault:
    """Seals and opens with the keys of `file`, which is read again whenever it has changed; or with `keys`, as they are.

    Raises `FixSettings` for a key file that others can read, that is damaged, or that is missing while nothing may make it.
    """

    def __init__(self, file: Path | None = None, *, keys: str = "") -> None:
        self.file = file
        self._stamp: tuple[int, int] | None = None
        self._keys = _parse(keys) if keys else {}
        self._current()

    def seal(self, plain: bytes, context: str) -> bytes:
        """Sealed with the newest key; opens under the same `context` only."""
        name, key = next(iter(self._current().items()))
        nonce = os.urandom(_NONCE)
        return _VERSION + name + nonce + AESGCM(key).encrypt(nonce, plain, _bound(name, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed. Raises `FixSettings` when its key is not here, or when it is not what was sealed there."""
        name, rest = sealed[1 : 1 + _NAME], sealed[1 + _NAME :]
        key = self._current().get(name)
        if sealed[:1] != _VERSION or key is None:
            raise FixSettings("a secret is sealed with a key that is not here", fix=_RESTORE)
        try:
            return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], _bound(name, context))
        except (InvalidTag, ValueError):
            raise FixSettings(
                "a sealed secret is damaged, or was put where another belongs", fix="Set the secret again."
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was sealed with the newest key."""
        return sealed[1 : 1 + _NAME] == next(iter(self._current()))

    def add_key(self) -> None:
        """Seal with a fresh key from now on; the others still open. Raises `FixSettings` for keys that are no file's."""
        file = self._own_file()
        _replace(file, "\n".join(map(_text, (os.urandom(32), *self._current().values()))))

    def drop_keys(self, *, keep: int = 2) -> int:
        """Forget all keys but the newest `keep`, and say how many: what they have sealed is lost."""
        file = self._own_file()
        keys = list(self._current().values())
        _replace(file, "\n".join(map(_text, keys[:keep])))
        return len(keys[keep:])

    def export(self) -> str:
        """All keys as text: what a backup needs to be of use elsewhere. Whoever has it opens every secret."""
        return "\n".join(map(_text, self._current().values()))

    def _own_file(self) -> Path:
        if self.file is None:
            raise FixSettings(
                f"the key comes from {VARIABLE}", fix=f"Put a new key before the old one, with a comma: {VARIABLE}=NEW,OLD"
            )
        return self.file

    def _current(self) -> dict[bytes, bytes]:
        if self.file is None:
            return self._keys
        found = self.file.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            if found.st_mode & 0o077:
                raise FixSettings(f"others can read the key {self.file}", fix=f"chmod 600 {self.file}")
            self._keys, self._stamp = _parse(self.file.read_text()), stamp
        return self._keys


def open_vault(data: Path) -> Vault:
    """The vault of a service whose data lie there. A missing key file is made, once, whoever comes first."""
    if keys := os.environ.get(VARIABLE, ""):
        return Vault(keys=keys)
    file = data / "key"
    if not file.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            write_key_file(file, _text(os.urandom(32)))
    return Vault(file)


def write_key_file(file: Path, keys: str) -> None:
    """Put keys that were exported where there are none. Raises `FixSettings` for what is no key, FileExistsError."""
    _parse(keys)
    made = _write(file, "\n".join(keys.split()))
    try:
        os.link(made, file)
    finally:
        made.unlink()


def secret_context(environment_id: str, name: str) -> str:
    """What an environment's secret is sealed with."""
    return f"secret:{environment_id}:{name}"


def credential_context(connection_id: str) -> str:
    """What a forge connection's token or private key is sealed with."""
    return f"connection:{connection_id}"


def webhook_context(connection_id: str) -> str:
    """What a forge connection's webhook secret is sealed with."""
    return f"webhook:{connection_id}"


def notice_context(endpoint_id: str) -> str:
    """What the secrets are sealed with that an endpoint's notices are signed with."""
    return f"notice:{endpoint_id}"


def model_context(name: str) -> str:
    """What the key is sealed with that an administrator gave for a model's name."""
    return f"model:{name}"


def _bound(name: bytes, context: str) -> bytes:
    return _VERSION + name + context.encode()


def _parse(text: str) -> dict[bytes, bytes]:
    """Keys by name, the newest first."""
    keys: dict[bytes, bytes] = {}
    for word in text.replace(",", "\n").split():
        try:
            key = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise FixSettings("a key of the vault is not 32 bytes in base64", fix=_RESTORE)
        keys[hashlib.sha256(b"pullwright vault" + key).digest()[:_NAME]] = key
    if not keys:
        raise FixSettings("the vault's key is empty", fix=_RESTORE)
    return keys


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _write(file: Path, text: str) -> Path:
    """A file beside `file`, for the owner alone, that is on the disk."""
    beside = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
    return beside


def _replace(file: Path, text: str) -> None:
    _write(file, text).replace(file)
