"""Where a line is in GitLab's diff: it wants the line's number on both sides when the change does not touch it."""

from __future__ import annotations

import re

import msgspec

from pullwright.forges.records import Side

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class FileDiff(msgspec.Struct):
    """One file of a merge request's diff."""

    old_path: str
    new_path: str
    diff: str = ""


def place(diff: FileDiff, line: int, side: Side) -> dict[str, object] | None:
    """The position's paths and lines; None when the diff does not show the line."""
    old = new = 0
    for text in diff.diff.splitlines():
        if hunk := _HUNK.match(text):
            old, new = int(hunk[1]), int(hunk[2])
            continue
        is_old, is_new = not text.startswith("+"), not text.startswith("-")
        if text.startswith("\\"):
            continue
        if (is_new and new == line) if side == "new" else (is_old and old == line):
            lines: dict[str, object] = {"new_line": new} if is_new else {}
            return {"old_path": diff.old_path, "new_path": diff.new_path, **lines, **({"old_line": old} if is_old else {})}
        old, new = old + is_old, new + is_new
    return None
