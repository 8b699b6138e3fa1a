"""The revisions make what the tables say, once, on both databases."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from databases import Postgres
from pullwright.log.sql import database as database_module
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import METADATA
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.store.migrations.migrate import (
    _LOCK,
    _revisions,
    check_schema,
    migrate,
    newest_revision,
    schema_revision,
)


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)


def test_the_revisions_make_what_the_tables_say(database: Database) -> None:
    assert database.run(differences) == []
    check_schema(database)


def test_the_revisions_follow_each_other() -> None:
    script = ScriptDirectory(str(Path(migrate.__code__.co_filename).parent))
    assert script.get_current_head() == newest_revision()
    assert [revision.revision for revision in script.walk_revisions()] == sorted(_revisions(), reverse=True)


def test_a_database_is_migrated_once(empty_url: str) -> None:
    database = Database(empty_url)
    assert migrate(database)
    assert not migrate(database)
    database.close()


def _migrate_at(url: str) -> bool:
    database = Database(url)
    try:
        return migrate(database)
    finally:
        database.close()


def test_of_processes_that_start_together_one_migrates(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(_migrate_at, [empty_url] * 4)) == [False, False, False, True]


def test_who_comes_second_waits_for_as_long_as_it_takes(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "LOCKED", 0.1)
    url = postgres.make(empty=True)
    first = Database(url)
    with ThreadPoolExecutor(1) as pool, first.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        second = pool.submit(_migrate_at, url)
        time.sleep(0.5)
        assert not second.done()
        connection.rollback()
        assert second.result()
    first.close()
    postgres.drop(url)


def test_a_newer_schema_is_refused(database: Database) -> None:
    database.run(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    for refused in (migrate, check_schema):
        with pytest.raises(FixSettings, match="newer Pullwright") as caught:
            refused(database)
        assert caught.value.fix
    assert database.run(schema_revision) == "9999"


def test_a_database_without_schema_is_not_served(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(FixSettings, match="older than this"):
        check_schema(database)
    database.close()


def test_tables_of_somebody_else_are_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.run(lambda connection: connection.execute(text("CREATE TABLE tasks (id INTEGER)")))
    with pytest.raises(FixSettings, match="tasks"):
        migrate(database)
    assert database.run(lambda connection: inspect(connection).get_table_names()) == ["tasks"]
    database.close()


def test_a_revision_that_fails_leaves_the_database_as_it_was(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    upgrade = command.upgrade

    def breaks_off(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", breaks_off)
    database = Database(empty_url)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(database)
    assert database.run(lambda connection: inspect(connection).get_table_names()) == []
    database.close()
