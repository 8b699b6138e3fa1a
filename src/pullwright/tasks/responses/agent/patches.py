"""Edits as `apply_patch_call` items: one for each file, since such a call has one operation.

    create_file     its lines, each with `+`        update_file     hunks as in a unified diff        delete_file

A file that moved is an update of the old path whose diff begins with `*** Move to: PATH`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from pullwright.protocol.events import FilesChanged
from pullwright.tasks.responses.agent.items import Json
from pullwright.tools.diff import split

NOT_SHOWN = "[not shown here: it is binary, or the diff is long; the branch has it]"
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class _Section(msgspec.Struct):
    """One file's part of a diff: names of both sides (empty: no such file), and the lines of its hunks."""

    old: str
    new: str
    lines: list[str]


def operations(change: FilesChanged) -> list[Json]:
    """What the edit did, file by file, in the order of the diff; files without a part in it last."""
    found: list[Json] = []
    told: set[str] = set()
    for section in _sections(split(change.diff)):
        found.append(_operation(section))
        told |= {section.old, section.new}
    rest = [path for path in change.paths if path not in told]
    return found + [{"type": "update_file", "path": path, "diff": NOT_SHOWN} for path in rest]


def patch_items(names: tuple[str, str], call_id: str, operation: Json, output: str, *, ok: bool) -> tuple[Json, Json]:
    """A call and its result; `names` are their ids."""
    call, result = names
    return (
        {"type": "apply_patch_call", "id": call, "call_id": call_id, "status": "completed", "operation": operation},
        {
            "type": "apply_patch_call_output",
            "id": result,
            "call_id": call_id,
            "status": "completed" if ok else "failed",
            "output": output,
        },
    )


def _operation(section: _Section) -> Json:
    if not section.new:
        return {"type": "delete_file", "path": section.old}
    if not section.old:
        lines = [line for line in section.lines if not _HUNK.match(line)]
        return {"type": "create_file", "path": section.new, "diff": _joined(lines)}
    moved = [f"*** Move to: {section.new}"] if section.old != section.new else []
    return {"type": "update_file", "path": section.old, "diff": _joined([*moved, *section.lines])}


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _sections(lines: Sequence[str]) -> Iterator[_Section]:
    """A hunk is as long as its head says: no content can pass for the beginning of another file."""
    section: _Section | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
            if section is not None:
                yield section
            section = _Section(_name(line, "a/"), _name(lines[at + 1], "b/"), [])
            at += 2
        elif section is not None and (head := _HUNK.match(line)):
            end = _end(lines, at + 1, *(1 if count is None else int(count) for count in head.groups()))
            section.lines += lines[at:end]
            at = end
        else:
            at += 1
    if section is not None:
        yield section


def _end(lines: Sequence[str], at: int, old: int, new: int) -> int:
    """Where a hunk of so many old and new lines ends; the diff may have been cut before."""
    while at < len(lines) and (old > 0 or new > 0):
        mark = lines[at][:1]
        old -= mark != "+"
        new -= mark != "-"
        at += 1
    return at


def _name(line: str, prefix: str) -> str:
    named = line[4:]
    return "" if named == "/dev/null" else named.removeprefix(prefix)
