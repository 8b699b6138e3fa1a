"""Webhooks out: endpoints, and the notices that wait for them.

    enqueued ─▶ waiting ─▶ claimed (held, tries + 1) ─▶ done | waiting, later | failed
                   ▲                     └─ nobody settled it: the hold runs out, and it is claimed again
                   └── tried again by hand

A claim is a compare-and-swap, as is what becomes of it: of several servers one delivers, and one that comes back too late changes
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from pullwright.tasks.store.api_tables import notice_endpoints, notices
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.notices import Notice, NoticeEndpoint
from pullwright.tasks.store.tables import memberships, users

ENDPOINTS = Rows(notice_endpoints, NoticeEndpoint)
NOTICES = Rows(notices, Notice)

_MEMBERS = ("member", "admin")


def add_endpoint(connection: Connection, endpoint: NoticeEndpoint) -> None:
    """The id is new."""
    ENDPOINTS.add(connection, endpoint)


def find_endpoint(connection: Connection, endpoint_id: str) -> NoticeEndpoint | None:
    """By id."""
    return ENDPOINTS.find(connection, notice_endpoints.c.id == endpoint_id)


def list_endpoints(connection: Connection, user_id: str | None = None) -> list[NoticeEndpoint]:
    """A user's (None: everybody's), newest first."""
    where = () if user_id is None else (notice_endpoints.c.user_id == user_id,)
    return ENDPOINTS.all(connection, *where, order=(notice_endpoints.c.created.desc(), notice_endpoints.c.id.desc()))


def change_endpoint(connection: Connection, endpoint_id: str, **values: object) -> bool:
    """Set fields; False: there is none."""
    return ENDPOINTS.change(connection, notice_endpoints.c.id == endpoint_id, **values) == 1


def remove_endpoint(connection: Connection, endpoint_id: str) -> bool:
    """With all that was to be told there; False: there is none."""
    return ENDPOINTS.remove(connection, notice_endpoints.c.id == endpoint_id) == 1


def remove_endpoints_of(connection: Connection, user_id: str) -> int:
    """All of a user's."""
    return ENDPOINTS.remove(connection, notice_endpoints.c.user_id == user_id)


def endpoints_for(connection: Connection, user_id: str, project_id: str, event: str) -> list[NoticeEndpoint]:
    """Who wants to hear of an event of what this user started in this project (empty: in none).

    Their own endpoints without a project, and the project's of those who are members of it now, or administer the server.
    """
    hears: ColumnElement[bool] = and_(notice_endpoints.c.project_id == "", notice_endpoints.c.user_id == user_id)
    if project_id:
        member = select(memberships.c.user_id).where(memberships.c.project_id == project_id, memberships.c.role.in_(_MEMBERS))
        belongs = or_(users.c.is_admin.is_(True), notice_endpoints.c.user_id.in_(member))
        hears = or_(hears, and_(notice_endpoints.c.project_id == project_id, belongs))
    statement = (
        select(notice_endpoints)
        .join(users, users.c.id == notice_endpoints.c.user_id)
        .where(notice_endpoints.c.disabled.is_(None), users.c.disabled.is_(False), hears)
        .order_by(notice_endpoints.c.id)
    )
    return [one for one in ENDPOINTS.select(connection, statement) if not one.events or event in one.events]


def add_notice(connection: Connection, notice: Notice) -> None:
    """The id is new."""
    NOTICES.add(connection, notice)


def find_notice(connection: Connection, notice_id: str) -> Notice | None:
    """By id."""
    return NOTICES.find(connection, notices.c.id == notice_id)


def list_notices(connection: Connection, endpoint_id: str, limit: int = 100) -> list[Notice]:
    """An endpoint's, newest first."""
    order = (notices.c.created.desc(), notices.c.id.desc())
    return NOTICES.all(connection, notices.c.endpoint_id == endpoint_id, order=order, limit=limit)


def any_due(connection: Connection, now: float) -> bool:
    """Whether something can be claimed. A look that holds up nobody who writes."""
    due = (notices.c.state == "waiting", notices.c.next <= now, _is_free(now))
    return connection.scalar(select(notices.c.id).where(*due).limit(1)) is not None


def claim_notices(
    connection: Connection, now: float, until: float, limit: int, *, each: int, busy: Collection[str] = ()
) -> list[Notice]:
    """Take up to `limit` that are due and hold them until `until`: at most `each` of one endpoint, none of those in `busy`."""
    due = (notices.c.state == "waiting", notices.c.next <= now, _is_free(now), notices.c.endpoint_id.not_in(busy))
    place = func.row_number().over(partition_by=notices.c.endpoint_id, order_by=(notices.c.next, notices.c.id))
    ranked = select(notices.c.id, place.label("place")).where(*due).subquery()
    statement = (
        select(notices)
        .join(ranked, ranked.c.id == notices.c.id)
        .where(ranked.c.place <= each)
        .order_by(notices.c.next, notices.c.id)
        .limit(limit)
    )
    return [claimed for one in NOTICES.select(connection, statement) if (claimed := _claim(connection, one, now, until))]


def _claim(connection: Connection, notice: Notice, now: float, until: float) -> Notice | None:
    mine = (notices.c.id == notice.id, notices.c.state == "waiting", notices.c.tries == notice.tries, _is_free(now))
    if NOTICES.change(connection, *mine, held=until, tries=notice.tries + 1, tried=now) != 1:
        return None
    return find_notice(connection, notice.id)


def settle_notice(connection: Connection, notice: Notice, **values: object) -> bool:
    """What became of a notice that was claimed so; False: the hold ran out, and somebody else has it, or it is gone."""
    held = notices.c.held == notice.held
    return NOTICES.change(connection, notices.c.id == notice.id, notices.c.tries == notice.tries, held, held=None, **values) == 1


def try_again(connection: Connection, notice_id: str, now: float) -> bool:
    """Have it tried at once, and as often as a new one; False: somebody tries it just now, or there is none."""
    free = (notices.c.id == notice_id, _is_free(now))
    return NOTICES.change(connection, *free, state="waiting", tries=0, next=now, held=None) == 1


def fail_notices(connection: Connection, endpoint_id: str, why: str) -> int:
    """Give up on all that waits for an endpoint."""
    waiting = (notices.c.endpoint_id == endpoint_id, notices.c.state == "waiting")
    return NOTICES.change(connection, *waiting, state="failed", next=None, held=None, why=why)


def let_go_of_notices(connection: Connection, claimed: Sequence[Notice], now: float) -> None:
    """Give claims back that nothing came of: somebody else tries at once."""
    for notice in claimed:
        settle_notice(connection, notice, next=now, tries=notice.tries - 1)


def forget_notices(connection: Connection, before: float) -> int:
    """Remove what was enqueued before and waits no longer."""
    return NOTICES.remove(connection, notices.c.created < before, notices.c.state != "waiting")


def _is_free(now: float) -> ColumnElement[bool]:
    return or_(notices.c.held.is_(None), notices.c.held <= now)
