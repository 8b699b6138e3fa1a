"""Bring a database to this version's schema.

Alembic is imported only when there is something to do: it costs each process 0.15 s of CPU and 8 MB.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, inspect, text

from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import METADATA
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.store import api_tables as _tables  # puts the service's tables beside the log's

__all__ = ["check_schema", "migrate", "newest_revision", "schema_revision"]

_LOCK = 7309453
"""PostgreSQL's advisory lock of whoever migrates: a number that nothing else of ours takes."""
_ = _tables


def migrate(database: Database, revision: str = "") -> bool:
    """Bring the database to `revision` (blocking), in one transaction; False: it was there already. Empty: to the newest.

    Several processes may call it at once: one does the work, the others wait for it. Raises `FixSettings` for a database
    of a newer Pullwright, and for one whose tables are somebody else's.
    """
    revision = revision or newest_revision()
    if database.run(schema_revision) == revision:  # waits until it can be reached, too
        return False
    with database.engine.connect() as connection, _lenient(connection), connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever comes first may take a while
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = schema_revision(connection)
        for known in (before, revision):
            _check_known(known)
        if before == revision:
            return False
        from pullwright.tasks.store.migrations.upgrading import upgrade

        upgrade(connection, revision)
        return True


def check_schema(database: Database) -> None:
    """Raises `FixSettings` unless the database is at this version's schema (blocking): for what must not migrate."""
    revision = database.run(schema_revision)
    _check_known(revision)
    if revision != newest_revision():
        raise FixSettings("the database's schema is older than this Pullwright", fix="Run `pullwright admin migrate`.")


def schema_revision(connection: Connection) -> str:
    """The revision that a database is at; empty: it has no schema yet. Raises `FixSettings` when tables are in the way."""
    inspector = inspect(connection)
    if inspector.has_table("alembic_version"):
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if in_the_way := sorted(set(inspector.get_table_names()) & set(METADATA.tables)):
        raise FixSettings(
            f"the database has tables that Pullwright did not make: {', '.join(in_the_way[:5])}",
            fix="Give Pullwright a database of its own.",
        )
    return ""


def newest_revision() -> str:
    """This version's schema: the highest number among the revisions' files."""
    return max(_revisions())


def _revisions() -> set[str]:
    return {path.name[1:5] for path in (Path(__file__).parent / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py")}


def _check_known(revision: str) -> None:
    if revision and revision not in _revisions():
        raise FixSettings(
            f"this is of a newer Pullwright (the schema {revision} is not known here)",
            fix="Install that version or a newer one, or restore the backup that was made before it.",
        )


@contextmanager
def _lenient(connection: Connection) -> Iterator[None]:
    """On SQLite without foreign keys: a table is changed by making it anew, and dropping the old one would empty others."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
