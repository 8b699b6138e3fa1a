"""Which turn a response is."""

from __future__ import annotations

import msgspec


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """The turn of an attempt of a task that a response stands for. Where a task has several attempts, it is the first one's."""

    task_id: str
    attempt_id: str
    turn_id: str
