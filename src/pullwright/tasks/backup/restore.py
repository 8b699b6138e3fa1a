"""A backup brought back: into an empty database of either kind, on this machine or a new one."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import IO

import msgspec
from sqlalchemy import Connection, MetaData, select

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import Conflict, FixSettings
from pullwright.tasks.backup.archive import End, Manifest, manifest_of, read_archive, readable
from pullwright.tasks.backup.lock import unlock
from pullwright.tasks.backup.rows import add_lines, set_counters, tables_of
from pullwright.tasks.projects.connections import open_credential, open_webhook_secret
from pullwright.tasks.store.connections import list_connections
from pullwright.tasks.store.migrations.migrate import migrate, schema_revision
from pullwright.tasks.store.secrets import all_secrets
from pullwright.tasks.vault import VARIABLE, Vault, open_vault, secret_context, write_key_file


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought back. `has_key`: the vault's keys came along (`restored`), were there already (`there`), or are still to
    be brought (`missing`). `closed` counts the secrets that the keys that are there do not open."""

    manifest: Manifest
    end: End
    has_key: str
    closed: int


def restore(path: Path, database: Database, blobs: Blobs, data: Path, *, passphrase: str = "") -> Restored:
    """Bring a backup back. `data` is the service's data folder, where the key goes; blobs of the same names are replaced.

    The database must be without rows: it is filled in one transaction, then brought to this version's schema. Raises
    `Conflict` when it has rows, or when `data` has another key than the backup's; `FixSettings` for a file that is not
    whole (nothing is left of it in the database), of a newer Pullwright, or locked with another passphrase.

    The service that the backup is of must not go on beside the restored one: both would push and open pull requests.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = _Key(data, passphrase)
    members = read_archive(path)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as scratch, readable(path), closing(members):
        name, file = next(members, ("", io.BytesIO()))
        manifest = manifest_of(name, file.read())
        _make_ready(database, manifest)
        with database.engine.begin() as connection:
            end = _fill(connection, manifest, members, key, _Into(blobs, Path(scratch) / "blob"))
    migrate(database)
    has_key = key.keep()
    closed = 0 if has_key == "missing" and not os.environ.get(VARIABLE) else database.run(count_closed, open_vault(data))
    return Restored(manifest=manifest, end=end, has_key=has_key, closed=closed)


class _Key:
    """The vault's keys on their way from the archive to the data folder."""

    def __init__(self, data: Path, passphrase: str) -> None:
        self._file = data / "key"
        self._passphrase = passphrase
        self._keys = ""

    def take(self, name: str, content: bytes) -> None:
        """Found in the archive. Raises `Conflict` when the data folder has another."""
        if name == "key.locked" and not self._passphrase:
            raise FixSettings("the backup's key is locked", fix="Give the passphrase that it was made with.")
        self._keys = unlock(content, self._passphrase) if name == "key.locked" else content.decode()
        if self._file.exists() and self._file.read_text().split() != self._keys.split():
            raise Conflict(f"{self._file} is another key than the backup's", fix="Move it away, and restore again.")

    def keep(self) -> str:
        """Put them where they belong."""
        if self._file.exists():
            return "there"
        if not self._keys:
            return "missing"
        write_key_file(self._file, self._keys)
        return "restored"


class _Into:
    """The blobs on their way into their store."""

    def __init__(self, blobs: Blobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self.count = self.size = 0

    def take(self, name: str, file: IO[bytes]) -> None:
        """Found in the archive."""
        with self._path.open("wb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
            self.size += out.tell()
        self._blobs.put_file(name, self._path)
        self._path.unlink()
        self.count += 1


def _make_ready(database: Database, manifest: Manifest) -> None:
    """An empty database with the schema that the backup was made with."""
    with database.engine.begin() as connection:
        tables = tables_of(connection) if schema_revision(connection) else []
        if any(connection.execute(select(table).limit(1)).first() for table in tables):
            raise Conflict("the database is not empty: nothing was restored", fix="Give a new one.")
        if tables:
            there = MetaData()
            there.reflect(connection)
            there.drop_all(connection)
    migrate(database, manifest.revision)


def _fill(connection: Connection, manifest: Manifest, members: Iterable[tuple[str, IO[bytes]]], key: _Key, into: _Into) -> End:
    tables = {table.name: table for table in tables_of(connection)}
    rows: dict[str, int] = {}
    for name, file in members:
        folder, _, rest = name.partition("/")
        if folder == "tables":
            table = rest.removesuffix(".jsonl")
            rows[table] = add_lines(connection, tables[table], manifest.tables[table], (line.rstrip(b"\n") for line in file))
            set_counters(connection, tables[table])
        elif folder == "blobs":
            into.take(rest, file)
        elif name in ("key", "key.locked"):
            key.take(name, file.read())
        elif name == "end.json":
            end = msgspec.json.decode(file.read(), type=End)
            if end == End(rows=rows, blobs=into.count, blob_bytes=into.size):
                return end
    raise FixSettings("the backup is not whole: nothing was restored", fix="Copy the file again.")


def count_closed(connection: Connection, vault: Vault) -> int:
    """How many sealed values the vault's keys do not open."""
    closed = 0
    for secret in all_secrets(connection):
        closed += not _opens(lambda s=secret: vault.open(s.value, secret_context(s.environment_id, s.name)))
    for forge in list_connections(connection):
        closed += not _opens(lambda f=forge: open_credential(vault, f))
        closed += not _opens(lambda f=forge: open_webhook_secret(vault, f))
    return closed


def _opens(look: Callable[[], object]) -> bool:
    try:
        look()
    except FixSettings:
        return False
    return True
