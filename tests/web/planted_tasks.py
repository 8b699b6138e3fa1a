"""Many tasks at once, put into the database directly: nothing ran, they are there to be listed."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.tasks.store.attempts import add_attempt
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import add_task

STATES = ("review", "merged", "failed", "cancelled", "answered", "over_budget")
WORDS = ("Rename", "Move", "Test", "Upgrade", "Fix", "Explain", "Speed up", "Delete")


def plant_tasks(connection: Connection, count: int) -> None:
    """So many, one a minute into the past."""
    now = time.time()
    for number in range(count):
        at = now - number * 60
        state = STATES[number % len(STATES)]
        task = Task(
            id=new_id("task"),
            project_id="proj_tally",
            user_id=("user_ada", "user_mia")[number % 2],
            title=f"{WORDS[number % len(WORDS)]} part {number} of the whole",
            prompt=f"Do part {number}.",
            ref="main",
            model="deep",
            state=state,
            created=at,
            changed=at,
            closed=at if state not in ("review",) else None,
        )
        add_task(connection, task)
        attempt = Attempt(id=new_id("att"), task_id=task.id, number=1, session=new_id("ses"), state=state, created=at, changed=at)  # type: ignore[arg-type]
        add_attempt(connection, attempt)
