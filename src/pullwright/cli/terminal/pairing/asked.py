"""What was asked, and what the agent said it did, since the last commit: what a commit's message is made of. A pure function of
the log, in which turns that were gone back over do not count."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pullwright.protocol.events import ChangeMade, Checkpointed, Event, InputReceived, Rewound, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt


class _Turn(msgspec.Struct):
    seq: int
    name: str
    prompt: str = ""
    message: str = ""
    changed: bool = False


def asked_since_commit(events: Iterable[Event]) -> tuple[str, str]:
    """The prompts of the turns that changed files, and the message that tells of the last of them: its own, or, where it was
    stopped before it had one, that of a turn after it, or before."""
    turns = _turns(events)
    changed = [turn for turn in turns if turn.changed] or turns[-1:]
    if not changed:
        return "", ""
    later = turns[turns.index(changed[-1]) + 1 :]
    told = (changed[-1], *reversed(later), *reversed(changed[:-1]))
    prompts = [turn.prompt.strip() for turn in changed if turn.prompt.strip()]
    return "\n\n".join(prompts), next((turn.message for turn in told if turn.message.strip()), "")


def _turns(events: Iterable[Event]) -> list[_Turn]:
    turns: list[_Turn] = []
    for event in events:
        match event:
            case TurnStarted() if not turns or turns[-1].name != event.turn:
                turns.append(_Turn(event.seq, event.turn))
            case Rewound():
                turns = [turn for turn in turns if turn.seq <= event.to]
            case ChangeMade():
                turns.clear()
            case InputReceived(input=Prompt() as prompt) if turns:
                turns[-1].prompt = turns[-1].prompt or prompt.text
            case Checkpointed() if turns and event.paths:
                turns[-1].changed = True
            case TurnFinished() if turns:
                turns[-1].message = event.outcome.message
            case _:
                pass
    return turns
