"""Texts that an import put into AGENTS.md: each between two comments, so that the next import finds it again.

    <!-- brought over from claude ~/.claude/CLAUDE.md (a digest of the text) -->
    …
    <!-- end of what was brought over -->

The digest tells whether the person has changed the text since.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import msgspec

END = "<!-- end of what was brought over -->"
_MARK = re.compile(
    r"^<!-- (?:brought over from ([^\n]{1,400}) \(([0-9a-f]{12})\)|end of what was brought over) -->(?:\n|\Z)", re.MULTILINE
)


class Block(msgspec.Struct, frozen=True):
    """A text and where it came from. `changed` says that somebody has edited it where it stands."""

    name: str
    text: str
    changed: bool = False

    def __str__(self) -> str:
        """As it stands in the file."""
        return f"<!-- brought over from {self.name} ({digest(self.text)}) -->\n{self.text}{END}\n"


def digest(text: str) -> str:
    """Twelve digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def blocks_of(text: str) -> dict[str, Block]:
    """The texts that were brought over before, by name."""
    return {block.name: block for block, _, _ in _found(text)}


def with_block(text: str, block: Block) -> str:
    """`text` with `block` in place of the one of its name, or at the end."""
    body = block.text.replace("<!-- end of what was brought over", "<!-- (end of what was brought over)")
    told = str(msgspec.structs.replace(block, text=body))
    for there, start, end in _found(text):
        if there.name == block.name:
            return text[:start] + told + text[end:]
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{told}"


def _found(text: str) -> Iterator[tuple[Block, int, int]]:
    """Each text with where its comments begin and end. A beginning without an end is text like any other."""
    begun: re.Match[str] | None = None
    for mark in _MARK.finditer(text):
        if mark[1]:
            begun = mark
        elif begun:
            body = text[begun.end() : mark.start()]
            yield Block(begun[1], body, changed=digest(body) != begun[2]), begun.start(), mark.end()
            begun = None
