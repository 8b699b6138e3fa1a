"""The `agent` model over a real service: a task is dispatched by a request, told, gone on with, stopped."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, update

from pullwright.forges.plain import Plain
from pullwright.forges.records import Check
from pullwright.log.sql.tables import events
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import Conflict, NotFound
from pullwright.tasks.backup.retention import let_go
from pullwright.tasks.responses.agent.beginning import begin_task, cancel
from pullwright.tasks.responses.agent.ending import link_of
from pullwright.tasks.responses.agent.watching import frames
from pullwright.tasks.service.reviewing import approve
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.notices import NOTICES, add_endpoint
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import ProjectSettings, Retention
from pullwright.tasks.store.rows.notices import NoticeEndpoint
from service_scene import git, rests, said, scene
from told_responses import Client, asking, check, kinds, shell, steady, text

pytestmark = pytest.mark.anyio

FIX = r"sed -i 's/prices\[1:\]/prices/' shop.py"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def fixing(request: Mapping[str, Any]) -> Reply:
    """Fix the bug; do what the notes say; say that it is done."""
    if rests(request):
        return Answer(text="Count the first price as well.\n\nThe slice left it out.")
    if "sends it back" in said(request):
        return Answer(calls=(SaidCall("write", {"path": "count.py", "content": "def count(prices):\n    return len(prices)\n"}),))
    return Answer(
        reasoning="The slice is wrong.", text="I look.", calls=(SaidCall("exec", {"command": [FIX, "echo no; false"]}),)
    )


def sleeping(request: Mapping[str, Any]) -> Reply:
    """Run something that takes long."""
    return Answer(calls=(SaidCall("exec", {"command": "sleep 60"}),))


async def until(holds: Callable[[], Any]) -> None:
    """Wait until an awaitable look is true."""
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_a_task_is_dispatched_watched_published_and_sent_back(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, verify=False) as stage:
        client = Client(stage)
        first = await client.create("the first price is not counted", metadata={"budget_tokens": "500000"})
        done = await client.done(first)
        assert kinds(done) == ["reasoning", "message", "shell_call", "shell_call_output", "message", "message"]
        ran = [(one["stdout"], one["outcome"]["exit_code"]) for one in done["output"][3]["output"]]
        assert ran == [("", 0), ("no\n", 1)]
        told = done["pullwright"]
        assert (done["status"], told["verdict"], told["outcome"]) == ("completed", "not-run", "succeeded")
        assert told["pull_request"] == {"number": 1, "url": "", "state": "draft"}
        assert git(stage.repository, "rev-parse", told["branch"]) == told["head"]
        assert all(word in text(done) for word in ("**Done**", told["branch"], "not-run", "#1", "cost unknown"))
        assert done["usage"]["total_tokens"] > done["usage"]["output_tokens"] > 0
        assert done["completed_at"] is not None

        second = await client.create("also count them", first)
        assert (second.task_id, second.attempt_id) == (first.task_id, first.attempt_id)
        again = await client.done(second)
        assert kinds(again) == ["apply_patch_call", "apply_patch_call_output", "message", "message"]
        assert again["output"][0]["operation"]["type"] == "create_file"
        assert again["pullwright"]["pull_request"]["number"] == 1
        assert git(stage.repository, "rev-parse", told["branch"]) == again["pullwright"]["head"] != told["head"]
        assert steady(await client.now(first)) == steady(done), "what came after a response changes nothing in it"
        with pytest.raises(Conflict, match=second.id):
            await client.create("and more", first)

        await approve(stage.service, stage.ann, first.task_id)
        assert (await client.now(second))["pullwright"]["pull_request"]["state"] == "merged"
        with pytest.raises(Conflict, match="merged"):
            await client.create("and more", second)


async def test_a_response_is_told_the_same_by_another_server(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, fixing, verify=False) as stage:
        client = Client(stage)
        stored = await client.create("the first price is not counted")
        begun = await client.events(stored, most=9)
        async with Service.open(stage.service.config) as other:
            client.service = other
            assert [frame.data for frame in await client.events(stored, most=9)] == [frame.data for frame in begun]
            midway = await client.now(stored)
            done = await client.done(stored)
            assert done["output"][: len(midway["output"])] == midway["output"]
            assert [frame.data for frame in await client.events(stored)][:9] == [frame.data for frame in begun]


async def test_row_object_and_events_end_at_once(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    real = Plain.check

    async def check_in_a_while(forge: Plain, slug: str, head: str, check: Check) -> int:
        reached.set()
        await go_on.wait()
        return await real(forge, slug, head, check)

    monkeypatch.setattr(Plain, "check", check_in_a_while)
    async with scene(tmp_path, sqlite_url, fixing, verify=False) as stage:
        client = Client(stage)
        stored = await client.create("the first price is not counted")
        watching = asyncio.create_task(client.events(stored))
        async with asyncio.timeout(60):
            await reached.wait()
        assert await stage.service.database.read(find_pull_request, stored.task_id) is not None
        assert (await client.row(stored)).status == (await client.now(stored))["status"] == "in_progress"
        await asyncio.sleep(0.3)
        assert not watching.done()
        go_on.set()
        assert (await watching)[-1].type == "response.completed"
        await client.done(stored)


async def test_it_waits_tells_why_and_is_cancelled_before_it_began(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, worker=False) as stage:
        client = Client(stage)
        stored = await client.create("wait")
        now = await client.now(stored)
        assert (now["status"], now["pullwright"]["waiting"], now["output"]) == ("queued", "no worker is running", [])
        assert [frame.type for frame in await client.events(stored, most=2)] == ["response.created", "response.queued"]
        with pytest.raises(Conflict, match="at work"):
            await client.create("and more", stored)
        watching = asyncio.create_task(client.events(stored))
        await cancel(stage.service, stage.ann, link_of(stored))
        assert (await watching)[-1].type == "response.cancelled"
        done = await client.done(stored)
        assert (done["status"], kinds(done)) == ("cancelled", ["message"])
        await cancel(stage.service, stage.ann, link_of(stored))


async def test_what_runs_is_cancelled_and_a_follow_up_goes_on(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        return fixing(request) if "fix" in said(request) else sleeping(request)

    async with scene(tmp_path, sqlite_url, play, verify=False) as stage:
        client = Client(stage)
        stored = await client.create("wait")

        async def runs() -> bool:
            return kinds(await client.now(stored)) == ["shell_call"]

        await until(runs)
        assert (await client.now(stored))["status"] == "in_progress"
        with pytest.raises(Conflict, match="at work") as refused:
            await client.create("and more", stored)
        assert f"/api/v1/attempts/{stored.attempt_id}/inputs" in refused.value.fix
        await cancel(stage.service, stage.ann, link_of(stored))
        done = await client.done(stored)
        assert (done["status"], kinds(done)) == ("cancelled", ["shell_call", "shell_call_output", "message"])
        assert done["output"][1]["status"] == "incomplete"

        second = await client.create("fix it", stored)
        assert (await client.done(second))["status"] == "completed"
        await cancel(stage.service, stage.ann, link_of(second))
        await cancel(stage.service, stage.ann, link_of(stored))
        pull = (await view_task(stage.service, stage.ann, stored.task_id)).pull
        assert pull is not None
        assert pull.state == "draft", "a response that has ended is not cancelled, nor its change given up"


async def test_over_budget_is_incomplete_and_a_larger_budget_goes_on(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, verify=False) as stage:
        client = Client(stage)
        stored = await client.create("the first price is not counted", metadata={"budget_steps": "1"})
        done = await client.done(stored)
        assert (done["status"], done["incomplete_details"]) == ("incomplete", {"reason": "budget"})
        assert "metadata.budget" in text(done)
        second = await client.create("go on, please", stored, metadata={"budget_steps": "20"})
        assert (await client.done(second))["status"] == "completed"
        assert any(b"go on, please" in one.body for one in stage.model.requests)


async def test_a_question_is_answered_by_a_follow_up(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        last = request["input"][-1]
        if last.get("type") != "function_call_output":
            return Answer(calls=(SaidCall("ask_user", {"question": "Which currency?"}),))
        assert "euros" in last["output"]
        return Answer(text="In euros, then.")

    async with scene(tmp_path, sqlite_url, play, patience=0.2) as stage:
        client = Client(stage)
        stored = await client.create("print totals")
        done = await client.done(stored)
        assert (done["status"], done["incomplete_details"]) == ("incomplete", {"reason": "needs_input"})
        assert all(word in text(done) for word in ("Which currency?", "previous_response_id"))
        assert done["pullwright"]["attempts"][0]["asks"] == "Which currency?"
        second = await client.create("euros", stored)
        assert text(await client.done(second), -2).strip() == "In euros, then."


async def test_a_permission_is_answered_by_a_follow_up_and_holds_for_those_after_it(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request) and "did not allow" not in str(request["input"][-1]):
            return Answer(text="It is written.")
        text = str(len(request["input"]))
        return Answer(calls=(SaidCall("write", {"path": "note.txt", "content": text}),))

    async with scene(tmp_path, sqlite_url, play, patience=0.2, verify=False) as stage:
        client = Client(stage)
        first = await client.create("note it", metadata={"approval": "suggest"})
        done = await client.done(first)
        assert (done["status"], done["incomplete_details"]) == ("incomplete", {"reason": "needs_input"})
        second = await client.create("always", first)
        assert (await client.done(second))["status"] == "completed"
        third = await client.create("and once more", second)
        assert (await client.done(third))["status"] == "completed", "what was allowed for the session is not asked again"


async def test_a_larger_budget_answers_the_question_whether_it_may_use_more(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if "five is enough" in said(request):
            return Answer(text="Five it is.")
        return Answer(calls=(SaidCall("exec", {"command": f"echo {len(request['input'])}"}),))

    async with scene(tmp_path, sqlite_url, play, patience=0.2, verify=False) as stage:
        client = Client(stage)
        first = await client.create("count", metadata={"budget_steps": "5"})
        assert (await client.done(first))["incomplete_details"] == {"reason": "needs_input"}
        second = await client.create("five is enough", first, metadata={"budget_steps": "50"})
        assert (await client.done(second))["status"] == "completed"
        assert (await view_task(stage.service, stage.ann, first.task_id)).budget.steps == 50


@pytest.mark.slow
async def test_of_several_attempts_the_best_is_spoken_for(tmp_path: Path, sqlite_url: str) -> None:
    asked: list[int] = []

    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request):
            return fixing(request)
        asked.append(1)
        return fixing(request) if len(asked) == 2 else Answer(text="I cannot see what is wrong.")

    async with scene(tmp_path, sqlite_url, play, slots=1) as stage:
        client = Client(stage)
        stored = await client.create("the first price is not counted", metadata={"attempts": "2"})
        done = await client.done(stored)
        told = done["pullwright"]
        first, second = told["attempts"]
        assert (first["attempt"], told["attempt"]) == (stored.attempt_id, second["attempt"])
        assert kinds(done) == ["message", "message"], "it is told from the first attempt's log"
        assert first["attempt"] in text(done)
        assert second["branch"] in text(done)
        assert told["verdict"] == "verified"
        assert done["usage"]["total_tokens"] > second["usage"]["input"] > 0
        follow = await client.create("also count them", stored)
        assert follow.attempt_id == second["attempt"]
        assert (await client.done(follow))["status"] == "completed"


async def test_what_is_published_later_is_no_part_of_it(tmp_path: Path, sqlite_url: str) -> None:
    settings = ProjectSettings(publish="on-approval")
    async with scene(tmp_path, sqlite_url, fixing, settings=settings, verify=False) as stage:
        client = Client(stage)
        stored = await client.create("the first price is not counted")
        done = await client.done(stored)
        assert (done["status"], done["pullwright"]["pull_request"]) == ("completed", None)
        await approve(stage.service, stage.ann, stored.task_id)
        after = await client.done(stored)
        assert (after["output"], after["pullwright"]["state"]) == (done["output"], "merged")


async def test_a_forge_that_refuses_is_told(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request):
            shutil.move(tmp_path / "forge/shop.git", tmp_path / "forge/moved.git")
        return fixing(request)

    async with scene(tmp_path, sqlite_url, play, verify=False) as stage:
        client = Client(stage)
        done = await client.done(await client.create("the first price is not counted"))
        assert (done["status"], done["pullwright"]["pull_request"]) == ("completed", None)
        assert "Not published: " in text(done)


async def test_what_fails_says_why_and_a_notice_goes_out(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing) as stage:
        client = Client(stage)
        shutil.rmtree(stage.repository)
        endpoint = NoticeEndpoint(id="ep_1", user_id=stage.ann.user_id, url="https://localhost/", secret=b"-")
        await stage.service.database.write(add_endpoint, endpoint)
        stored = await client.create("the first price is not counted")
        done = await client.done(stored)
        assert (done["status"], done["error"]["code"], kinds(done)) == ("failed", "server_error", ["message"])
        assert done["error"]["message"]
        (notice,) = await stage.service.database.read(NOTICES.all)
        assert (notice.event, msgspec.json.decode(notice.body)["data"]) == ("response.failed", {"id": stored.id})


async def test_what_is_let_go_changes_no_number_until_the_task_is_gone(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request):
            return Answer(text="Nothing to do.")
        return Answer(calls=(SaidCall("exec", {"command": ["seq 200", "seq 300"]}),))

    async with scene(tmp_path, sqlite_url, play) as stage:
        client, service = Client(stage), stage.service
        stored = await client.create("look")
        done = await client.done(stored)
        assert [one["stdout"].split()[-1] for one in done["output"][1]["output"]] == ["200", "300"]
        told = [(frame.number, frame.type) for frame in await client.events(stored)]
        await asyncio.to_thread(let_go, service.database, service.blobs, Retention(outputs=0.0), time.time() + 9)
        assert "no longer kept" in str((await client.done(stored))["output"][1])
        assert [(frame.number, frame.type) for frame in await client.events(stored)] == told

        await service.database.write(_damage, 9)
        damaged = await client.now(stored)
        assert (damaged["status"], kinds(damaged)) == ("completed", ["shell_call", "message"]), (
            "a damaged log is told up to there"
        )

        await asyncio.to_thread(let_go, service.database, service.blobs, Retention(tasks=0.0), time.time() + 9)
        gone = await client.now(stored)
        assert (gone["status"], stored.task_id in gone["error"]["message"]) == ("failed", True)
        check([], {**gone, "output": []})
        with pytest.raises(NotFound):
            await anext(frames(service, link_of(stored), shell(stored.id)))
        with pytest.raises(NotFound):
            await client.create("go on", stored)
        await cancel(service, stage.ann, link_of(stored))


async def test_the_same_request_is_one_task(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, worker=False) as stage:
        links = await asyncio.gather(*(begin_task(stage.service, stage.ann, asking("once"), dedup="key") for _ in range(4)))
        assert len({link.turn_id for link in links}) == 1
        assert (await begin_task(stage.service, stage.ann, asking("once"), dedup="other")).turn_id != links[0].turn_id
        with pytest.raises(NotFound):
            await begin_task(stage.service, stage.ann, asking("once", metadata={"project": "nowhere"}))


def _damage(connection: Connection, seq: int) -> None:
    connection.execute(update(events).where(events.c.seq == seq).values(data=b"{"))
