"""One server for a module: its tests leave each other's rows alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.open(tmp_path_factory.mktemp("server")) as opened:
        yield opened
