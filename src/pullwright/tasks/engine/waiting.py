"""Why a turn waits, in words, with its place in the queue and when it may begin."""

from __future__ import annotations

import statistics
import time

from sqlalchemy import Connection, select

from pullwright.tasks.engine.accounts import spent_accounts
from pullwright.tasks.engine.gate import user_slots_of
from pullwright.tasks.engine.plan import Load, Queue, Waiting, closed_by, plan
from pullwright.tasks.engine.queue import read_queue
from pullwright.tasks.store.tables import turns

RECENT = 20
"""Turns whose length tells how long the next ones take."""
SOON = 1.0


def why_waiting(connection: Connection, turn: str) -> str:
    """Why this turn has not begun; empty when it does not wait."""
    row = connection.execute(select(turns.c.state, turns.c.admitted).where(turns.c.id == turn)).one_or_none()
    if row is None or row.state not in ("queued", "paused"):
        return ""
    if row.state == "paused":
        return "paused; it is not begun until it is resumed"
    spent = spent_accounts(connection, time.time())
    accounts = frozenset(account.account for account in spent)
    queue = read_queue(connection, user_slots=user_slots_of(connection), spent=accounts, whole=True)
    waiting = next((other for other in queue.waiting if other.turn == turn), None)
    if waiting is None:
        return "an earlier turn of the same attempt comes first"
    if not queue.loads:
        return "no worker is running"
    closed = closed_by(waiting, queue)
    if closed.endswith("-budget"):
        scope = closed.removesuffix("-budget")
        allowed = next(account.allowed for account in spent if account.scope == scope)
        return f"the {scope}'s budget of {allowed} is used up"
    if closed:
        return f"the {closed}'s limit of {_limit(queue, waiting, closed)} at once is reached"
    return _place(connection, queue, waiting)


def _limit(queue: Queue, waiting: Waiting, closed: str) -> int:
    return queue.limits.user_slots if closed == "user" else queue.limits.project_slots[waiting.project]


def _place(connection: Connection, queue: Queue, waiting: Waiting) -> str:
    """Where it stands among those that may go: the order in which one worker without end would take them."""
    endless = Queue(
        waiting=queue.waiting,
        loads=[Load(worker="", slots=len(queue.waiting), has=0)],
        users=queue.users,
        projects=queue.projects,
        limits=queue.limits,
    )
    order = [place.turn for place in plan(endless)]
    before = order.index(waiting.turn) if waiting.turn in order else len(order)
    slots = sum(load.slots for load in queue.loads)
    free = sum(max(0, load.slots - load.has) for load in queue.loads)
    if before < free:
        return "it begins now"
    lost = "its worker was lost; " if waiting.begun else ""
    expected = _expected(connection, before - free + 1, slots)
    return f"{lost}number {before - free + 1} in the queue; all {slots} slots are taken{expected}"


def _expected(connection: Connection, position: int, slots: int) -> str:
    """By how long the last turns took: each slot comes free once in that time."""
    recent = select(turns.c.started, turns.c.finished).where(turns.c.state == "finished", turns.c.started.is_not(None))
    lengths = [
        finished - started for started, finished in connection.execute(recent.order_by(turns.c.finished.desc()).limit(RECENT))
    ]
    if not lengths:
        return ""
    seconds = statistics.median(lengths) * position / slots
    return f"; about {_span(seconds)} from now"


def _span(seconds: float) -> str:
    if seconds < SOON:
        return "a second"
    if seconds < 90:
        return f"{round(seconds)} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"
