"""Everything that the service keeps, into one file, while it runs.

The rows are those of one moment: of a copy that SQLite makes while others write, or of one repeatable-read transaction of
PostgreSQL. The blobs are taken after them: what a row names was kept before the row was written, so it is there.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Table, create_engine

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.backup.archive import Drain, End, Manifest, write_archive
from pullwright.tasks.backup.lock import lock
from pullwright.tasks.backup.rows import lines_of, tables_of
from pullwright.tasks.store.migrations.migrate import schema_revision
from pullwright.tasks.vault import Vault


class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was made, and how much it holds. `has_key`: open, locked, or not."""

    path: Path
    size: int
    manifest: Manifest
    end: End
    has_key: str


def back_up(
    database: Database,
    blobs: Blobs,
    path: Path,
    *,
    vault: Vault | None = None,
    passphrase: str = "",
) -> BackedUp:
    """Write a backup to `path`, which is replaced when it is whole.

    With `vault` its keys go along: locked by `passphrase`, or open when there is none; whoever has the file then has every
    secret. Without, the restored service needs the keys from elsewhere. Raises `FixSettings` where there is nothing to back up.
    """
    keys = vault.export() if vault else ""
    locked = lock(keys, passphrase) if passphrase and keys else b""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as scratch, write_archive(path, Path(scratch)) as drain:
        with _at_one_moment(database, Path(scratch)) as connection:
            tables = tables_of(connection)
            manifest = _manifest(connection, database, tables)
            drain.put("manifest.json", msgspec.json.encode(manifest))
            if keys:
                drain.put("key.locked" if locked else "key", locked or keys.encode())
            rows = {
                str(table.name): drain.put_lines(f"tables/{table.name}.jsonl", lines_of(connection, table)) for table in tables
            }
        count, size = _put_blobs(drain, blobs)
        end = End(rows=rows, blobs=count, blob_bytes=size)
        drain.put("end.json", msgspec.json.encode(end))
    has_key = "locked" if locked else "open" if keys else "no"
    return BackedUp(path=path, size=path.stat().st_size, manifest=manifest, end=end, has_key=has_key)


def _manifest(connection: Connection, database: Database, tables: Sequence[Table]) -> Manifest:
    revision = schema_revision(connection)
    if not revision:
        raise FixSettings("the database is empty: there is nothing to back up", fix="Name the service's own database.")
    return Manifest(
        revision=revision,
        database="sqlite" if database.is_sqlite else "postgresql",
        made=time.time(),
        tables={str(table.name): tuple(map(str, table.columns.keys())) for table in tables},
    )


@contextmanager
def _at_one_moment(database: Database, scratch: Path) -> Iterator[Connection]:
    """A connection that sees the database as it was at one moment, and keeps nobody from writing."""
    if not database.is_sqlite:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with database.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
        return
    copy = scratch / "copy.sqlite"
    source, target = sqlite3.connect(database.url.removeprefix("sqlite:///")), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
        copy.unlink()


def _put_blobs(drain: Drain, blobs: Blobs) -> tuple[int, int]:
    count = size = 0
    path = drain.scratch / "blob"
    for name in blobs.names():
        with suppress(KeyError):  # let go in the meantime
            blobs.fetch_file(name, path)
            size += drain.put_file(f"blobs/{name}", path)
            path.unlink()
            count += 1
    return count, size
