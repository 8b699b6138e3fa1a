"""The bench that this room's tests work at."""

from pathlib import Path

import pytest
from workbench import Workbench


@pytest.fixture
def work(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)
