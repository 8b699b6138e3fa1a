"""`bell,desktop` as the ways in which a person is told that they are needed."""

from __future__ import annotations

from typing import Literal, cast

Way = Literal["bell", "desktop"]
WAYS: tuple[Way, ...] = ("bell", "desktop")


def parse_notify(text: str) -> frozenset[Way]:
    """The ways; none for `off` and for nothing. Raises `ValueError` with what is allowed."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    wrong = sorted(words - {*WAYS, "off"})
    if wrong or ("off" in words and len(words) > 1):
        raise ValueError(f"{text!r} is not a way to tell you; write off, bell, desktop, or bell,desktop")
    return cast("frozenset[Way]", frozenset(words - {"off"}))
