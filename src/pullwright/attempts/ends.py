"""From how the loop ended to the outcome of the turn: different states, each with its reason."""

from __future__ import annotations

from typing import Any

from pullwright.agent.endings import Asked, Done, Ending, Gone, OutOfBudget, Stopped, Stuck
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput, Outcome, OverBudget, Succeeded


def outcome_of(ending: Ending, **known: Any) -> Outcome:
    """The outcome; `known` are the fields that all outcomes have (change, verdict, spend, scripted)."""
    match ending:
        case Done(message):
            what = "finished" if known.get("change") else "finished without changing a file"
            return Succeeded(why=f"the agent {what}", message=message, **known)
        case Asked(question, asks):
            return NeedsInput(why=f"only a person can answer: {asks}", question=question, asks=asks, **known)
        case Stopped(reason, by):
            return Cancelled(
                why=f"stopped{f' by {by}' if by else ''}{f': {reason}' if reason else ''}; the work is kept", **known
            )
        case OutOfBudget():
            where = _where(ending)
            return OverBudget(why=f"the budget is used up: {where}; the work is kept", ceiling=where, **known)
        case Stuck(why, fix):
            return Failed(why=why, fix=fix, **known)
        case Gone(error):
            return failed(error, **known)


def failed(error: Exception, **known: Any) -> Failed:
    """The outcome of what went wrong outside the loop."""
    if isinstance(error, PullwrightError):
        return Failed(why=str(error), fix=error.fix, **known)
    return Failed(why=f"a bug of Pullwright's: {type(error).__name__}: {error}", fix="please report it", **known)


def _where(ending: OutOfBudget) -> str:
    if ending.ceiling == "usd":
        return f"${ending.spent:.2f} of ${ending.limit:.2f}"
    return f"{ending.spent:,.0f} of {ending.limit:,.0f} {ending.ceiling}"
