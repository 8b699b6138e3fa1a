"""What was used on days that are over, summed once for each user and project, and for each key: budgets are looked at often, and
calls are many.

A day is summed when it has been over for a whole day; no call of it comes any more, since calls are written as they are made.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, func, insert, select

from pullwright.tasks.store.settings import get_setting, hold_setting, put_setting
from pullwright.tasks.store.tables import usage, usage_days, usage_key_days
from pullwright.tasks.store.usage import DAY, UsageFilter, day_of, sum_usage

_DONE = "usage.days"


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What was used together: `cost_usd` of the calls of known price, `unpriced` counts the others."""

    tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0


def roll_up(connection: Connection, now: float) -> int:
    """Sum the days that are over and not summed yet, and say how many rows that made. For whoever looks after the service, now
    and then; without it budgets are right all the same, and slower to look at."""
    last = int(now // DAY) - 2
    if _done(connection) >= last:
        return 0
    hold_setting(connection, _DONE)  # one after the other
    done = _done(connection)
    if done >= last:
        return 0
    day = day_of(connection)
    tokens = func.sum(usage.c.input + usage.c.output)
    cost, unpriced = func.coalesce(func.sum(usage.c.cost_usd), 0.0), func.count().filter(usage.c.cost_usd.is_(None))
    over = (usage.c.time >= (done + 1) * DAY, usage.c.time < (last + 1) * DAY)
    owner, key = (usage.c.user_id, usage.c.project_id), usage.c.key_id
    made = _fill(connection, usage_days, select(day, *owner, func.count(), tokens, cost, unpriced).where(*over), day, *owner)
    _fill(connection, usage_key_days, select(day, key, tokens, cost, unpriced).where(*over, key != ""), day, key)
    put_setting(connection, _DONE, last)
    return made


def _fill(connection: Connection, table: Table, sums: Select[*tuple[Any, ...]], *by: ColumnElement[Any]) -> int:
    filled = insert(table).from_select(table.columns.keys(), sums.group_by(*by))
    return connection.execute(filled, execution_options={"preserve_rowcount": True}).rowcount


def used_since(connection: Connection, day: int, *, user: str = "", project: str = "", key: str = "") -> Used:
    """What was used from that day on (a number since 1970, UTC); of a user, a project or a key, or altogether."""
    done = _done(connection)
    days = usage_key_days if key else usage_days
    where: list[ColumnElement[bool]] = [days.c.day >= day]
    where += [days.c[f"{name}_id"] == of for name, of in (("user", user), ("project", project), ("key", key)) if of]
    columns = (days.c.tokens, days.c.cost_usd, days.c.unpriced)
    before = connection.execute(select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(*where)).one()
    since = float(max(day, done + 1) * DAY)
    (rest,) = sum_usage(connection, UsageFilter(since=since, user=user, key=key, projects=(project,) if project else None))
    return Used(
        tokens=int(before[0]) + rest.tokens,
        cost_usd=float(before[1]) + rest.cost_usd,
        unpriced=int(before[2]) + rest.unpriced,
    )


def _done(connection: Connection) -> int:
    """The last day that is summed; -1: none."""
    done = get_setting(connection, _DONE)
    return -1 if done is None else int(done)
