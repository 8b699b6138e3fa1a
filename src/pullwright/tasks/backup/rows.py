"""Rows of any table as lines of JSON, and back: the tables are taken as they are in the database, of whatever revision."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, func, insert, select, text

from pullwright.protocol.errors import FixSettings

BATCH = 500
EPHEMERAL = frozenset({"live_texts", "servers", "watches"})
"""What is worth nothing once the processes that wrote it are gone."""


def tables_of(connection: Connection) -> list[Table]:
    """The tables that are there, in the order in which they can be filled."""
    found = MetaData()
    found.reflect(connection)
    for column in (column for table in found.tables.values() for column in table.columns):
        if isinstance(column.type, JSON):  # else an empty one would hold JSON's own null
            column.type.none_as_null = bool(column.nullable)
    return [table for table in found.sorted_tables if table.name != "alembic_version" and table.name not in EPHEMERAL]


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table's rows by its primary key, each a line: an array of its columns, bytes in base64."""
    found = connection.execute(select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": BATCH})
    for row in found:
        yield msgspec.json.encode(tuple(cast(Iterable[Any], row)))


def add_lines(connection: Connection, table: Table, columns: tuple[str, ...], lines: Iterable[bytes]) -> int:
    """Fill a table with lines, and say how many."""
    if unknown := [name for name in columns if name not in table.columns]:
        raise FixSettings(f"the backup's table {table.name} has columns that are not known here: {', '.join(unknown)}")
    binary = [isinstance(table.columns[name].type, LargeBinary) for name in columns]
    batch: list[dict[str, Any]] = []
    count = 0
    for line in lines:
        values = msgspec.json.decode(line)
        if len(values) != len(columns):
            raise FixSettings(f"a row of {table.name} in the backup is damaged", fix="Copy the file again.")
        batch.append({name: _value(value, is_binary) for name, value, is_binary in zip(columns, values, binary, strict=True)})
        count += 1
        if len(batch) >= BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)
    return count


def set_counters(connection: Connection, table: Table) -> None:
    """Have PostgreSQL count on from the highest number that was brought in (SQLite does by itself)."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.columns:
        if column.identity is not None:
            highest = connection.execute(select(func.max(column))).scalar()
            if highest is not None:
                found = text("SELECT setval(pg_get_serial_sequence(:table, :column), :value)")
                connection.execute(found, {"table": table.name, "column": column.name, "value": highest})


def _value(value: Any, is_binary: bool) -> Any:
    if value is None:
        return None
    return base64.b64decode(value) if is_binary else value
