"""What becomes of a notice, and of its endpoint, after a try."""

from __future__ import annotations

import random

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.notices.sending import Outcome
from pullwright.tasks.store.notices import change_endpoint, fail_notices, find_endpoint, settle_notice
from pullwright.tasks.store.rows.notices import Notice, NoticeEndpoint

HOUR = 3600.0
WAITS = (5.0, 300.0, HOUR / 2, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""Seconds before the second try, the third, …: Standard Webhooks' own. Ten tries in a little more than three days."""
JITTER = 0.2
"""Each wait is shortened or drawn out by up to so much of it, so that what failed together does not come back together."""
SILENCE = 2 * 24 * HOUR
"""When nothing got through for so long and a notice was given up, its endpoint is disabled."""


class Patience(msgspec.Struct, frozen=True):
    """How often and how long is tried."""

    waits: tuple[float, ...] = WAITS
    silence: float = SILENCE

    def wait(self, tries: int, asked: float) -> float | None:
        """Seconds until the next try after so many; None: it was the last."""
        if tries > len(self.waits):
            return None
        return max(self.waits[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER), asked)  # noqa: S311 - nothing to guess


def settle(connection: Connection, notice: Notice, outcome: Outcome, now: float, patience: Patience) -> bool:
    """Write down how the try went; False: the notice was another's, or is gone, and nothing was written."""
    if outcome.delivered:
        settled = settle_notice(connection, notice, state="done", next=None, why="")
        return settled and change_endpoint(connection, notice.endpoint_id, failing=None)
    wait = None if outcome.gone else patience.wait(notice.tries, outcome.wait)
    state = "failed" if wait is None else "waiting"
    if not settle_notice(connection, notice, state=state, next=None if wait is None else now + wait, why=outcome.why):
        return False
    endpoint = find_endpoint(connection, notice.endpoint_id)
    if endpoint is not None:
        _blame(connection, endpoint, outcome, now, patience, last=wait is None)
    return True


def _blame(
    connection: Connection, endpoint: NoticeEndpoint, outcome: Outcome, now: float, patience: Patience, *, last: bool
) -> None:
    since = endpoint.failing if endpoint.failing is not None else now
    why = ""
    if outcome.gone:
        why = "it answered 410: it wants to be told nothing any more"
    elif last and now - since >= patience.silence:
        why = f"nothing got through for {(now - since) / 24 / HOUR:.1f} days; lately: {outcome.why}"
    if why:
        disable(connection, endpoint.id, why, now)
    elif endpoint.failing is None:
        change_endpoint(connection, endpoint.id, failing=now)


def disable(connection: Connection, endpoint_id: str, why: str, now: float) -> None:
    """Send nothing there any more, and give up on what waits."""
    change_endpoint(connection, endpoint_id, disabled=now, why=why)
    fail_notices(connection, endpoint_id, f"the endpoint was disabled: {why}")
