"""A sandbox that is killed costs its turn some seconds, and nothing else; one that always dies ends it, and says why."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.log.sql.reading import read_events
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.events import TurnStarted
from service_scene import Scene, git, scene

pytestmark = pytest.mark.anyio

SLEEP = f"sleep 60.{os.getpid()}"
"""Known among all processes of the machine: other tests have sandboxes, too."""
FIX = r"sed -i 's/prices\[1:\]/prices/' shop.py"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def outputs(request: Mapping[str, Any]) -> list[str]:
    return [str(item["output"]) for item in request["input"] if item.get("type") == "function_call_output"]


def boxes(of: Path) -> list[int]:
    """Processes started by this one that belong to a sandbox of the scene."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and str(of).encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


async def kill_one(of: Path) -> None:
    while not (found := boxes(of)):
        await asyncio.sleep(0.02)
    for pid in found:
        os.kill(pid, signal.SIGKILL)


async def test_a_turn_goes_on_in_a_new_sandbox(tmp_path: Path, sqlite_url: str) -> None:
    killed = asyncio.Event()
    told: list[list[str]] = []

    def play(request: Mapping[str, Any]) -> Reply:
        said = outputs(request)
        told.append(said)
        if not said:
            return Answer(calls=(SaidCall("exec", {"command": f"{FIX} && echo fixed"}),))
        if not killed.is_set():
            return Answer(calls=(SaidCall("exec", {"command": f"echo late > late.txt; {SLEEP}"}),))
        return Answer(text="Count the first price as well.")

    async with scene(tmp_path, sqlite_url, play, silence=3.0, verify=False) as stage:
        task = await stage.dispatch("the first price is not counted")
        await second_step(stage, task.id)
        await kill_one(tmp_path)
        killed.set()
        seen = await stage.until(task.id, "review")
        (attempt,) = seen.attempts
        events = await read_events(stage.service.database, attempt.session, 0, 1000)
        assert [event.resumed for event in events if isinstance(event, TurnStarted)] == [False, True]
        (clone,) = (tmp_path / "data/clones").iterdir()
        assert "shop.py" in git(clone, "show", "--stat", attempt.head)
        assert any("nterrupted" in text for text in told[-1]), "the model hears of the call that was cut off"


async def test_one_that_always_dies_ends_the_turn(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pullwright.tasks.engine import dbos_engine

    monkeypatch.setattr(dbos_engine, "AGAIN", 1)

    def play(request: Mapping[str, Any]) -> Reply:
        return Answer(calls=(SaidCall("exec", {"command": SLEEP}),))

    async with scene(tmp_path, sqlite_url, play, silence=3.0, verify=False) as stage:
        task = await stage.dispatch("the first price is not counted")
        for _ in range(2):
            await stage.until(task.id, "running")
            await asleep()
            await kill_one(tmp_path)
            await asyncio.sleep(0.5)
        async with asyncio.timeout(30):
            while (await stage.service.database.read(_states, task.id)) != ["failed"]:
                await asyncio.sleep(0.05)


async def second_step(stage: Scene, task: str) -> None:
    """The task's second command runs."""
    await stage.until(task, "running")
    await asleep()


async def asleep() -> None:
    """A command of a sandbox sleeps."""
    async with asyncio.timeout(30):
        while not any(SLEEP.replace(" ", "\0").encode() in _words(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
            await asyncio.sleep(0.02)


def _words(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _states(connection: Any, task: str) -> list[str]:
    from pullwright.tasks.store.attempts import attempts_of

    return [attempt.state for attempt in attempts_of(connection, task)]
