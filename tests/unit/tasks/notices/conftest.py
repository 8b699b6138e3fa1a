"""A scene on SQLite, and one on a database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deliveries_scene import Scene

from pullwright.log.sql.database import Database
from pullwright.tasks.vault import open_vault


@pytest.fixture
def scene(sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    database = Database(sqlite_url)
    yield Scene(database, open_vault(tmp_path / "vault"))
    database.close()


@pytest.fixture
def each_scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, open_vault(tmp_path / "vault"))
