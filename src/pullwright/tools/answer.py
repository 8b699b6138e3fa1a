"""What the model is told of an edit: the new regions with line numbers, or what was missed and what to do."""

from __future__ import annotations

from pullwright.tools.diff import regions, split
from pullwright.tools.draft import Draft
from pullwright.tools.tool import Bench, ToolResult

_LARGEST = 12_000


def landed(draft: Draft, bench: Bench, notes: list[str]) -> ToolResult:
    """The result of an edit that was written."""
    parts = [_part(draft, path) for path in draft.paths if path not in draft.moved.values()]
    if not parts:
        parts = ["nothing changed: the files read like that already"]
    text = "\n".join([*notes, *draft.notes, *parts])
    if len(text) > _LARGEST:
        text = text[:_LARGEST] + "\n… (the other changed regions are not shown)"
    return ToolResult(output=bench.redact(text.encode(errors="replace")).decode(errors="replace"))


def _part(draft: Draft, path: str) -> str:
    was = draft.moved.get(path, path)
    before, after = draft.before[was], draft.after[path]
    if after.data is None:
        return f"{path}: deleted"
    if before.data is None:
        return f"{path}: added, {len(split(after.text or ''))} lines"
    moved = f"{was} -> {path}" if was != path else path
    if before.data == after.data:
        return f"{moved}: moved"
    return f"{moved}:\n{regions(before.text or '', after.text or '')}"


def missed(path: str, why: str, bench: Bench, *, whole: str) -> ToolResult:
    """The result of an edit whose place was not found. After two misses on a file it offers `whole`, the other way."""
    misses = bench.misses[path] = bench.misses.get(path, 0) + 1
    advice = f" This is miss {misses} on this file: {whole}." if misses >= 2 else ""
    text = f"{why.rstrip()}\nNothing was changed.{advice}"
    return ToolResult(output=bench.redact(text.encode(errors="replace")).decode(errors="replace"), ok=False)
