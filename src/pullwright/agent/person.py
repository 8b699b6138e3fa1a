"""What the person changed in the files themselves while the agent works in their tree.

before a turn, before calls that can change files, and before a last message counts:  notice_edits ─▶ PersonEdited
where the conversation can take a message:                                            tell_edits   ─▶ <person> …
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pullwright.agent.context import fragment
from pullwright.protocol.events import PersonEdited

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

Look = Callable[[], Awaitable[PersonEdited | None]]
"""What the person changed since the last look or checkpoint; None when nothing."""

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
    """Tell the model what was noticed."""
    edits, agent.edits = agent.edits, []
    for edited in edits:
        await agent.say("pullwright", agent.cleaned(fragment("person", edited_text(edited))))


def edited_text(edited: PersonEdited) -> str:
    """What the model is told of an edit of the person's."""
    named = ", ".join(edited.paths[:20]) + (f" and {len(edited.paths) - 20} more" if len(edited.paths) > 20 else "")
    diff = edited.diff
    if len(diff) > DIFF_TOLD:
        diff = f"{diff[:DIFF_TOLD]}\n… (cut: read the files)"
    who = "The person edited"
    if edited.meanwhile:
        who = f"The person, or a command that goes on ({'; '.join(edited.meanwhile)}), changed"
    return f"{who} {named} meanwhile. Keep their edits; build on the files as they are now.\n{diff}".rstrip()
