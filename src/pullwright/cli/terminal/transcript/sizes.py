"""Sizes for a reader."""

from __future__ import annotations


def bytes_of(count: int) -> str:
    """`812 B`, `14 kB`, `1.2 MB`, `1.4 GB`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            value = count / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count} B"


def counted(count: int, noun: str, several: str = "") -> str:
    """`1 file`, `12,000 files`."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def tokens_of(count: int) -> str:
    """`812`, `14.2k`, `1.25M`."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 1_000_000 else f"{count / 1e6:.2f}M"
