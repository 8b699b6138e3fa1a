"""Random tokens. Only a token's hash is kept: who reads the database cannot sign in with it.

A token is 32 random bytes, so a plain SHA-256 is enough: there is nothing to guess, and looking one up stays cheap.
"""

from __future__ import annotations

import hashlib
import secrets

KEY = "pw_"
"""How an API key begins, so that it is found where it should not be."""


def new_token(prefix: str = "") -> str:
    """A fresh token: `prefix` and 43 characters."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token: 64 characters."""
    return hashlib.sha256(token.encode()).hexdigest()
