"""Where a turn begins: at the start of a session, after a finished turn, or in the middle of one that was cut off.

fresh         nothing in the log: a new snapshot, the prompt
next turn     the last turn finished: the files as they were left, a prompt or the answer that was waited for
resumed       the last turn has no end (`kill -9`, power cut): the files of its last checkpoint, its unfinished calls
              marked as interrupted, its spend counted
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pullwright.agent.agent import Begins
from pullwright.agent.endings import Done, Ending
from pullwright.agent.personas import part_of
from pullwright.attempts.spec import TurnSpec
from pullwright.log.inbox import Inbox
from pullwright.log.replay import SessionState
from pullwright.protocol.events import Event, Forked, PrefixSent, Rewound
from pullwright.protocol.inputs import Answer, Compact, Input, Prompt
from pullwright.protocol.items import Message
from pullwright.protocol.usage import Spend


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """How this turn begins. `tree` is the checkpoint to go back to, None to take the files as they lie. `ending` is there
    when the loop had come to its end already and only the delivery was cut off. `lost` are calls, in words, whose doings in
    the files are not in `tree`: the process ended before they were kept."""

    turn: str
    fresh: bool
    resumed: bool
    tree: str | None
    already: Spend
    given: tuple[Input, ...]
    ending: Ending | None
    lost: tuple[str, ...] = ()


def begin(spec: TurnSpec, past: SessionState, inbox: Inbox) -> Start:
    """Read off the log where the turn begins, and what it is given.

    A prompt that the log has already is not given again; an empty one is none (a plain resume, or an answer). Answers to
    open permissions are taken out of the inbox here, what else waits there is left to the loop by being given, too.
    What an earlier turn took out of the inbox and did not log (it ended just then, or was killed) is put back first.
    """
    inbox.put_back(past.inputs)
    resumed = past.open
    lost = tuple(one.title or one.name for one in past.unkept.values()) if resumed and not spec.in_place else ()
    given: list[Input] = []
    if spec.prompt.id not in past.inputs and (spec.prompt.text.strip() or spec.prompt.images):
        given.append(spec.prompt)
    if spec.compact is not None and spec.prompt.id not in past.inputs:
        given.append(Compact(id=spec.prompt.id, by=spec.prompt.by, focus=spec.compact))
    if past.permissions and not given:
        given += inbox.take()
    return Start(
        turn=past.turn.turn if resumed and past.turn else spec.turn,
        fresh=past.seq == 0,
        resumed=resumed,
        tree=(past.tree or None) if resumed or spec.moved else None,
        already=past.turn_spend if resumed else Spend(),
        given=tuple(given),
        ending=_reached(past) if resumed and not given and not lost else None,
        lost=lost,
    )


def prefix_reason(events: Iterable[Event], part: str = "") -> Begins:
    """Why the next turn stands on a new prefix: the session was rewound or forked since the last one was sent, or goes on as
    another custom agent (`part` is what the one of this turn adds to the system prompt)."""
    reason: Begins = "start"
    for event in events:
        match event:
            case PrefixSent():
                reason = "start" if part_of(event.instructions) == part else "agent"
            case Rewound():
                reason = "rewind"
            case Forked():
                reason = "fork"
            case _:
                pass
    return reason


def _reached(past: SessionState) -> Ending | None:
    """The last message, when it is the last thing in the conversation and no call of that response is open."""
    last = past.items[-1].view if past.items else None
    if isinstance(last, Message) and last.role == "assistant" and last.text.strip() and not past.unanswered():
        return Done(last.text)
    return None


def asked(spec: TurnSpec, past: SessionState, given: Sequence[Input]) -> str:
    """The words that this turn works for: its prompt, else the session's last one, else the answer."""
    if spec.prompt.text.strip():
        return spec.prompt.text
    prompts = [one.text for one in past.inputs.values() if isinstance(one, Prompt)]
    answers = [one.text for one in given if isinstance(one, Answer)]
    return next((text for text in (*reversed(prompts), *answers) if text.strip()), "")
