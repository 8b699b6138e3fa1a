"""A server's texts, made harmless: one line or several, bounded, and nothing in them that a reader cannot see."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control
    "\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # format: zero width, direction
    "\u2028\u2029"  # separators of lines and paragraphs
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # fillers: printable to Unicode, nothing to a reader
    "\ufe00-\ufe0f"  # variation selectors: a text can be written in them
    "\ud800-\uf8ff"  # surrogates, private use
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"  # format, tags, more selectors, private use
    "]"
)
"""What a reader does not see. A fixed class: a result may have sixteen million characters, and this is in C."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,16}[@-~]|[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|[ -~])")


def visible(text: str) -> str:
    """`text` without escape sequences, control and invisible characters; newlines and tabs stay."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _HIDDEN.sub("", text)


def line(text: str, most: int) -> str:
    """`text` as one line of at most `most` characters; angle brackets, which mark our own fragments, become others."""
    flat = " ".join(visible(text).split()).replace("<", "‹").replace(">", "›")
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def is_plain(name: str, most: int = 128) -> bool:
    """Whether `name` is short and has only characters that are seen."""
    return 0 < len(name) <= most and name.isprintable() and visible(name) == name and not any(char.isspace() for char in name)
