"""Usage, budgets, audit, sign-ins, keys and settings as rows."""

from __future__ import annotations

import calendar
import random
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from planted import plant_user
from pullwright.log.sql.database import Database
from pullwright.tasks.store.audit import AuditFilter, add_audit, list_audit
from pullwright.tasks.store.budgets import BudgetLeft, budget_left, left_for, list_budgets, period_of, put_budget
from pullwright.tasks.store.keys import add_key, find_key_of_token, keys_of, revoke_key
from pullwright.tasks.store.rows.accounts import AuditEntry, BudgetLimit, UsageEntry
from pullwright.tasks.store.rows.people import Key, SignIn
from pullwright.tasks.store.settings import get_setting, put_setting, put_setting_once, remove_setting
from pullwright.tasks.store.sign_ins import add_sign_in, end_sign_ins, find_sign_in, see_sign_in
from pullwright.tasks.store.tables import usage_days
from pullwright.tasks.store.usage import UsageFilter, add_usage, sum_usage
from pullwright.tasks.store.usage_days import roll_up

NOON = float(calendar.timegm((2026, 11, 25, 12, 0, 0)))
MIDNIGHT = NOON - 43200
OWNERS = {"user": "ab", "project": ("x", "y", ""), "key": ("k", "l", "")}
"""Who calls are charged to; some to no project, and with no key."""


def a_call(number: int, time: float = NOON, **values: object) -> UsageEntry:
    fields: dict[str, object] = {"user_id": "ada", "project_id": "tally", "task_id": "task_1", "attempt_id": "att_1"}
    fields |= {"provider": "openai", "model": "small", "input": 100, "output": 10, "cost_usd": 0.5, **values}
    return UsageEntry(id=f"ses_1:{number}", time=time, **fields)  # type: ignore[arg-type]


def test_a_call_is_counted_once_and_summed_by_what_is_asked(database: Database) -> None:
    def work(connection: Connection) -> None:
        calls = [
            a_call(1, MIDNIGHT),
            a_call(2, MIDNIGHT + 86399.9),
            a_call(3, MIDNIGHT - 0.1, user_id="ben"),
            a_call(4, cost_usd=None, estimated=True, model="large"),
        ]
        assert add_usage(connection, calls) == 4
        assert add_usage(connection, calls) == 0
        (total,) = sum_usage(connection, UsageFilter())
        assert (total.calls, total.tokens, total.cost_usd, total.unpriced, total.estimated) == (4, 440, 1.5, 1, 1)
        days = sum_usage(connection, UsageFilter(), "day")
        assert [(day.of["day"], day.calls) for day in days] == [("2026-11-24", 1), ("2026-11-25", 3)]
        by = sum_usage(connection, UsageFilter(user="ada"), "model", "user")
        assert [(row.of, row.calls) for row in by] == [
            ({"model": "openai/large", "user": "ada"}, 1),
            ({"model": "openai/small", "user": "ada"}, 2),
        ]
        assert sum_usage(connection, UsageFilter(projects=()), "task") == []
        assert sum_usage(connection, UsageFilter(since=NOON, until=NOON))[0].calls == 0

    database.run(work)


def test_what_is_left_of_every_ceiling_that_holds(database: Database) -> None:
    def work(connection: Connection) -> None:
        for limit in (
            BudgetLimit(scope="user", scope_id="ada", period="day", usd=1.25),
            BudgetLimit(scope="user", scope_id="ben", period="day", usd=0.0),
            BudgetLimit(scope="project", scope_id="tally", period="month", tokens=150),
            BudgetLimit(scope="server", period="total", usd=100.0, tokens=10**12),
        ):
            put_budget(connection, limit)
        add_usage(connection, [a_call(1), a_call(2, MIDNIGHT - 1), a_call(3, user_id="ben")])
        left = {row.limit.scope: row for row in left_for(connection, "ada", "tally", NOON)}
        assert left["user"].usd == 0.75
        assert left["user"].ends == MIDNIGHT + 86400
        assert not left["user"].spent
        assert (left["project"].tokens, left["project"].usd, left["project"].spent) == (0, None, True)
        assert left["server"].usd == 98.5
        assert left["server"].tokens == 10**12 - 330
        put_budget(connection, BudgetLimit(scope="user", scope_id="ada", period="day"))
        put_budget(connection, BudgetLimit(scope="server", period="total", usd=1.0))
        assert [(row.scope, row.usd) for row in list_budgets(connection)] == [("project", None), ("server", 1.0), ("user", 0.0)]

    database.run(work)


def test_what_is_left_is_the_same_after_days_were_summed(database: Database) -> None:
    chance = random.Random(7)
    times = [MIDNIGHT - day * 86400 + offset for day in range(70) for offset in (0.0, 1.0, 86399.9, chance.uniform(0, 86399))]
    scopes = [("server", ""), *((scope, name) for scope, names in OWNERS.items() for name in names if name)]
    limits = [
        BudgetLimit(scope=scope, scope_id=of, period=period, usd=1e6, tokens=10**9)
        for scope, of in scopes
        for period in ("day", "month", "total")
    ]

    def fill(connection: Connection) -> None:
        calls = [
            a_call(
                n, time, cost_usd=chance.choice((None, 0.25)), **{f"{of}_id": chance.choice(ids) for of, ids in OWNERS.items()}
            )
            for n, time in enumerate(times)
        ]
        assert add_usage(connection, calls) == len(times)

    def look(connection: Connection) -> list[BudgetLeft]:
        return [budget_left(connection, limit, NOON) for limit in limits]

    database.run(fill)
    before = database.run(look)
    assert len({left.used_tokens for left in before}) > 5
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: database.run(roll_up, NOON), range(3)))
    assert sorted(made)[:2] == [0, 0]
    assert database.run(look) == before
    assert max(made) == database.run(lambda connection: len(connection.execute(select(usage_days)).all()))
    later = a_call(10_000, NOON, user_id="a", project_id="x")
    database.run(add_usage, [later])
    assert database.run(roll_up, NOON + 86400) > 0
    after = {(left.limit.scope, left.limit.scope_id, left.limit.period): left for left in database.run(look)}
    assert after["server", "", "total"].used_tokens == before[2].used_tokens + 110
    database.run(roll_up, NOON + 5 * 86400)
    assert {(left.limit.scope, left.limit.scope_id, left.limit.period): left for left in database.run(look)} == after


@given(st.floats(0, 4e9), st.sampled_from(["day", "month"]))
def test_a_period_holds_its_moment_and_ends_where_the_next_begins(now: float, period) -> None:
    begin, end = period_of(period, now)
    assert end is not None
    assert begin <= now < end
    assert period_of(period, end)[0] == end


def test_the_audit_is_read_newest_first_by_page(database: Database) -> None:
    def work(connection: Connection) -> None:
        for n, action in enumerate(("user.create", "user.disable", "userx", "key.create")):
            add_audit(connection, AuditEntry(time=float(n), action=action, user_id="ada", detail={"n": n}))
        found = list_audit(connection, AuditFilter(limit=3))
        assert [entry.action for entry in found] == ["key.create", "userx", "user.disable"]
        assert [entry.action for entry in list_audit(connection, AuditFilter(before=found[-1].number))] == ["user.create"]
        assert [entry.detail["n"] for entry in list_audit(connection, AuditFilter(action="user."))] == [1, 0]
        assert list_audit(connection, AuditFilter(action="user")) == []

    database.run(work)


def test_sign_ins_and_keys(database: Database) -> None:
    def work(connection: Connection) -> None:
        user = plant_user(connection)
        for token in ("a", "b"):
            add_sign_in(connection, SignIn(token_hash=token, user_id=user.id, csrf="c", created=1.0, seen=1.0, expires=10.0))
        assert find_sign_in(connection, "a", 9.0) is not None
        assert find_sign_in(connection, "a", 10.0) is None
        see_sign_in(connection, "a", 9.0, 19.0)
        assert find_sign_in(connection, "a", 10.0) is not None
        assert end_sign_ins(connection, user.id, but="a") == 1
        key = Key(id="key_1", token_hash="h", shown="pw_abc", name="ci", user_id=user.id, scopes=("read", "dispatch"))
        add_key(connection, key)
        assert find_key_of_token(connection, "h") == key
        assert revoke_key(connection, "key_1", 2.0)
        assert not revoke_key(connection, "key_1", 3.0)
        assert [row.revoked for row in keys_of(connection, user.id)] == [2.0]

    database.run(work)


def test_settings(database: Database) -> None:
    def work(connection: Connection) -> None:
        assert get_setting(connection, "policy") is None
        put_setting(connection, "policy", {"a": [1]})
        assert not put_setting_once(connection, "policy", 2)
        assert get_setting(connection, "policy") == {"a": [1]}
        assert remove_setting(connection, "policy")
        assert not remove_setting(connection, "policy")

    database.run(work)
