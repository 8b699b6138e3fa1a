"""What an event says about the state of a pairing: a pure function."""

from __future__ import annotations

from typing import Any

from pullwright.cli.terminal.pairing.state import State
from pullwright.protocol.events import (
    CommandRan,
    Compacted,
    Event,
    InputReceived,
    ModelCalled,
    PermissionAnswered,
    PermissionAsked,
    TurnFinished,
    TurnStarted,
    spend_after,
)
from pullwright.protocol.inputs import Steer
from pullwright.protocol.live import Live
from pullwright.protocol.usage import Spend


def told_by(what: Event | Live, state: State) -> dict[str, Any]:
    """The fields of `state` that are otherwise after `what`; empty when none is."""
    match what:
        case TurnStarted():
            return {"model": what.model, "provider": what.provider, "scripted": what.scripted, "turn_spend": Spend()}
        case PermissionAsked():
            return {"asking": what}
        case PermissionAnswered():
            return {"asking": None}
        case ModelCalled():
            return _called(what, state)
        case InputReceived(input=Steer() as steer):
            return {"steers": _without(state.steers, steer.text)}
        case Compacted():
            return {"context_tokens": what.tokens_after}
        case CommandRan(background=True):
            return {"processes": state.processes + 1}
        case TurnFinished():
            return {"turn_spend": what.outcome.spend, "scripted": state.scripted or what.outcome.scripted}
        case _:
            step = getattr(what, "step", 0)
            # A checkpoint of the last step is logged while the next one runs: the count never goes back within a turn.
            return {"step": step} if step > state.step else {}


def _called(event: ModelCalled, state: State) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "spend": spend_after(state.spend, event),
        "turn_spend": spend_after(state.turn_spend, event),
        "step": event.step,
    }
    if not event.agent:
        changes["context_tokens"] = event.usage.total
    return changes


def _without(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    left = list(texts)
    if text in left:
        left.remove(text)
    return tuple(left)
