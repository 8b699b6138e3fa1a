"""Stored responses: the object, its events where they can be read again, its items by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.api_tables import response_events, response_items, responses
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.api import UNFINISHED, ResponseItem, Status, StoredResponse

ROWS = Rows(responses, StoredResponse)
LONGEST_CHAIN = 2000
"""Responses that one follows, one after the other, at most."""


def add_response(connection: Connection, stored: StoredResponse) -> None:
    """Keep a response."""
    ROWS.add(connection, stored)


def find_response(connection: Connection, response_id: str) -> StoredResponse | None:
    """By id."""
    return ROWS.find(connection, responses.c.id == response_id)


def get_response(connection: Connection, response_id: str, user_id: str) -> StoredResponse:
    """A user's own response. Raises `NotFound`."""
    found = ROWS.find(connection, responses.c.id == response_id, responses.c.user_id == user_id)
    if found is None:
        raise NotFound(f"there is no response '{response_id}'", fix="It was never stored, was deleted, or is somebody else's.")
    return found


def change_response(connection: Connection, response_id: str, **values: object) -> bool:
    """Set fields of it."""
    return ROWS.change(connection, responses.c.id == response_id, **values) == 1


def finish_response(connection: Connection, response_id: str, status: Status, resource: bytes, completed: float) -> bool:
    """It has ended so; False: it had ended before, or is gone, and nothing changed."""
    where = (responses.c.id == response_id, responses.c.status.in_(UNFINISHED))
    return ROWS.change(connection, *where, status=status, resource=resource, completed=completed, server_id="") == 1


def remove_response(connection: Connection, response_id: str) -> None:
    """With its events and items."""
    for table in (response_events, response_items):
        connection.execute(delete(table).where(table.c.response_id == response_id))
    ROWS.remove(connection, responses.c.id == response_id)


def chain_of(connection: Connection, response_id: str, user_id: str) -> list[StoredResponse]:
    """A response of the user's and all that it follows, oldest first. What was deleted ends the chain."""
    own = responses.c.user_id == user_id
    first = select(responses.c.id, responses.c.previous_id, literal(0).label("depth")).where(responses.c.id == response_id, own)
    chain = first.cte("chain", recursive=True)
    before = select(responses.c.id, responses.c.previous_id, chain.c.depth + 1).where(
        responses.c.id == chain.c.previous_id, own, chain.c.depth < LONGEST_CHAIN
    )
    chain = chain.union_all(before)
    statement = select(responses).join(chain, responses.c.id == chain.c.id).order_by(chain.c.depth.desc())
    return ROWS.select(connection, statement)


def of_turn(connection: Connection, turn_id: str) -> StoredResponse | None:
    """The response that a turn answers."""
    return ROWS.find(connection, responses.c.turn_id == turn_id)


def open_responses_of_task(connection: Connection, task_id: str) -> list[StoredResponse]:
    """Those of a task's turns that have not ended."""
    return ROWS.all(connection, responses.c.task_id == task_id, responses.c.status.in_(UNFINISHED), order=responses.c.id)


def newest_of_task(connection: Connection, task_id: str) -> StoredResponse | None:
    """The last response that a task gave."""
    return next(iter(ROWS.all(connection, responses.c.task_id == task_id, order=responses.c.id.desc(), limit=1)), None)


def same_response(connection: Connection, stored: StoredResponse, seconds: float) -> StoredResponse | None:
    """The newest response to the very same request of the same key, not older than that."""
    where = (
        responses.c.user_id == stored.user_id,
        responses.c.key_id == stored.key_id,
        responses.c.created >= stored.created - seconds,
        responses.c.model == stored.model,
        responses.c.request == stored.request,
        responses.c.input == stored.input,
    )
    return next(iter(ROWS.all(connection, *where, order=responses.c.id.desc(), limit=1)), None)


def unfinished_responses(connection: Connection) -> list[StoredResponse]:
    """What a server process makes, or made before it was gone."""
    where = (responses.c.status.in_(UNFINISHED), responses.c.server_id != "")
    return ROWS.all(connection, *where, order=responses.c.created)


def take_response(connection: Connection, response_id: str, of: str, server_id: str) -> bool:
    """Take it over from a server process that is gone; False: another one was first, or it has ended."""
    where = (responses.c.id == response_id, responses.c.server_id == of, responses.c.status.in_(UNFINISHED))
    return ROWS.change(connection, *where, server_id=server_id) == 1


def forget_responses(connection: Connection, before: float) -> int:
    """Those that had ended by then, and how many."""
    old = select(responses.c.id).where(responses.c.created < before, responses.c.status.not_in(UNFINISHED))
    for table in (response_events, response_items):
        connection.execute(delete(table).where(table.c.response_id.in_(old)))
    return connection.execute(
        delete(responses).where(responses.c.created < before, responses.c.status.not_in(UNFINISHED))
    ).rowcount


# --- its events -----------------------------------------------------------------------------------


def add_events(connection: Connection, response_id: str, events: Iterable[tuple[int, bytes]]) -> None:
    """Keep events: number and JSON. A number that is taken stays as it is: the response was ended there by somebody else."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [{"response_id": response_id, "number": number, "data": data} for number, data in events]
    if rows:
        connection.execute(insert(response_events).on_conflict_do_nothing(), rows)


def events_after(connection: Connection, response_id: str, number: int, limit: int = 500) -> list[tuple[int, bytes]]:
    """The events after `number`, in order."""
    where = (response_events.c.response_id == response_id, response_events.c.number > number)
    columns = (response_events.c.number, response_events.c.data)
    found = connection.execute(select(*columns).where(*where).order_by(response_events.c.number).limit(limit))
    return [(int(number), bytes(data)) for number, data in found]


def last_event(connection: Connection, response_id: str) -> int:
    """The last event's number; -1: none."""
    statement = (
        select(response_events.c.number)
        .where(response_events.c.response_id == response_id)
        .order_by(response_events.c.number.desc())
        .limit(1)
    )
    found = connection.scalar(statement)
    return -1 if found is None else int(found)


# --- its items ------------------------------------------------------------------------------------

ITEMS = Rows(response_items, ResponseItem)


def add_items(connection: Connection, items: Sequence[ResponseItem]) -> None:
    """Let items be found by their ids."""
    for item in items:
        ITEMS.add(connection, item)


def find_item(connection: Connection, user_id: str, item_id: str) -> ResponseItem | None:
    """The user's newest item of that id."""
    where = (response_items.c.user_id == user_id, response_items.c.item_id == item_id)
    return next(iter(ITEMS.all(connection, *where, order=response_items.c.response_id.desc(), limit=1)), None)


def forget_responses_of(connection: Connection, user_id: str) -> None:
    """All responses of a user."""
    for response_id in list(connection.scalars(select(responses.c.id).where(responses.c.user_id == user_id))):
        remove_response(connection, response_id)
