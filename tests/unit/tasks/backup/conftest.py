"""Services with a row in every table, and empty ones, of each kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from databases import Postgres
from pullwright.log.sql.database import Database
from pullwright.tasks.store.migrations.migrate import migrate

FIRST = Path(__file__).parents[1] / "store/first_schema"


@pytest.fixture
def full(empty_url: str) -> Iterator[Database]:
    """A database with a row in every table (as the first schema had them, brought up to date)."""
    database = Database(empty_url)
    if database.is_sqlite:
        with closing(sqlite3.connect(empty_url.removeprefix("sqlite:///"))) as connection:
            connection.executescript((FIRST / "sqlite.sql").read_text())
    else:
        database.run(lambda connection: connection.exec_driver_sql((FIRST / "postgres.sql").read_text()) and None)
    database.engine.dispose()
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Makes empty databases of a kind."""
    made: list[tuple[Database, Callable[[], object]]] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            database = Database(f"sqlite:///{tmp_path / f'another{len(made)}.sqlite'}")
            made.append((database, lambda: None))
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = server.make(empty=True)
            database = Database(url)
            made.append((database, lambda: server.drop(url)))
        return database

    yield make
    for database, drop in made:
        database.close()
        drop()
