"""What forges sent, each delivery once."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import Delivery, DeliveryState
from pullwright.tasks.store.tables import deliveries

ROWS = Rows(deliveries, Delivery)


def add_delivery(connection: Connection, delivery: Delivery) -> bool:
    """False: this one has come before."""
    return ROWS.add_new(connection, delivery)


def new_deliveries(connection: Connection, limit: int = 100) -> list[Delivery]:
    """Those that nobody has dealt with, the oldest first."""
    return ROWS.all(connection, deliveries.c.state == "new", order=(deliveries.c.received, deliveries.c.id), limit=limit)


def list_deliveries(connection: Connection, connection_id: str, limit: int = 100) -> list[Delivery]:
    """A forge connection's, the newest first."""
    where = deliveries.c.connection_id == connection_id
    return ROWS.all(connection, where, order=(deliveries.c.received.desc(), deliveries.c.id), limit=limit)


def settle_delivery(connection: Connection, delivery: Delivery, state: DeliveryState, why: str = "") -> bool:
    """It was dealt with; False: somebody else has."""
    where = (deliveries.c.connection_id == delivery.connection_id, deliveries.c.id == delivery.id, deliveries.c.state == "new")
    return ROWS.change(connection, *where, state=state, why=why) == 1


def forget_deliveries(connection: Connection, before: float) -> int:
    """Remove what was received before, but for what nobody has dealt with."""
    return ROWS.remove(connection, deliveries.c.received < before, deliveries.c.state != "new")
