"""Between a table's rows and its records: a field is a column, or what the column `…_json` holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, UnaryExpression, delete, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

R = TypeVar("R", bound=msgspec.Struct)

_JSON = "_json"


class Rows(Generic[R]):
    """A table, and the record that each of its rows is.

    `generated`: columns that the database fills by itself. Where clauses are joined by AND.
    """

    def __init__(self, table: Table, kind: type[R], *, generated: tuple[str, ...] = ()) -> None:
        self.table = table
        self.kind = kind
        self._insert = table.insert()
        self._columns = {c.name.removesuffix(_JSON): c.name for c in table.columns if c.name not in generated}

    def add(self, connection: Connection, record: R) -> None:
        """Insert; SQLAlchemy's IntegrityError when a unique value is there already.

        The values are parameters of one statement, which costs half of a statement that is made of them.
        """
        # What is None is left out, and so NULL: no column that may be NULL has another default.
        values = {
            column: msgspec.to_builtins(value, builtin_types=(bytes,))
            for field, column in self._columns.items()
            if (value := getattr(record, field)) is not None
        }
        connection.execute(self._insert, values)

    def add_new(self, connection: Connection, record: R) -> bool:
        """Insert unless a row with one of the unique values is there; False: it was, and stays as it is."""
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(self.table).values(self._encode(record)).on_conflict_do_nothing()
        return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1

    def find(self, connection: Connection, *where: ColumnElement[bool]) -> R | None:
        """The row, or the first of several, or None."""
        row = connection.execute(select(self.table).where(*where).limit(1)).mappings().first()
        return None if row is None else self.decode(cast(Mapping[str, Any], row))

    def all(
        self,
        connection: Connection,
        *where: ColumnElement[bool],
        order: ColumnElement[Any] | UnaryExpression[Any] | tuple[ColumnElement[Any] | UnaryExpression[Any], ...] = (),
        limit: int | None = None,
    ) -> list[R]:
        """The rows, in order, at most `limit`."""
        orders = order if isinstance(order, tuple) else (order,)
        return self.select(connection, select(self.table).where(*where).order_by(*orders).limit(limit))

    def select(self, connection: Connection, statement: Select[Any]) -> list[R]:
        """What a statement over this table's columns finds."""
        return [self.decode(cast(Mapping[str, Any], row)) for row in connection.execute(statement).mappings()]

    def change(self, connection: Connection, *where: ColumnElement[bool], **values: object) -> int:
        """Set fields (by the record's names) of the rows, and return how many there were."""
        encoded = {self._columns[name]: _plain(value) for name, value in values.items()}
        return connection.execute(update(self.table).where(*where).values(encoded)).rowcount

    def remove(self, connection: Connection, *where: ColumnElement[bool]) -> int:
        """Delete rows, and return how many there were."""
        return connection.execute(delete(self.table).where(*where)).rowcount

    def decode(self, row: Mapping[str, Any]) -> R:
        """A row as its record."""
        return msgspec.convert({name.removesuffix(_JSON): value for name, value in row.items()}, self.kind)

    def _encode(self, record: R) -> dict[str, Any]:
        return {column: _plain(getattr(record, field)) for field, column in self._columns.items()}


def _plain(value: object) -> Any:
    # A column of JSON would hold JSON's own null, and not be NULL.
    return null() if value is None else msgspec.to_builtins(value, builtin_types=(bytes,))
