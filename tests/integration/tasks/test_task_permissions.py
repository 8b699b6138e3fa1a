"""A task whose agent has to ask: answered while it runs and after it rests, once, for the session, with a no; by two at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from pullwright.log.sql.reading import read_events
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.events import PermissionAnswered, PermissionAsked, TurnStarted
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer as Answered
from pullwright.protocol.inputs import RaiseBudget
from pullwright.protocol.outcomes import NeedsInput
from pullwright.protocol.policy import Budget
from pullwright.tasks.service.dispatching import retry
from pullwright.tasks.service.giving import give
from pullwright.tasks.service.listing import count_lines, list_lines
from pullwright.tasks.service.reviewing import send_back
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.tasks import TaskFilter
from service_scene import Scene, rests, said, scene

pytestmark = pytest.mark.anyio
NOTE = "Put it into NOTES.md instead"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def writing(request: Mapping[str, Any]) -> Reply:
    """Write one file twice, then run something; say what came of the last."""
    outputs = [item["output"] for item in request["input"] if item.get("type") == "function_call_output"]
    if not rests(request) and "again" not in said(request):
        return write("one\n")
    if len(outputs) == 1 and "did not allow" not in outputs[0]:
        return write("one\ntwo\n")
    if len(outputs) == 2:
        return Answer(calls=(SaidCall("exec", {"command": "touch made"}),))
    if "again" in said(request) and not rests(request):
        return write("three\n")
    return Answer(text=f"It came to this.\n\n{outputs[-1][:200]}")


def write(text: str) -> Reply:
    return Answer(calls=(SaidCall("write", {"path": "notes.txt", "content": text}),))


async def asked(stage: Scene, task: str, number: int = 1) -> PermissionAsked:
    """The task's `number`th permission, once it is asked."""
    return (await asked_and_answered(stage, task, number))[0][number - 1]


async def asked_and_answered(stage: Scene, task: str, most: int) -> tuple[list[PermissionAsked], list[PermissionAnswered]]:
    """What was asked and answered, once so much was asked."""
    async with asyncio.timeout(60):
        while True:
            view = await view_task(stage.service, stage.ann, task)
            events = await read_events(stage.service.database, view.attempts[0].session)
            found = [one for one in events if isinstance(one, PermissionAsked)]
            if len(found) >= most:
                return found, [one for one in events if isinstance(one, PermissionAnswered)]
            assert view.state in ("queued", "running", "needs_input"), view.attempts[0].outcome
            await asyncio.sleep(0.05)


async def answer(
    stage: Scene, task: str, question: str, verdict: Literal["once", "session", "always", "no"], text: str = ""
) -> str:
    view = await view_task(stage.service, stage.ann, task)
    given = Answered(id=new_id("inp"), question=question, verdict=verdict, text=text)
    return await give(stage.service, stage.ann, view.attempts[0].id, given)


async def test_an_edit_is_asked_about_and_each_answer_counts_for_what_it_says(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, writing, verify=False) as stage:
        task = await stage.dispatch("write it down", approval="suggest")
        assert task.approval == "suggest"
        first = await asked(stage, task.id)
        assert (first.effect, first.scope) == ("edit", "edits of `notes.txt`")
        assert "+one" in first.detail
        assert first.preview

        assert await answer(stage, task.id, first.id, "once") == "put"
        second = await asked(stage, task.id, 2)
        assert "+two" in second.detail, "once was for one call"
        assert await answer(stage, task.id, second.id, "always") == "put"
        third = await asked(stage, task.id, 3)
        assert (third.effect, third.detail) == ("execute", "touch made")
        assert await answer(stage, task.id, third.id, "no", NOTE) == "put"
        seen = await stage.until(task.id, "review")
        assert seen.attempts[0].outcome is not None
        assert NOTE in seen.attempts[0].outcome.message
        _, answers = await asked_and_answered(stage, task.id, 3)
        assert [(one.verdict, one.by) for one in answers] == [("once", "ann"), ("session", "ann"), ("no", "ann")]

        await send_back(stage.service, stage.ann, task.id, "again")  # the session's scope holds for the turns after it
        async with asyncio.timeout(60):
            while len((seen := await stage.until(task.id, "review")).attempts[0].turns) < 2 or seen.state != "review":
                await asyncio.sleep(0.05)
        assert len((await asked_and_answered(stage, task.id, 3))[0]) == 3


@pytest.mark.parametrize(("mode", "effects"), [("auto-edit", ["execute"]), ("full-auto", [])])
async def test_other_modes_ask_less(tmp_path: Path, sqlite_url: str, mode: str, effects: list[str]) -> None:
    async with scene(tmp_path, sqlite_url, writing, verify=False, patience=0.2) as stage:
        task = await stage.dispatch("write it down", approval=mode)
        await stage.until(task.id, "needs_input" if effects else "review")
        found, _ = await asked_and_answered(stage, task.id, len(effects))
        assert [one.effect for one in found] == effects


async def test_an_answer_after_the_patience_begins_the_turn_in_which_the_call_runs(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, writing, verify=False, patience=0.2) as stage:
        task = await stage.dispatch("write it down", approval="suggest")
        seen = await stage.until(task.id, "needs_input")
        first = await asked(stage, task.id)
        outcome = seen.attempts[0].outcome
        assert isinstance(outcome, NeedsInput)
        assert outcome.question == first.id
        assert await answer(stage, task.id, first.id, "session") == "queued"
        assert await answer(stage, task.id, first.id, "no", "too late") == "known", "the first answer counts"
        second = await asked(stage, task.id, 2)
        assert second.effect == "execute", "the first call ran, and the second was of the session's scope"
        seen = await stage.until(task.id, "needs_input")
        assert [turn.kind for turn in seen.attempts[0].turns] == ["prompt", "answer"]
        events = await read_events(stage.service.database, seen.attempts[0].session)
        assert [one.approval for one in events if isinstance(one, TurnStarted)] == ["suggest", "suggest"]


async def test_a_task_that_is_tried_again_asks_as_before(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        return write("one\n") if "ready" in said(request) else Answer(text="")

    async with scene(tmp_path, sqlite_url, play, patience=0.2) as stage:
        task = await stage.dispatch("get ready", approval="suggest")
        await retry(stage.service, stage.ann, task.id, fresh=True)
        async with asyncio.timeout(60):
            while [one.state for one in (await stage.until(task.id, "needs_input")).attempts] != ["needs_input"] * 2:
                await asyncio.sleep(0.05)


async def test_a_task_needs_somebody_while_it_asks_and_once_it_rests(tmp_path: Path, database_url: str) -> None:
    everything = TaskFilter()
    async with scene(tmp_path, database_url, writing, verify=False, patience=3.0) as stage:
        task = await stage.dispatch("write it down", approval="suggest")
        await asked(stage, task.id)
        states: set[str] = set()
        async with asyncio.timeout(60):
            while states != {"running", "needs_input"}:
                (line,) = await list_lines(stage.service, stage.ann, everything, needing=True)
                assert "notes.txt" in line.asks
                assert (await count_lines(stage.service, stage.ann, everything)).needing == 1
                states.add(line.state)
                await asyncio.sleep(0.05)


async def test_more_budget_is_an_answer_to_an_attempt_that_rests_on_that_question(tmp_path: Path, database_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        outputs = [item for item in request["input"] if item.get("type") == "function_call_output"]
        if len(outputs) == 6:
            return Answer(text="Done.")
        return Answer(calls=(SaidCall("exec", {"command": f"echo {len(outputs)}"}),))

    async with scene(tmp_path, database_url, play, patience=0.2) as stage:
        task = await stage.dispatch("count", budget=Budget(steps=5, soft=0.5))
        seen = await stage.until(task.id, "needs_input")
        given = RaiseBudget(id="inp_more", budget=Budget(steps=50))
        assert await give(stage.service, stage.ann, seen.attempts[0].id, given) == "queued"
        assert await give(stage.service, stage.ann, seen.attempts[0].id, given) == "known"
        seen = await stage.until(task.id, "answered")
        assert [turn.kind for turn in seen.attempts[0].turns] == ["prompt", "answer"]
