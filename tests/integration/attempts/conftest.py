"""The sample project as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample import Sample  # pyright: ignore


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path)
