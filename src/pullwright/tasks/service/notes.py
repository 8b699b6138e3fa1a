"""A reviewer's notes as the agent reads them: the note, then each remark with its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec


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


def notes_text(note: str, remarks: Sequence[Remark], reviewer: str) -> str:
    """The prompt of the turn that answers a review."""
    parts = [f"{reviewer or 'A reviewer'} reviewed your change and sends it back."]
    if note.strip():
        parts.append(note.strip())
    for number, remark in enumerate(remarks, 1):
        where = f"{number}. {remark.place}:" if remark.place else f"{number}."
        indented = "\n".join(f"   {line}".rstrip() for line in remark.text.strip().splitlines())
        parts.append(f"{where}\n{indented}")
    parts.append("Line numbers are those of your change as it is now. Answer each point: change what is asked, or say why not.")
    return "\n\n".join(parts)
