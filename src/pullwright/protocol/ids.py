"""Identifiers: a prefix that says what is named, the time, and randomness.

`ses_0mk3x9a2f4c81d0e` sorts by creation time within a prefix: 9 characters of milliseconds since 1970
in base 36 (good until the year 5188), then 8 of randomness.
"""

from __future__ import annotations

import os
import time

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(value: int, width: int) -> str:
    digits: list[str] = []
    for _ in range(width):
        value, digit = divmod(value, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """A fresh identifier such as `ses_0mk3x9a2f4c81d0e`; `prefix` is `ses`, `turn`, `call`, `inp`, `perm`…"""
    return f"{prefix}_{_base36(time.time_ns() // 1_000_000, 9)}{_base36(int.from_bytes(os.urandom(6), 'big'), 8)}"
