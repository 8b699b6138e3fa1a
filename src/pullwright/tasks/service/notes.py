"""A reviewer's notes as the agent reads them: the note, then each remark with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

_SUGGESTION = re.compile(r"^(`{3,})suggestion[ \t]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
"""A fenced block that holds the text that the reviewer wants in place of the lines. A longer fence may hold a shorter one."""


class Remark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A remark on lines of a file (`side` new: the change's, old: the base's), or, without a path, on the whole."""

    text: str
    path: str = ""
    side: Literal["old", "new"] = "new"
    line: int = 0
    end_line: int = 0

    @property
    def place(self) -> str:
        """`src/app.py:10-12`, as in the change; `(before the change)` for the old side."""
        if not self.path:
            return ""
        lines = f":{self.line}" if self.line else ""
        lines += f"-{self.end_line}" if self.end_line > self.line else ""
        return f"{self.path}{lines}{' (as it was before the change)' if self.side == 'old' else ''}"


def _wanted(remark: Remark) -> str:
    """The remark's words, each suggested edit said as what it is."""
    lines = f"lines {remark.line} to {remark.end_line}" if remark.end_line > remark.line else f"line {remark.line}"
    where = f"In place of {lines}" if remark.line else "In its place"

    def said(found: re.Match[str]) -> str:
        fence, text = found[1], found[2]
        if not text.strip():
            return f"{where} the reviewer wants nothing: remove it."
        return f"{where} the reviewer wants exactly this:\n\n{fence}\n{text}{fence}"

    return _SUGGESTION.sub(said, remark.text.replace("\r\n", "\n"))


def notes_text(note: str, remarks: Sequence[Remark], reviewer: str) -> str:
    """The prompt of the turn that answers a review."""
    parts = [f"{reviewer or 'A reviewer'} reviewed your change and sends it back."]
    if note.strip():
        parts.append(note.strip())
    for number, remark in enumerate(remarks, 1):
        where = f"{number}. {remark.place}:" if remark.place else f"{number}."
        indented = "\n".join(f"   {line}".rstrip() for line in _wanted(remark).strip().split("\n"))
        parts.append(f"{where}\n{indented}")
    parts.append("Line numbers are those of your change as it is now. Answer each point: change what is asked, or say why not.")
    return "\n\n".join(parts)
