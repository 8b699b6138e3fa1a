"""`4GiB` as bytes and back; shares."""

from __future__ import annotations

import re

_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", re.IGNORECASE)


def parse_size(text: str) -> int | None:
    """Bytes; None for `0`, which means no limit. Raises `ValueError` with what is allowed."""
    match = _SIZE.fullmatch(text)
    if not match or match[2].lower() not in _UNITS:
        raise ValueError(f"{text!r} is not a size; write it as 512MiB, 4GiB or 0 for no limit")
    return int(float(match[1]) * _UNITS[match[2].lower()]) or None


def parse_share(value: float) -> float:
    """A number from 0 to 1. Raises `ValueError` for another one."""
    if not 0 <= value <= 1:
        raise ValueError(f"{value:g} is not from 0 to 1")
    return value


def size_text(count: int) -> str:
    """`4.0 GiB`, `312 B`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{int(value)} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"
