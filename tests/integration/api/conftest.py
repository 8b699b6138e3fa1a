"""One server for a run's tests of the API; each test is asked for each wire of the upstream."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import OpenAI

from api.world import MODELS, WIRES, ApiWorld


@pytest.fixture(scope="package")  # it ends with these tests: others turn the clock of the whole process
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorld]:
    with ApiWorld.open(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture
def client(api: ApiWorld) -> Iterator[OpenAI]:
    with api.client() as opened:
        yield opened


@pytest.fixture(params=WIRES)
def model(request: pytest.FixtureRequest) -> str:
    """A model behind each wire."""
    return MODELS[request.param]
