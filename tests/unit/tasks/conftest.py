"""A service for the people and projects of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from kept import KeptHere
from pullwright.log.sql.database import Database
from pullwright.tasks.vault import open_vault


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> KeptHere:
    """A database of each kind, with a vault."""
    return KeptHere(database, open_vault(tmp_path / "vault"))
