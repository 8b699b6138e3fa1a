"""How the loop ends; `attempts` turns it into the outcome of the turn.

    Ending
    ├── Done          the agent gave its last message
    ├── Asked         only a person can go on: a permission or a question waits
    ├── Stopped       somebody interrupted
    ├── OutOfBudget   a hard ceiling was reached
    ├── Stuck         the agent cannot go on: it goes in circles, says nothing, declines
    └── Gone          something outside broke: model, sandbox, log

The work is kept in every case, and the log stands so that the next turn can begin.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.errors import PullwrightError


class Done(msgspec.Struct, frozen=True):
    """The agent finished; `message` is what it said last."""

    message: str


class Asked(msgspec.Struct, frozen=True):
    """`question` (the id of a permission or question) waits for a person; `asks` says what it is, in one line.

    The call it belongs to is open in the log; the answer starts the next turn at that call.
    """

    question: str
    asks: str


class Stopped(msgspec.Struct, frozen=True):
    """Somebody interrupted the turn. `reason` is what they said, perhaps nothing."""

    reason: str
    by: str = ""


class OutOfBudget(msgspec.Struct, frozen=True):
    """A hard ceiling was reached."""

    ceiling: Literal["usd", "tokens", "steps", "seconds"]
    spent: float
    limit: float


class Stuck(msgspec.Struct, frozen=True):
    """The agent cannot go on, and why; `fix` is what a person could do about it."""

    why: str
    fix: str = ""


class Gone(msgspec.Struct, frozen=True):
    """Something that the turn needs broke. `error.fix` says what to do."""

    error: PullwrightError


Ending = Done | Asked | Stopped | OutOfBudget | Stuck | Gone


class TurnEnded(Exception):
    """Carries the ending from where it is known up to the loop."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(type(ending).__name__)
        self.ending = ending
