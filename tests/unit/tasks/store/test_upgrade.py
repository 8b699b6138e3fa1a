"""A database of the first schema, with a row in every table, comes up to date and keeps what it holds.

`first_schema/` is as the first schema's own code wrote it (`.dump` and `pg_dump --inserts`), and is not changed any more.
"""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, func, select, text
from test_migrations import differences

from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import METADATA
from pullwright.tasks import store
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.migrations import migrate as module
from pullwright.tasks.store.migrations.migrate import check_schema, migrate, schema_revision

FIRST = Path(__file__).parent / "first_schema"


@pytest.fixture
def first_url(empty_url: str) -> str:
    """A database of the first schema, of each kind."""
    if empty_url.startswith("sqlite"):
        with sqlite3.connect(empty_url.removeprefix("sqlite:///")) as connection:
            connection.executescript((FIRST / "sqlite.sql").read_text())
        connection.close()
    else:
        with psycopg.connect(empty_url, autocommit=True) as connection:
            connection.execute((FIRST / "postgres.sql").read_bytes())
    return empty_url


def count_rows(connection: Connection) -> dict[str, int]:
    there = set(sa.inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
        if table.name in there
    }


def all_rows() -> list[Rows]:
    modules = [importlib.import_module(f"{store.__name__}.{found.name}") for found in pkgutil.iter_modules(store.__path__)]
    return [module.ROWS for module in modules if hasattr(module, "ROWS")]


def test_the_first_schema_comes_up_to_date_with_all_that_it_holds(first_url: str) -> None:
    database = Database(first_url)
    before = database.run(count_rows)
    assert len(before) >= 29
    assert set(before.values()) == {1}
    assert database.run(schema_revision) == "0001"
    assert migrate(database)
    check_schema(database)
    assert database.run(differences) == []
    assert database.run(count_rows).items() >= before.items()
    found = {rows.table.name: database.run(rows.all) for rows in all_rows()}
    assert len(found) >= 20
    assert {name: len(records) for name, records in found.items() if len(records) != before.get(name, 0)} == {}
    assert "it's é" in found["tasks"][0].prompt
    assert found["environments"][0].spec.network.rules[0].host == "a.example"
    assert not migrate(database)
    database.close()


@pytest.mark.parametrize("lenient", [True, False])
def test_making_a_table_anew_does_not_empty_those_that_point_to_it(lenient: bool, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as raw:
        rows = [
            line
            for line in (FIRST / "sqlite.sql").read_text().splitlines()
            if 'INTO "projects"' in line or 'INTO "connections"' in line
        ]
        raw.executescript("\n".join(rows))
        raw.execute("INSERT INTO environments VALUES ('env_1', 'projects_id', 'default', '{}', 1.0, 1.0)")
    raw.close()
    database = Database(sqlite_url)
    with database.engine.connect() as connection:
        with module._lenient(connection) if lenient else nullcontext(), connection.begin():
            operations = Operations(MigrationContext.configure(connection))
            with operations.batch_alter_table("projects", recreate="always") as batch:
                batch.add_column(sa.Column("extra", sa.Integer()))
        left = connection.execute(text("SELECT count(*) FROM environments")).scalar_one()
    assert left == (1 if lenient else 0)
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()
