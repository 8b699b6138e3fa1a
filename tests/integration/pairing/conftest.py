"""A pairing on a small real project, with a scripted model over the wire; its requests are held to the rule of the prefix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench  # pyright: ignore

from prefixes import assert_announced


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch)
    yield bench
    assert_announced(bench.requests, tmp_path.rglob("log.jsonl"))
