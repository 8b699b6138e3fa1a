"""Settings of the server that are kept in its database: by name, any JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pullwright.tasks.store.tables import server_settings as table


def get_setting(connection: Connection, name: str) -> Any:
    """None: it was never set."""
    return connection.execute(select(table.c.value_json).where(table.c.name == name)).scalar()


def put_setting(connection: Connection, name: str, value: object) -> None:
    """Set it, whatever it was."""
    if not put_setting_once(connection, name, value):
        connection.execute(update(table).where(table.c.name == name).values(value_json=value))


def put_setting_once(connection: Connection, name: str, value: object) -> bool:
    """Set it unless it is set; False: it was, and stays as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(name=name, value_json=value).on_conflict_do_nothing()
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def hold_setting(connection: Connection, name: str) -> None:
    """Until this transaction ends, whoever else holds the same name waits."""
    put_setting_once(connection, name, None)
    connection.execute(select(table.c.name).where(table.c.name == name).with_for_update())


def remove_setting(connection: Connection, name: str) -> bool:
    """False: it was not set. Of several that remove it at once one gets True."""
    return connection.execute(delete(table).where(table.c.name == name)).rowcount == 1


def forget_settings(connection: Connection, prefix: str, now: float) -> int:
    """Remove those whose names begin so and whose value says that it has expired (`{"expires": …}`)."""
    found = connection.execute(select(table.c.name, table.c.value_json).where(table.c.name.startswith(prefix, autoescape=True)))
    names = [name for name, value in found if value and value.get("expires", now) < now]
    connection.execute(delete(table).where(table.c.name.in_(names)))
    return len(names)
