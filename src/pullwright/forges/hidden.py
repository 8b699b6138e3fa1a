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
from pullwright.forges.links import strip_links
from pullwright.forges.markup import Part, strip_markup

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
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
    prose = strip_links(_places(parts), counts)
    prose = _FLOOD_RIGHT.sub(" ", _FLOOD_DOWN.sub("\n\n\n", prose))
    shown = _PLACE.sub(lambda place: parts[int(place[1])][0].removesuffix("\n"), prose)
    return Visible(shown.strip("\n"), tuple(f"{n} {NAMES[kind][n > 1]}" for kind, n in counts.items() if n))


def _places(parts: list[Part]) -> str:
    """The text with a number in the place of each piece of code: a description or title may reach over code, and then hides it.

    The characters around the number are private ones, which the text has no longer.
    """
    found: list[str] = []
    for number, (text, is_code) in enumerate(parts):
        end = "\n" if text.endswith("\n") else ""
        found.append(f"{_OPEN}{number}{_CLOSE}{end}" if is_code else text)
    return "".join(found)
