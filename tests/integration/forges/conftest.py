"""One loop for all tests here, and one HTTP client for each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from pullwright.forges.open import new_client


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client() as client:
        yield client
