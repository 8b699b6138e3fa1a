"""The vault's keys under a passphrase, so that they may lie beside what they open: scrypt, AES-256-GCM."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pullwright.protocol.errors import FixSettings

_MAGIC = b"pwlock1\n"
_SALT, _NONCE = 16, 12


def lock(keys: str, passphrase: str) -> bytes:
    """Locked with the passphrase. Raises `FixSettings` for one that is too short."""
    if len(passphrase) < 12:
        raise FixSettings("a passphrase has 12 characters or more", fix="Use a longer one: it guards every secret of the server.")
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    return _MAGIC + salt + nonce + AESGCM(_derived(passphrase, salt)).encrypt(nonce, keys.encode(), _MAGIC)


def unlock(locked: bytes, passphrase: str) -> str:
    """What was locked. Raises `FixSettings` for another passphrase."""
    rest = locked[len(_MAGIC) :]
    salt, nonce, sealed = rest[:_SALT], rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :]
    try:
        return AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, _MAGIC).decode()
    except (InvalidTag, ValueError):
        raise FixSettings("the passphrase does not open the backup's key", fix="Give the one that it was made with.") from None


def _derived(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=64 << 20, dklen=32)
