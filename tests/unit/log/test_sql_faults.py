"""What SQLite says of its file is told with what to do about it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from pullwright.log.sql.database import Database
from pullwright.protocol.errors import FixMachine, PullwrightError, TryAgainLater


def look(connection: Connection) -> None:
    connection.execute(text("SELECT * FROM sqlite_master"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"garbage" * 2000)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(FixMachine, match="damaged") as told:
        database.run(look)
    database.close()
    assert "restore" in told.value.fix


@pytest.mark.parametrize(
    ("said", "kind", "fix"),
    [
        ("attempt to write a readonly database", FixMachine, "write"),
        ("unable to open database file", FixMachine, "write"),
        ("disk I/O error", FixMachine, "system"),
        ("database or disk is full", TryAgainLater, "room"),
    ],
)
def test_what_the_disk_does(tmp_path: Path, said: str, kind: type[PullwrightError], fix: str) -> None:
    def breaks(_connection: Connection) -> None:
        raise OperationalError("", {}, sqlite3.OperationalError(said))

    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}", patience=0.0)
    with pytest.raises(kind) as told:
        database.run(breaks)
    database.close()
    assert fix in told.value.fix


def test_the_log_comes_into_the_file_without_a_commit_that_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.log.sql.database.CHECKPOINT", 5)
    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    database.run(lambda connection: connection.execute(text("CREATE TABLE t (a)")))
    for _ in range(9):
        database.run(lambda connection: connection.execute(text("INSERT INTO t VALUES (randomblob(4000))")))
    assert database._checkpoints.submit(lambda: True).result(30)
    into_file = path.stat().st_size
    database.close()
    assert into_file > 20_000
