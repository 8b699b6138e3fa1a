"""Text as man(7) writes it: escapes and the few macros that the page needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = {"…": "...", "·": "\\(bu", "→": "\\(->", "“": '"', "”": '"', "é": "\\('e", "¹": "1"}


def escaped(text: str) -> str:
    """`text` with nothing in it that roff would take for its own."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(_SPECIAL.get(character, character) for character in text)
    lines = text.split("\n")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)


def bold(text: str) -> str:
    """`text` in bold."""
    return f"\\fB{escaped(text)}\\fR"


def section(title: str) -> str:
    """A section's heading."""
    return f".SH {escaped(title).upper()}"


def subsection(title: str) -> str:
    """A heading below a section."""
    return f'.SS "{escaped(title)}"'


def entry(term: str, text: str) -> str:
    """A term and what it means, indented. `term` is roff already."""
    return f".TP\n{term}\n{escaped(text)}"


def paragraphs(text: str) -> list[str]:
    r"""A help text as click writes it: paragraphs, and blocks after a line `\b`, which keep their lines."""
    found: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        if not part.startswith("\b"):
            found += [".PP", escaped(" ".join(line.strip() for line in part.splitlines()))]
            continue
        found += verbatim(part.splitlines()[1:])
    return found


def verbatim(lines: Iterable[str]) -> list[str]:
    """Lines as they stand."""
    return [".PP", ".nf", *(escaped(line) or "\\&" for line in lines), ".fi"]
