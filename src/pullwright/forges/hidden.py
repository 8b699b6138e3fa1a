"""What a person would see of a text at a forge. The rest is taken out before an agent reads it.

Anybody can write an issue, and a forge shows less of it than a model reads: HTML comments, tags and their attributes, elements
that hide what they hold, descriptions of images, titles of links, link definitions, characters without a shape. When in doubt
about how a forge reads a text, the reading that hides more is taken; code is shown as code, and stays.

What is not caught is what a person sees too, if they look: text in addresses of links, in images themselves, in formulas.
"""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from pullwright.forges.invisible import strip_invisible
from pullwright.forges.markup import strip_markup

LONGEST_ADDRESS = 300
_IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\[\]]*\])*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])?")
_EMPTY_LINK = re.compile(r"(?<!!)\[\s*\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
_TITLE = re.compile(r"(\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*))\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\))\s*\)")
_ADDRESS = re.compile(r"\]\(\s*(<[^<>\n]*>|[^\s()<>]{300,})\s*\)")
_DEFINITION = re.compile(
    r"^ {0,3}\[((?:[^\[\]\\]|\\.){1,999})\]:[ \t]*\n?[ \t]*(\S+)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*.*$", re.MULTILINE
)
_FLOOD_DOWN = re.compile(r"\n(?:[ \t]*\n){3,}")
_FLOOD_RIGHT = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]{20,}")

NAMES = {
    "comment": ("HTML comment", "HTML comments"),
    "element": ("hidden HTML element", "hidden HTML elements"),
    "image": ("image description", "image descriptions"),
    "title": ("link title", "link titles"),
    "definition": ("link definition", "link definitions"),
    "character": ("invisible character", "invisible characters"),
}


class Visible(msgspec.Struct, frozen=True):
    """The text that a person would see, and what was taken out, such as `2 HTML comments`."""

    text: str
    removed: tuple[str, ...] = ()


def visible(text: str) -> Visible:
    """Take out what is hidden."""
    counts: Counter[str] = Counter()
    text, counts["character"] = strip_invisible(text)
    parts = strip_markup(text, counts)
    everything = "".join(part for part, _ in parts)
    shown = "".join(part if is_code else _prose(part, everything, counts) for part, is_code in parts)
    return Visible(shown.strip("\n"), tuple(f"{n} {NAMES[kind][n > 1]}" for kind, n in counts.items() if n))


def _prose(text: str, everything: str, counts: Counter[str]) -> str:
    def image(_: re.Match[str]) -> str:
        counts["image"] += 1
        return "[image]"

    def title(match: re.Match[str]) -> str:
        counts["title"] += 1
        return match[1] + ")"

    def address(match: re.Match[str]) -> str:
        return match[0] if match[1].startswith("<") and not re.search(r"\s", match[1]) else "](…)"

    def definition(match: re.Match[str]) -> str:
        label = re.escape(match[1])
        if _paragraph_before(text, match.start()):
            return match[0]
        if re.search(rf"\[{label}\](?!:)", everything, re.IGNORECASE):
            return f"[{match[1]}]: {match[2][:LONGEST_ADDRESS]}"
        counts["definition"] += 1
        return ""

    text = _DEFINITION.sub(definition, text)
    text = _IMAGE.sub(image, text)
    text = _EMPTY_LINK.sub("", text)
    text = _TITLE.sub(title, text)
    text = _ADDRESS.sub(address, text)
    return _FLOOD_RIGHT.sub(" ", _FLOOD_DOWN.sub("\n\n\n", text))


def _paragraph_before(text: str, place: int) -> bool:
    """A definition cannot follow a paragraph's line directly: then it is shown as it stands."""
    before = text[:place].rstrip("\n") if text[:place].endswith("\n") and not text[:place].endswith("\n\n") else ""
    line = before.rpartition("\n")[2]
    return bool(line[:1].isalpha())
