"""What an attempt's model calls cost, charged to key, user and project; and what those still allow."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import Connection

from pullwright.protocol.events import Event, ModelCalled
from pullwright.tasks.store.budgets import left_for
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.rows.work import Task
from pullwright.tasks.store.usage import add_usage
from pullwright.tasks.work.taken import Taken


def charge(connection: Connection, taken: Taken, events: Iterable[Event]) -> None:
    """Charge the model calls among the events, in the transaction that logs them."""
    entries = [_entry(taken, event) for event in events if isinstance(event, ModelCalled)]
    if entries:
        add_usage(connection, entries)


def _entry(taken: Taken, event: ModelCalled) -> UsageEntry:
    usage = event.usage
    return UsageEntry(
        id=f"{taken.attempt.session}:{event.seq}",
        time=event.time or time.time(),
        user_id=taken.task.user_id,
        project_id=taken.task.project_id,
        task_id=taken.task.id,
        attempt_id=taken.attempt.id,
        key_id=taken.task.key_id,
        provider=event.provider,
        model=event.model,
        input=usage.input,
        cached=usage.cached,
        cache_written=usage.cache_written,
        output=usage.output,
        reasoning=usage.reasoning,
        cost_usd=event.cost_usd,
        seconds=event.seconds,
        estimated=usage.estimated,
    )


def left_usd(connection: Connection, task: Task) -> float | None:
    """What its key, user, project and the server together still allow, in dollars; None: there is no ceiling in money."""
    accounts = left_for(connection, task.user_id, task.project_id, time.time(), task.key_id)
    left = [one.usd for one in accounts if one.usd is not None]
    return min(left, default=None)
