"""A server's texts, made harmless: one line or several, bounded, and nothing in them that a reader cannot see."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"))
"""Control, format (zero-width, direction, tags), private use, surrogates, unassigned, line and paragraph separators."""

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u115f\u1160\u3164\uffa0\u2800]")
"""Variation selectors and fillers: printable to Unicode, nothing to a reader. A text can be written in them."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -~])")


def visible(text: str) -> str:
    """`text` without escape sequences, control and invisible characters; newlines and tabs stay."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = _SELECTORS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _HIDDEN)


def line(text: str, most: int) -> str:
    """`text` as one line of at most `most` characters; angle brackets, which mark our own fragments, become others."""
    flat = " ".join(visible(text).split()).replace("<", "‹").replace(">", "›")
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def is_plain(name: str, most: int = 128) -> bool:
    """Whether `name` is short and has only characters that are seen."""
    return 0 < len(name) <= most and name.isprintable() and visible(name) == name and not any(char.isspace() for char in name)
