"""The sample project as a fixture; what was sent to the model in a test is held to the rule of the prefix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sample import Sample  # pyright: ignore

from prefixes import assert_announced


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    sample = Sample(tmp_path)
    yield sample
    assert_announced(sample.requests, tmp_path.rglob("log.jsonl"))
