"""A worker's machine keeps no folder that nobody needs, and takes none from under a turn."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from test_walk import fixing  # pyright: ignore

from pullwright.tasks.service.reviewing import send_back
from pullwright.tasks.work.folders import held_folder
from pullwright.tasks.work.sweeping import sweep
from service_scene import scene

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_folder_that_rested_goes_and_a_further_turn_makes_it_anew(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, verify=False) as stage:
        task = await stage.dispatch("the first price is not counted")
        view = await stage.until(task.id, "review")
        session = view.attempts[0].session
        folder = stage.service.config.data / "sessions" / session
        assert await sweep(stage.service) == []
        old = time.time() - 10 * 86_400
        os.utime(folder, (old, old))
        async with held_folder(stage.service.config.data, session):
            assert await sweep(stage.service) == []
        os.utime(folder, (old, old))
        stray = folder.with_name("ses_of_nobody")
        stray.mkdir()
        assert set(await sweep(stage.service)) == {folder, stray}
        await send_back(stage.service, stage.ann, task.id, "Ann sends it back: count them")
        view = await stage.until(task.id, "review")
        assert len(view.attempts[0].turns) == 2
        assert view.attempts[0].head
        assert folder.is_dir()
