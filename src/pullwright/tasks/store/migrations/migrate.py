"""Bring a database to this version's schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import METADATA
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.store import tables as _tables  # puts the service's tables beside the log's

__all__ = ["check_schema", "migrate", "schema_revision"]

_LOCK = 7309453
"""PostgreSQL's advisory lock of whoever migrates: a number that nothing else of ours takes."""
_ = _tables


def migrate(database: Database, revision: str = "head") -> bool:
    """Bring the database to `revision` (blocking), in one transaction; False: it was there already.

    Several processes may call it at once: one does the work, the others wait for it. Raises `FixSettings` for a database
    of a newer Pullwright, and for one whose tables are somebody else's.
    """
    database.run(lambda connection: connection.execute(text("SELECT 1")))  # waits until it can be reached
    with database.engine.connect() as connection, _lenient(connection), connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever comes first may take a while
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = schema_revision(connection)
        config = _config(connection)
        script = ScriptDirectory.from_config(config)
        if _known(script, before) == script.get_revision(_known(script, revision)).revision:
            return False
        command.upgrade(config, revision)
        return True


def check_schema(database: Database) -> None:
    """Raises `FixSettings` unless the database is at this version's schema (blocking): for what must not migrate."""
    script = ScriptDirectory.from_config(_config(None))
    revision = _known(script, database.run(schema_revision))
    if revision != script.get_current_head():
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


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _known(script: ScriptDirectory, revision: str) -> str:
    """The same revision, when this version knows it."""
    try:
        if revision:
            script.get_revision(revision)
    except CommandError as error:
        raise FixSettings(
            f"this is of a newer Pullwright (the schema {revision} is not known here)",
            fix="Install that version or a newer one, or restore the backup that was made before it.",
        ) from error
    return revision


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
