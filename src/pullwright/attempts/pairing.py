"""What is different about a turn of a pairing, which works in the person's own files.

told(…)            what the model is told before the prompt: commands the person ran, plan first, what was switched since
made_in_place(…)   the turn's change: the files that the agent changed, with no branch
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pullwright.agent.context import fragment
from pullwright.agent.person import edited_text
from pullwright.attempts.facts import network_words
from pullwright.attempts.spec import TurnSpec
from pullwright.log.log import Artifacts, Log
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import (
    Checkpointed,
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    PersonEdited,
    Rewound,
    TurnStarted,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Item
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.protocol.policy import Access

if TYPE_CHECKING:
    from pullwright.attempts.place import Place

HEAD, TAIL = 2_000, 1_500
"""Characters of the output of a person's command that the model is told."""

PLAN = (
    "Plan first: look, think, and answer with a plan. Edits are refused and commands see the workspace read-only. Say what you "
    "would change in which files, how it will be tested, and what is open. The person then says whether to go ahead."
)
UNREWOUND = (
    "The conversation was taken back to here, the files were not: they hold what you changed since then. Look before you edit."
)
MOVED = (
    "From here on you work in the person's own files, edited in place; `.git` is read-only. What you changed before lies on the "
    "session's branch, and is in these files only where the person brought it in: look before you build on it."
)
GO = "The plan mode is off: files may be changed again."


GONE = "The session was closed meanwhile: what went on in the background has ended"


def told(spec: TurnSpec, access: Access, log: Log, *, fresh: bool = False) -> tuple[Item, ...]:
    """Fragments that go before this turn's prompt. A pure function of the log and of what the turn is run with; `fresh`: nothing
    of an earlier turn runs any more."""
    if not spec.in_place:
        return ()
    started, since = _since(log.read())
    items = [fragment("person", text) for event in since if (text := _done(event, log.artifacts))]
    if fresh and (gone := _in_background(log.read())):
        items.insert(0, fragment("note", f"{GONE} ({', '.join(f'`{line}`' for line in gone)})."))
    if spec.plan:
        items.append(fragment("note", PLAN))
    elif started is not None and started.plan:
        items.append(fragment("note", GO))
    if started is not None and not started.in_place:
        items.append(fragment("note", MOVED))
    if started is not None and (switched := _switched(spec, access, started)):
        items.append(fragment("note", switched))
    return tuple(items)


def _in_background(events: Iterable[Event]) -> list[str]:
    """The commands that went on when the log ended, as far as nobody was told of their end."""
    lines: list[str] = []
    for event in events:
        if isinstance(event, CommandRan) and event.background:
            if event.exit_code is None and not event.signal:
                lines.append(event.command)
            elif event.command in lines:
                lines.remove(event.command)
        elif isinstance(event, ItemAdded) and event.source == "pullwright" and GONE.encode() in bytes(event.item):
            lines.clear()
    return lines


def _since(events: Iterable[Event]) -> tuple[TurnStarted | None, list[Event]]:
    """The turn before the one that just began, and what the person did in between."""
    turns: list[tuple[TurnStarted, list[Event]]] = []  # those that count, each with what was done before it
    done: list[Event] = []
    prompted = True  # only with a prompt is the model told of anything
    heard: set[str] = set()
    for event in events:
        if isinstance(event, TurnStarted):
            if turns and not prompted:
                done = [*turns.pop()[1], *done]
            elif turns and turns[-1][0].turn == event.turn:
                turns.pop()
            turns.append((event, done))
            done, prompted = [], False
        elif isinstance(event, InputReceived) and isinstance(event.input, Prompt):
            prompted = True
        elif isinstance(event, Rewound):
            while turns and turns[-1][0].seq > event.to:  # its model was told of what was done before: the next one was not
                done = [*turns.pop()[1], *done]
            done = [*(one for one in done if one.seq <= event.to), event]
        elif (isinstance(event, CommandRan) and event.by == "person") or (isinstance(event, PersonEdited) and not event.turn):
            done.append(event)
        elif isinstance(event, InputReceived) and isinstance(event.input, Steer) and event.input.ran:
            heard.add(event.input.ran)
    before = turns[-2][0] if len(turns) > 1 else None
    told = turns[-1][1] if turns else []
    return before, [one for one in told if not (isinstance(one, CommandRan) and one.call_id in heard)]


def _done(event: Event, artifacts: Artifacts) -> str:
    """What the model is told of one thing that the person did; empty for what it need not know."""
    match event:
        case CommandRan(by="person"):
            return ran_text(event, artifacts)
        case PersonEdited():
            return edited_text(event)
        case Rewound(files=False):
            return UNREWOUND
        case _:
            return ""


def ran_text(event: CommandRan, artifacts: Artifacts) -> str:
    """What the model is told of a command that the person ran."""
    end = "it was stopped" if event.exit_code is None else f"exit {event.exit_code}"
    try:
        output = artifacts.get(event.artifact).decode("utf-8", "replace") if event.artifact else ""
    except KeyError:
        output = ""
    if len(output) > HEAD + TAIL:
        output = f"{output[:HEAD]}\n[… {len(output) - HEAD - TAIL:,} characters left out …]\n{output[-TAIL:]}"
    if not output.strip():
        return f"The person ran `{event.command}` themselves ({end}, no output)."
    return f"The person ran `{event.command}` themselves ({end}):\n{output}".rstrip()


def _switched(spec: TurnSpec, access: Access, before: TurnStarted) -> str:
    """What the environment said at the start and is otherwise now."""
    lines: list[str] = []
    network = "off" if spec.network.off else "on"
    if network != before.network:
        lines.append(f"The network is {network} now{'.' if spec.network.off else f': {network_words(spec.network)}'}")
    if access != before.access and not spec.plan and not before.plan:
        lines.append(f"Access to the workspace is {access} now.")
    return " ".join(lines)


async def made_in_place(place: Place, recorder: Recorder) -> ChangeSummary | None:
    """What the agent changed in this turn; None when nothing. Lines are counted where an edit tool changed them, else by the
    trees before and after."""
    turn = [event for event in recorder.log.read() if event.turn == recorder.turn]
    taken = [event for event in turn if isinstance(event, Checkpointed) and event.paths]
    workspace = place.workspace
    if not taken or workspace is None:
        return None
    files = tuple(sorted({path for event in taken for path in event.paths}))
    before = _before(recorder.log.read(), taken[0]) or workspace.start_tree
    if any(isinstance(event, PersonEdited) for event in turn):
        edits = [event for event in turn if isinstance(event, FilesChanged)]
        added, removed = sum(event.added for event in edits), sum(event.removed for event in edits)
    else:
        _, added, removed = await workspace.summary(before, taken[-1].tree)
    return ChangeSummary(branch="", base=before, head=taken[-1].tree, files=files, added=added, removed=removed)


def _before(events: Iterable[Event], first: Checkpointed) -> str:
    """The tree that stood before the checkpoint `first`."""
    tree = ""
    for event in events:
        if event.seq == first.seq:
            return tree
        if isinstance(event, Checkpointed | PersonEdited):
            tree = event.tree
        elif isinstance(event, Rewound) and event.checkpoint:
            tree = event.checkpoint
    return tree
