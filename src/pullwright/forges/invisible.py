"""Characters that nobody sees: zero-width, directional, tags, fillers, selectors. Text can be hidden in any of them.

What stays are joiners and selectors where writing needs them: between letters of scripts that join, and in emoji.
"""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
SELECTORS = "\ufe0e\ufe0f"
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks that show nothing."""
LINES = frozenset("\u2028\u2029\x85\x0b\x0c")
HIDDEN_KINDS = frozenset({"Cf", "Cc", "Co", "Cs"})
RESERVED = ((0xFE00, 0xFE0F), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF), (0x2065, 0x2065))
"""Variation selectors, and what Unicode keeps free for further characters that show nothing."""


def strip_invisible(text: str) -> tuple[str, int]:
    """The text without them, and how many there were."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text, 0
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept: list[str] = []
    removed = 0
    for place, char in enumerate(text):
        if char in LINES:
            kept.append("\n")
        elif not shows_nothing(char) or _needed(char, kept[-1] if kept else "", text[place + 1 : place + 2]):
            kept.append(char)
        else:
            removed += 1
    return "".join(kept), removed


def shows_nothing(char: str) -> bool:
    """Whether a character has no shape of its own, line breaks, spaces and tabs aside."""
    if char in "\n\t" or " " <= char <= "~":
        return False
    if char in BLANKS or unicodedata.category(char) in HIDDEN_KINDS:
        return True
    return any(first <= ord(char) <= last for first, last in RESERVED)


def _needed(char: str, before: str, after: str) -> bool:
    if char in JOINERS:
        return _joins(before) and _joins(after)
    return char in SELECTORS and bool(before) and (unicodedata.category(before) in ("So", "Sm", "Po") or before in "0123456789#*")


def _joins(char: str) -> bool:
    """A letter or mark of a script that may need a joiner, or part of an emoji."""
    if not char or char.isascii():
        return False
    return char in SELECTORS or unicodedata.category(char)[0] in "LMS"
