"""Frames that are shown while something happens; never logged. What completes is logged as an event.

Live
├── TextDelta         the model's answer as it streams
├── ReasoningDelta    its reasoning summary
├── CallDelta         arguments of a tool call as they are written
├── OutputDelta       output of a running command
└── Progress          long work that is not the model's: fetching, checking out, verifying
"""

from __future__ import annotations

import msgspec


class _Live(msgspec.Struct, frozen=True, tag_field="live"):
    pass


class TextDelta(_Live, frozen=True, tag="text"):
    """`text` at `offset` characters of the item; offset 0 again means that the answer was resent whole."""

    item: str
    offset: int
    text: str


class ReasoningDelta(_Live, frozen=True, tag="reasoning"):
    """A piece of the reasoning summary."""

    item: str
    offset: int
    text: str


class CallDelta(_Live, frozen=True, tag="call"):
    """A piece of a tool call's arguments."""

    item: str
    name: str
    offset: int
    text: str


class OutputDelta(_Live, frozen=True, tag="output"):
    """A piece of a command's output, decoded with replacement; bounded: a flood skips pieces."""

    call_id: str
    text: str


class Progress(_Live, frozen=True, tag="progress"):
    """`done` of `total` in `unit` (total None: unknown) of the work that `what` names."""

    what: str
    done: int = 0
    total: int | None = None
    unit: str = ""


Live = TextDelta | ReasoningDelta | CallDelta | OutputDelta | Progress
