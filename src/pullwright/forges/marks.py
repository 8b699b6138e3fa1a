"""Hidden marks: how Pullwright finds again what it has put at a forge, after a crash between the effect and its record.

A mark is an HTML comment, which no forge shows. Anybody can write one, so a mark counts only in what our own login wrote.
"""

from __future__ import annotations

import re

_FORM = "<!-- pullwright:{} -->"
_MARK = re.compile(r"<!-- pullwright:([\w.:/-]{1,200}) -->")
_NAME = re.compile(r"[\w.:/-]{1,200}")


def marked(body: str, mark: str) -> str:
    """The text with the mark at its end."""
    if not _NAME.fullmatch(mark):
        raise ValueError(f"{mark!r} is not a mark")
    return f"{body.rstrip()}\n\n{_FORM.format(mark)}"


def marks(body: str) -> tuple[str, ...]:
    """The marks in a text."""
    return tuple(_MARK.findall(body))


def has(body: str, mark: str) -> bool:
    """Whether the text has this mark."""
    return mark in marks(body)
