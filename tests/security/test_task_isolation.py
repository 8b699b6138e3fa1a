"""Attempts see nothing of each other, and one that goes wild takes nobody along."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.log.sql.reading import read_events
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import NotFound
from pullwright.protocol.events import CommandRan
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Steer
from pullwright.protocol.policy import Limits
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.environments import put_environment
from pullwright.tasks.service.giving import give
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.records import EnvironmentSpec
from service_scene import Scene, scene

pytestmark = pytest.mark.anyio

SIGN = "sign-of-ann-77c1"
PORT = 18_345
LEAVE = (
    f"echo {SIGN} | tee /tmp/{SIGN} ~/{SIGN} {SIGN} > /dev/null; "
    f"python3 -m http.server {PORT} --bind 127.0.0.1 > /tmp/web 2>&1 & bash -c 'exec -a {SIGN} sleep 300' & "
    "sleep 1; echo up"
)
LOOK = (
    f"ls -d /tmp/{SIGN} ~/{SIGN} ./{SIGN} 2>/dev/null; "
    f"for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null; echo; done | grep -q '^{SIGN}' && echo process; "
    f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {PORT}), 2)' 2>/dev/null && echo port; true"
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def plays(lines: Mapping[str, list[str]]) -> Any:
    """A model that runs the lines of the word that the prompt begins with, then says that it is done."""

    def play(request: Mapping[str, Any]) -> Reply:
        said = " ".join(str(item.get("content", "")) for item in request["input"] if item.get("role") == "user")
        word = next(word for word in lines if f"task {word}." in said)
        done = sum(item.get("type") == "function_call_output" for item in request["input"])
        if done < len(lines[word]):
            return Answer(calls=(SaidCall("exec", {"command": lines[word][done], "timeout": 60}),))
        return Answer(text="Nothing is left to do.")

    return play


async def outputs(stage: Scene, view: TaskView) -> list[str]:
    """What the commands of a task's attempt said."""
    (attempt,) = view.attempts
    folder = stage.service.config.data / "blobs/sessions" / attempt.session / "artifacts"
    events = await read_events(stage.service.database, attempt.session, 0, 1000)
    return [(folder / event.artifact).read_text() if event.artifact else "" for event in events if isinstance(event, CommandRan)]


async def test_one_user_s_attempt_sees_nothing_of_another_s(tmp_path: Path, sqlite_url: str) -> None:
    play = plays({"ann": [LEAVE, LOOK, "sleep 20"], "bob": [LOOK]})
    async with scene(tmp_path, sqlite_url, play, verify=False) as stage:
        first = await stage.dispatch("task ann.")
        while len(found := await outputs(stage, await stage.until(first.id, "queued", "running"))) < 2:
            await asyncio.sleep(0.1)
        # The control: inside one attempt all of it is seen.
        assert [word in found[1] for word in (f"/tmp/{SIGN}", f"./{SIGN}", "process", "port")] == [True] * 4, found
        second = await stage.dispatch("task bob.")
        view = await stage.until(second.id, "answered")
        assert (await outputs(stage, view))[0].strip() == ""
        await stage.until(first.id, "running")  # it was there all the time


async def test_a_stranger_is_told_of_nothing(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, plays({"ann": []}), worker=False) as stage:
        task = await stage.dispatch("task ann.")
        stranger = Actor(user_id="usr_2", name="bob", roles={"prj_other": "admin"})
        assert (await view_task(stage.service, stage.ann, task.id)).id == task.id
        with pytest.raises(NotFound):
            await view_task(stage.service, stranger, task.id)
        with pytest.raises(NotFound):
            await give(stage.service, stranger, task.attempts[0].id, Steer(id=new_id("inp"), text="x"))


@pytest.mark.slow
async def test_a_fork_bomb_a_full_disk_and_a_crash_leave_the_others_green(tmp_path: Path, sqlite_url: str) -> None:
    wild = {
        "bomb": ["bash -c 'b() { b | b & }; b; sleep 5'", "echo after"],
        "disk": ["head -c 400M /dev/zero > full; head -c 400M /dev/zero > /tmp/full; ls -la full", "echo after"],
        "memory": ["python3 -c 'x = []\nwhile True: x.append(b\"x\" * (1 << 20))'", "echo after"],
        "crash": ["kill -9 -1; kill -9 1", "echo after"],
    }
    fine = {f"fine{number}": ["echo one > a.txt", "cat a.txt"] for number in range(16)}
    async with scene(tmp_path, sqlite_url, plays({**wild, **fine}), verify=False, slots=20) as stage:
        limits = Limits(memory_bytes=256 << 20, processes=64, disk_bytes=200 << 20)
        await put_environment(stage.service, stage.ann, "shop", "default", EnvironmentSpec(limits=limits))
        ids = {word: (await stage.dispatch(f"task {word}.")).id for word in (*wild, *fine)}
        for word in fine:
            view = await stage.until(ids[word], "review", seconds=240)
            assert [text.strip() for text in await outputs(stage, view)] == ["", "one"]
        for word in wild:  # each ends, one way or another
            for _ in range(2400):
                view = await view_task(stage.service, stage.ann, ids[word])
                if view.state not in ("queued", "running"):
                    break
                await asyncio.sleep(0.1)
            assert view.state in ("review", "answered", "failed", "needs_input"), (word, view.state)
