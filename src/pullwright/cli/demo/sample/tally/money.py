"""Amounts of money, in whole cents."""

from __future__ import annotations


def percent_off(cents: int, percent: int) -> int:
    """`cents` less `percent` of it, rounded half up to a whole cent."""
    return (cents * (100 - percent) + 50) // 100


def text(cents: int) -> str:
    """`1234` as `12.34`."""
    return f"{cents // 100}.{cents % 100:02d}"
