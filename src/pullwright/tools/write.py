"""A whole file at once."""

from __future__ import annotations

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.diff import split
from pullwright.tools.draft import Draft, digest, place
from pullwright.tools.proposal import Proposal
from pullwright.tools.redaction import MARK
from pullwright.tools.tool import Bench, ToolResult


class _Arguments(msgspec.Struct):
    path: str
    content: str


class Write:
    """`write`: make a file, or replace one whole."""

    spec = ToolSpec(
        name="write",
        description="Write a whole file, making its folders.",
        parameters={
            "type": "object",
            "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            "required": ["path", "content"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """A write edits."""
        return "edit"

    def title(self, call: Call) -> str:
        """The path."""
        try:
            return read_arguments(call, _Arguments, self.spec)[0].path
        except WrongCall:
            return "a file"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Write the file. One that somebody else changed since the model saw it is not overwritten at the first try."""
        proposal = await self.propose(call, bench)
        return await proposal.land(call.call_id) if isinstance(proposal, Proposal) else proposal

    async def propose(self, call: Call, bench: Bench) -> Proposal | ToolResult:
        """The file, drafted; a result when it must not be overwritten."""
        draft = Draft(bench)
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            path = place(bench, arguments.path)
            was = await draft.version(path)
            _refuse(draft, bench, path, arguments.content)
            draft.put(path, arguments.content)
        except WrongCall as wrong:
            return wrong.result
        lines = len(split(arguments.content))
        what = "written" if was.data is None else "replaced" if draft.paths else "unchanged"
        result = ToolResult(output=f"{note}{path}: {what}, {lines} line{'' if lines == 1 else 's'}")
        return Proposal(draft, bench, lambda: result)


def _refuse(draft: Draft, bench: Bench, path: str, content: str) -> None:
    data = draft.after[path].data
    if data is None:
        return
    if draft.notes:
        bench.files[path] = digest(data)
        raise WrongCall(
            f"{draft.notes[0]} It was not overwritten: read it and edit what you mean to change, or write it again to replace it."
        )
    if MARK in content and MARK.encode() not in data and MARK.encode() in bench.redact(data):
        raise WrongCall(
            f"{path} holds a secret that you were not shown ({MARK}); edit the other lines instead. Nothing was changed."
        )
