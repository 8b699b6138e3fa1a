"""A backup that is made while others write is of one moment, and comes back whole: into either kind, elsewhere, or not at all."""

from __future__ import annotations

import gzip
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from kept import contents
from pullwright.log.blobs import open_blobs
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import events, log_heads
from pullwright.protocol.errors import Conflict, FixSettings
from pullwright.tasks.backup.backup import back_up
from pullwright.tasks.backup.restore import restore
from pullwright.tasks.store import tables
from pullwright.tasks.store.audit import AuditFilter, add_audit, list_audit
from pullwright.tasks.store.migrations.migrate import check_schema, migrate
from pullwright.tasks.store.rows.accounts import AuditEntry
from pullwright.tasks.vault import open_vault, secret_context

PASSPHRASE = "correct horse battery"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_was_backed_up_comes_back_equal_in_either_kind(
    kind: str, full: Database, another: Callable[[str], Database], tmp_path: Path
) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    blobs.put("sessions/ses_1/artifacts/a.txt", b"\x00" * 100_000)
    blobs.put("setups/b", b"")
    path = tmp_path / "backup.tar.gz"
    made = back_up(full, blobs, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (made.end.blobs, made.end.blob_bytes, made.has_key) == (2, 100_000, "no")
    target, new_blobs = another(kind), open_blobs(tmp_path / "new_blobs")
    restored = restore(path, target, new_blobs, tmp_path / "new")
    assert restored.end == made.end
    check_schema(target)
    assert contents(target) == contents(full)
    assert new_blobs.names() == blobs.names()
    assert new_blobs.get("sessions/ses_1/artifacts/a.txt") == b"\x00" * 100_000
    target.run(add_audit, AuditEntry(time=1.0, action="after"))
    newest = target.run(list_audit, AuditFilter(limit=1))[0]
    assert newest.number > max(entry.number for entry in full.run(list_audit, AuditFilter()))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def _write(connection: Connection, number: int) -> None:
    """One transaction that keeps heads and events equal."""
    connection.execute(insert(log_heads).values(session=f"ses_{number}", seq=3, created=0.0))
    connection.execute(insert(events), [{"session": f"ses_{number}", "seq": seq, "data": b"x" * 500} for seq in (1, 2, 3)])
    connection.execute(update(tables.tasks).values(changed=float(number)))


def test_a_backup_under_writes_is_of_one_moment(full: Database, another: Callable[[str], Database], tmp_path: Path) -> None:
    stop, wrote = threading.Event(), threading.Event()
    done = 0

    def write() -> None:
        nonlocal done
        while not stop.is_set():
            full.run(_write, done)
            done += 1
            if done > 20:
                wrote.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wrote.wait(30)
        began = done
        back_up(full, open_blobs(tmp_path / "blobs"), tmp_path / "backup")
        ended = done
    finally:
        stop.set()
        writer.join()
    assert ended > began
    target = another("sqlite")
    restore(tmp_path / "backup", target, open_blobs(tmp_path / "new_blobs"), tmp_path / "new")

    def look(connection: Connection) -> tuple[list[str], list[tuple[str, int]], float]:
        heads = connection.scalars(select(log_heads.c.session).where(log_heads.c.session.like("ses~_%", escape="~"))).all()
        ours = events.c.session.like("ses~_%", escape="~")
        found = connection.execute(select(events.c.session, events.c.seq).where(ours)).all()
        return list(heads), [(row[0], row[1]) for row in found], connection.scalars(select(tables.tasks.c.changed)).one()

    heads, found, changed = target.run(look)
    assert began <= len(heads) <= ended + 1
    assert sorted(found) == sorted((session, seq) for session in heads for seq in (1, 2, 3))
    assert changed == len(heads) - 1


def test_the_key_goes_along_only_when_asked_and_opens_the_secrets_elsewhere(
    full: Database, another: Callable[[str], Database], tmp_path: Path
) -> None:
    vault = open_vault(tmp_path / "old")
    sealed = vault.seal(b"hunter2", secret_context("environments_id", "secrets_name"))
    full.run(lambda connection: connection.execute(update(tables.secrets).values(value=sealed)) and None)
    nothing = update(tables.connections).values(credential=None, webhook_secret=None)
    full.run(lambda connection: connection.execute(nothing) and None)
    blobs = open_blobs(tmp_path / "blobs")
    back_up(full, blobs, tmp_path / "without")
    back_up(full, blobs, tmp_path / "open", vault=vault)
    back_up(full, blobs, tmp_path / "locked", vault=vault, passphrase=PASSPHRASE)
    key = vault.export().encode()
    for name, has_it in (("without", False), ("open", True), ("locked", False)):
        assert (key in gzip.decompress((tmp_path / name).read_bytes())) is has_it
        assert b"hunter2" not in gzip.decompress((tmp_path / name).read_bytes())
    with pytest.raises(FixSettings, match="is locked"):
        restore(tmp_path / "locked", another("sqlite"), blobs, tmp_path / "a")
    with pytest.raises(FixSettings, match="does not open"):
        restore(tmp_path / "locked", another("sqlite"), blobs, tmp_path / "a", passphrase="another passphrase")
    for name, has_key, closed in (("without", "missing", 0), ("open", "restored", 0), ("locked", "restored", 0)):
        to = tmp_path / f"to_{name}"
        restored = restore(tmp_path / name, another("sqlite"), blobs, to, passphrase=PASSPHRASE)
        assert (restored.has_key, restored.closed) == (has_key, closed)
    assert open_vault(tmp_path / "to_locked").open(sealed, secret_context("environments_id", "secrets_name")) == b"hunter2"
    open_vault(tmp_path / "other")
    assert restore(tmp_path / "without", another("sqlite"), blobs, tmp_path / "other").closed == 1
    with pytest.raises(Conflict, match="another key"):
        restore(tmp_path / "open", another("sqlite"), blobs, tmp_path / "other")


def test_a_database_with_rows_is_not_restored_over(full: Database, another: Callable[[str], Database], tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    back_up(full, blobs, tmp_path / "backup")
    before = contents(full)
    with pytest.raises(Conflict, match="not empty"):
        restore(tmp_path / "backup", full, blobs, tmp_path / "new")
    assert contents(full) == before
    target = another("sqlite")
    migrate(target)
    restore(tmp_path / "backup", target, blobs, tmp_path / "new")
    assert contents(target) == before


def test_what_is_not_whole_restores_nothing(full: Database, another: Callable[[str], Database], tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    blobs.put("a", bytes(range(256)) * 100)
    back_up(full, blobs, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    target = another("sqlite" if full.is_sqlite else "postgres")
    for length in (0, len(whole) // 2, len(whole) - 100):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(FixSettings):
            restore(tmp_path / "cut", target, open_blobs(tmp_path / "b"), tmp_path / "new")
        assert not any(contents(target).values())
    (tmp_path / "other.gz").write_bytes(gzip.compress(b"not a tar" * 1000))
    with pytest.raises(FixSettings):
        restore(tmp_path / "other.gz", target, open_blobs(tmp_path / "b"), tmp_path / "new")
    restore(tmp_path / "backup", target, open_blobs(tmp_path / "b"), tmp_path / "new")
    assert contents(target) == contents(full)


def test_nothing_is_written_when_there_is_nothing_to_back_up(empty_url: str, tmp_path: Path) -> None:
    database = Database(empty_url)
    (tmp_path / "backups").mkdir()
    with pytest.raises(FixSettings, match="nothing to back up"):
        back_up(database, open_blobs(tmp_path / "blobs"), tmp_path / "backups/backup")
    assert list((tmp_path / "backups").iterdir()) == []
    database.close()
