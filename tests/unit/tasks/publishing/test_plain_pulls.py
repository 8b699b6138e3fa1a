"""Pull requests of a plain remote are changed side by side, and no change undoes another."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from planted import plant_project
from pullwright.forges.plain import PlainPull
from pullwright.log.sql.database import Database
from pullwright.tasks.publishing.plain import StoredPulls

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_of_changes_at_once_none_is_lost(database: Database) -> None:
    pulls = StoredPulls(database, database.run(plant_project).id)
    made = await pulls.add(PlainPull(title="t", body="", head_branch="h", base_branch="main", draft=False))

    def labelled(label: str):
        return lambda pull: msgspec.structs.replace(pull, labels=(*pull.labels, label))

    closing = pulls.change(made.number, lambda pull: msgspec.structs.replace(pull, state="closed"))
    await asyncio.gather(closing, *(pulls.change(made.number, labelled(str(number))) for number in range(20)))
    (kept,) = await pulls.all()
    assert kept.state == "closed"
    assert sorted(kept.labels, key=int) == [str(number) for number in range(20)]
    assert await pulls.change(99, labelled("x")) is None
