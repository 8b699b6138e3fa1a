"""What the person changed in the files themselves while the agent works in their tree.

before a turn, before calls that can change files, and before a last message counts:  notice_edits ─▶ PersonEdited
where the conversation can take a message:                                            tell_edits   ─▶ <person> …
what changes while a command of the agent's runs is somebody's: the checkpoint names it ─▶ <note> …
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from pullwright.agent.context import fragment
from pullwright.protocol.events import PersonEdited

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

Look = Callable[[], Awaitable[PersonEdited | None]]
"""What the person changed since the last look or checkpoint; None when nothing."""

NAMED = 20
"""Paths that the model is named of many."""

DIFF_TOLD = 4_000
"""Characters of the diff that the model is told."""


async def notice_edits(agent: Agent) -> None:
    """Look for edits of the person's, and log them. What is found is told with the next `tell_edits`."""
    if agent.look is None:
        return
    await agent.checkpoints.settled()
    edited = await agent.look()
    if edited is not None:
        await agent.recorder.record(edited)
        agent.edits.append(edited)


async def tell_edits(agent: Agent) -> None:
    """Tell the model what was noticed, and what changed while its commands ran: that may have been either of them."""
    beside, agent.checkpoints.beside = agent.checkpoints.beside, []
    if beside and agent.look is not None:
        await agent.tell("note", f"While your commands ran, {named(beside)} changed: by them, or by the person.")
    edits, agent.edits = agent.edits, []
    for edited in edits:
        await agent.say("pullwright", agent.cleaned(fragment("person", edited_text(edited))))


def named(paths: Sequence[str]) -> str:
    """Some paths in words."""
    return ", ".join(paths[:NAMED]) + (f" and {len(paths) - NAMED} more" if len(paths) > NAMED else "")


def edited_text(edited: PersonEdited) -> str:
    """What the model is told of an edit of the person's."""
    diff = edited.diff
    if len(diff) > DIFF_TOLD:
        diff = f"{diff[:DIFF_TOLD]}\n… (cut: read the files)"
    who = "The person edited"
    if edited.meanwhile:
        who = f"The person, or a command that goes on ({'; '.join(edited.meanwhile)}), changed"
    return f"{who} {named(edited.paths)} meanwhile. Keep their edits; build on the files as they are now.\n{diff}".rstrip()
