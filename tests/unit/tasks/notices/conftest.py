"""A scene on a database of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from deliveries_scene import Scene

from pullwright.log.sql.database import Database
from pullwright.tasks.vault import open_vault


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, open_vault(tmp_path / "vault"))
