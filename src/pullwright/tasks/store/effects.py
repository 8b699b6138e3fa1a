"""Outward effects, each by its own mark, so that none is made twice.

effect = begin_effect(...)      done: nothing to do, `reference` is what was made
                                begun: look for the mark outside first, then make it, then `finish_effect`
"""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.results import Effect
from pullwright.tasks.store.tables import effects

ROWS = Rows(effects, Effect)


def begin_effect(connection: Connection, mark: str, task_id: str, now: float) -> Effect:
    """The effect of this mark: begun now, or as it was found."""
    effect = Effect(mark=mark, task_id=task_id, changed=now)
    return effect if ROWS.add_new(connection, effect) else ROWS.find(connection, effects.c.mark == mark) or effect


def finish_effect(connection: Connection, mark: str, reference: str, now: float) -> None:
    """It was made (or found); the forge calls it `reference`."""
    ROWS.change(connection, effects.c.mark == mark, state="done", reference=reference, changed=now)


def find_effect(connection: Connection, mark: str) -> Effect | None:
    """By its mark."""
    return ROWS.find(connection, effects.c.mark == mark)


def effects_of(connection: Connection, task_id: str) -> list[Effect]:
    """A task's, by mark."""
    return ROWS.all(connection, effects.c.task_id == task_id, order=effects.c.mark)
