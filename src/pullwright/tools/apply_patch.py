"""Edits as a patch: the form that OpenAI's models know. Several files in one call, all or nothing."""

from __future__ import annotations

import msgspec

from pullwright.protocol.items import Call, FunctionCall, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools import answer
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.draft import Draft, place
from pullwright.tools.patch import GRAMMAR, Missed, Section, apply, parse
from pullwright.tools.proposal import Proposal
from pullwright.tools.tool import Bench, ToolResult

_WHOLE = "Delete File and Add File in one patch write it whole"


class _Arguments(msgspec.Struct):
    input: str


class ApplyPatch:
    """`apply_patch`: free-form where the wire can, else a function with one string."""

    spec = ToolSpec(
        name="apply_patch",
        description="Edit files with a patch: any number of files, all or nothing. Paths relative to the workspace. "
        "Answers with the new regions.",
        grammar=GRAMMAR,
    )

    def effect(self, call: Call) -> Effect:
        """A patch edits."""
        return "edit"

    def title(self, call: Call) -> str:
        """The paths."""
        try:
            return ", ".join(section.path for section in parse(_text(call)))
        except WrongCall:
            return "a patch"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Apply the patch. A chunk that is not found leaves every file as it was."""
        proposal = await self.propose(call, bench)
        return await proposal.land(call.call_id) if isinstance(proposal, Proposal) else proposal

    async def propose(self, call: Call, bench: Bench) -> Proposal | ToolResult:
        """The patch, drafted; a result when it finds no place."""
        draft, notes = Draft(bench), list[str]()
        path = ""
        try:
            for section in parse(_text(call)):
                path = place(bench, section.path)
                notes += await _draft(draft, bench, section, path)
        except Missed as miss:
            return answer.missed(path, str(miss), bench, whole=_WHOLE)
        except WrongCall as wrong:
            return wrong.result
        return Proposal(draft, bench, lambda: answer.landed(draft, bench, notes))


def _text(call: Call) -> str:
    if isinstance(call, FunctionCall):
        return read_arguments(call, _Arguments, ApplyPatch.spec)[0].input
    return call.input


async def _draft(draft: Draft, bench: Bench, section: Section, path: str) -> list[str]:
    if section.kind == "Add":
        if (await draft.version(path)).data is not None:
            raise WrongCall(
                f"{path} exists already: use '*** Update File', or delete it first in the same patch. Nothing was changed."
            )
        draft.put(path, section.content)
        return []
    if section.kind == "Delete":
        if (await draft.version(path)).data is None:
            raise WrongCall(f"{path} does not exist. Nothing was changed.")
        draft.remove(path)
        return []
    text, notes = apply(path, await draft.text(path), section.chunks)
    draft.put(path, text)
    if section.move_to:
        to = place(bench, section.move_to)
        if (await draft.version(to)).data is not None:
            raise WrongCall(f"{to} exists already, so {path} cannot move there. Nothing was changed.")
        draft.move(path, to)
    return notes
