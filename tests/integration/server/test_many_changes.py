"""A stream of changes tells of all tasks, however many change in one moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from planted import plant_project, plant_task, plant_user
from pullwright.models.mock.script import Answer, Reply
from pullwright.server.desk import Call
from pullwright.server.streams.changes import PAGE, changes
from service_scene import scene

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def silent(_request: Mapping[str, Any]) -> Reply:
    return Answer(text="")


def many(connection: Connection) -> None:
    user, project, now = plant_user(connection), plant_project(connection), time.time()
    for _ in range(PAGE * 2 + 3):
        plant_task(connection, user, project, changed=now)


async def test_more_tasks_than_a_page_that_change_at_once_are_all_told_of_once(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        feeds = SimpleNamespace(closing=asyncio.Event(), beat=2.0)
        call = cast("Call", SimpleNamespace(service=stage.service, actor=stage.ann, desk=SimpleNamespace(feeds=feeds)))
        await stage.service.database.write(many)
        told = 0
        async for chunk in changes(call, "1.0"):
            told += chunk.count(b"\ndata: ")
            if chunk.startswith(b":"):  # nothing more for a while
                break
        assert told == PAGE * 2 + 3
