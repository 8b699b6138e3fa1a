"""Edits by exact replace. Several edits over several files in one call, all or nothing."""

from __future__ import annotations

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools import answer
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.diff import split
from pullwright.tools.draft import Draft, place
from pullwright.tools.matching import adapt, find
from pullwright.tools.patch import Missed, missed
from pullwright.tools.proposal import Proposal
from pullwright.tools.tool import Bench, ToolResult

_WHOLE = "write the whole file with `write`"


class Replace(msgspec.Struct):
    """Replace `old` by `new`; everywhere when `all`."""

    path: str
    old: str
    new: str
    all: bool = False


class _Arguments(msgspec.Struct):
    edits: list[Replace] = []
    path: str = ""
    old: str = ""
    new: str = ""
    all: bool = False


class Edit:
    """`edit`: exact replace, forgiving in space and typography."""

    spec = ToolSpec(
        name="edit",
        description="Replace text in files: any number of edits, in order, all or nothing. `old` must occur once (unless `all`): "
        "give lines around it. Answers with the new regions.",
        parameters={
            "type": "object",
            "properties": {
                "edits": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "path": {"type": "string"},
                            "old": {"type": "string"},
                            "new": {"type": "string"},
                            "all": {"type": "boolean"},
                        },
                        "required": ["path", "old", "new"],
                    },
                }
            },
            "required": ["edits"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """An edit edits."""
        return "edit"

    def title(self, call: Call) -> str:
        """The paths."""
        try:
            return ", ".join(dict.fromkeys(edit.path for edit in self._read(call)[0]))
        except WrongCall:
            return "an edit"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Apply the edits. One that does not match leaves every file as it was."""
        proposal = await self.propose(call, bench)
        return await proposal.land(call.call_id) if isinstance(proposal, Proposal) else proposal

    async def propose(self, call: Call, bench: Bench) -> Proposal | ToolResult:
        """The edits, drafted; a result when one does not match."""
        draft, path = Draft(bench), ""
        try:
            edits, note = self._read(call)
            for edit in edits:
                path = place(bench, edit.path)
                await _draft(draft, edit, path)
        except Missed as miss:
            return answer.missed(path, str(miss), bench, whole=_WHOLE)
        except WrongCall as wrong:
            return wrong.result
        return Proposal(draft, bench, lambda: answer.landed(draft, bench, [note.strip()] if note else []))

    def _read(self, call: Call) -> tuple[list[Replace], str]:
        arguments, note = read_arguments(call, _Arguments, self.spec)
        edits = arguments.edits
        if not edits and arguments.path:
            edits = [Replace(arguments.path, arguments.old, arguments.new, arguments.all)]
        if not edits:
            raise WrongCall('edit: no edits given. The right form: {"edits": [{"path": …, "old": …, "new": …}]}')
        return edits, note


async def _draft(draft: Draft, edit: Replace, path: str) -> None:
    if not edit.old:
        if (await draft.version(path)).data:
            raise WrongCall(f"{path}: `old` is empty, but the file is not. Nothing was changed.")
        draft.put(path, edit.new)
        return
    text = await draft.text(path)
    if edit.old == edit.new:
        raise WrongCall(f"{path}: `old` and `new` are the same. Nothing was changed.")
    draft.put(path, replace(path, text, edit))


def replace(path: str, text: str, edit: Replace) -> str:
    """The text after one edit. Raises `Missed`, or `WrongCall` when `old` occurs more than once."""
    old, new = (part.replace("\r\n", "\n") if "\r\n" not in text else part for part in (edit.old, edit.new))
    count = text.count(old)
    if count == 1 or (count and edit.all):
        return text.replace(old, new)
    if count:
        raise _several(path, [text.count("\n", 0, at) + 1 for at in _offsets(text, old)])
    lines, wanted = split(text), split(old)
    match = find(lines, wanted)
    if match is None:
        raise Missed(missed(path, lines, wanted))
    if match.others and not edit.all:
        raise _several(path, [match.at + 1, *(at + 1 for at in match.others)])
    for at in sorted((match.at, *match.others), reverse=True):
        there = lines[at : at + len(wanted)]
        lines[at : at + len(wanted)] = adapt(split(new), wanted, there, match.level) if new else []
    return "\n".join(lines) + ("\n" if text.endswith("\n") and lines else "")


def _offsets(text: str, part: str) -> list[int]:
    found, at = list[int](), text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + len(part))
    return found


def _several(path: str, places: list[int]) -> WrongCall:
    shown = ", ".join(map(str, places[:10])) + (", …" if len(places) > 10 else "")
    return WrongCall(
        f"{path}: `old` occurs {len(places)} times (lines {shown}): give more lines around it, or `all`. Nothing was changed."
    )
