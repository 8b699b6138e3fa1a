"""A worker that stops hands its turn over: to one on the same machine with all its files, to one elsewhere with what was kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.log import SqlLog
from pullwright.log.sql.reading import read_events
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import LogConflict
from pullwright.protocol.events import Noticed, TurnStarted
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.running import give_away
from pullwright.tasks.work.worker import worker_within
from service_scene import Scene, git, scene

pytestmark = pytest.mark.anyio

FIX = r"sed -i 's/prices\[1:\]/prices/' shop.py; mkdir build; echo made > build/here; echo build > .gitignore"
TOLD = "goes on on another machine"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Play:
    """Fixes the bug, then does something long; looks around after it was interrupted, and says that it is done."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.asked: list[str] = []

    def __call__(self, request: Mapping[str, Any]) -> Reply:
        outputs = [item["output"] for item in request["input"] if item.get("type") == "function_call_output"]
        self.asked.append(json.dumps(request["input"]))
        if not outputs:
            return Answer(calls=(SaidCall("exec", {"command": FIX}),))
        if len(outputs) == 1:
            self.waits.set()
            return Answer(calls=(SaidCall("exec", {"command": "echo half > half.txt; sleep 300"}),))
        if len(outputs) == 2:
            return Answer(calls=(SaidCall("exec", {"command": "ls . build"}),))
        return Answer(text="Count the first price as well.")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_drained_workers_turn_goes_on(request: pytest.FixtureRequest, tmp_path: Path, kind: str, elsewhere: bool) -> None:
    url, play = str(request.getfixturevalue(f"{kind}_url")), Play()
    async with scene(tmp_path, url, play, worker=False, verify=False, blobs=str(tmp_path / "blobs")) as stage:
        async with worker_within(stage.service, drain=0.0):
            task = await stage.dispatch("Fix the total")
            async with asyncio.timeout(60):
                await play.waits.wait()
                await asyncio.sleep(0.5)
        asked = len(play.asked)
        config = stage.service.config
        if elsewhere:
            config = msgspec.structs.replace(config, data=tmp_path / "other/data", cache=tmp_path / "other/cache")
        async with Service.open(config) as service, worker_within(service):
            other = Scene(service, stage.model, stage.repository, stage.ann)
            done = await other.until(task.id, "review", "done", "merged")
        (attempt,) = done.attempts
        events = await read_events(stage.service.database, attempt.session, limit=10_000)
        assert [event.resumed for event in events if isinstance(event, TurnStarted)] == [False, True]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert (TOLD in play.asked[asked]) is elsewhere
        look = play.asked[-1]
        assert "shop.py" in look
        assert ("here" in look.rpartition("build")[2]) is not elsewhere, "ignored files stay where they were made"
        assert "half.txt" not in look.rpartition("function_call_output")[2]
        assert "sum(prices)" in git(stage.repository, "show", f"{attempt.branch}:shop.py")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_who_was_given_up_takes_nothing_from_its_heir(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """It ends late, and gives away a log that is another one's by now."""
    database = Database(str(request.getfixturevalue(f"{kind}_url")))
    try:
        late, heir = [await SqlLog.open(database, "s", FolderArtifacts(tmp_path), Bells()) for _ in range(2)]
        await late.claim()
        await heir.claim()
        assert not await database.write(give_away, "s", late.generation)
        await heir.append([Noticed(level="info", text="mine")], expected_seq=0, generation=heir.generation)
        assert await database.write(give_away, "s", heir.generation)
        with pytest.raises(LogConflict):
            await heir.append([Noticed(level="info", text="no more")], expected_seq=1, generation=heir.generation)
    finally:
        database.close()
