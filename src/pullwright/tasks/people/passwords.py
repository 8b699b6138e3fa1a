"""Passwords: argon2id, in threads of their own, a few at a time, since each takes 64 MB and a core for a moment."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pullwright.protocol.errors import FixSettings

AT_ONCE = 2
SHORTEST, LONGEST = 10, 1000


async def hash_password(password: str) -> str:
    """What is kept of a password. Raises `FixSettings` for one that is too short (or absurdly long)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise FixSettings(
            f"a password has {SHORTEST} to {LONGEST} characters", fix="Choose a longer one: some words are easy to keep in mind."
        )
    return await asyncio.get_running_loop().run_in_executor(_threads(), _hasher().hash, password)


async def check_password(kept: str, password: str) -> bool:
    """Whether it is the password; an empty `kept` is nobody's, and takes as long to say so."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _check, kept, password[: LONGEST + 1])


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with less work than is done today."""
    return _hasher().check_needs_rehash(kept)


def _check(kept: str, password: str) -> bool:
    try:
        return _hasher().verify(kept or _nobodys(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's password")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
