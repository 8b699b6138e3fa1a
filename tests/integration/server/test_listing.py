"""Lists of tasks as a page shows them: filtered, counted, with what runs and what is asked at the moment."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import Event, PermissionAnswered, PermissionAsked, SessionStarted, ToolStarted
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.tables import attempts, tasks
from pullwright.tasks.store.usage import add_usage
from server_world import World, order

ASKED = PermissionAsked(id="perm_1", call_id="c1", tool="exec", effect="execute", title="rm -rf build")


@pytest.fixture
def running(world: World) -> dict[str, Any]:
    """A task that runs."""
    with world.client("mia") as browser:
        task = browser.post("/api/v1/tasks", json=order()).json()

    def run(connection: Connection) -> None:
        connection.execute(update(tasks).where(tasks.c.id == task["id"]).values(state="running"))
        connection.execute(update(attempts).where(attempts.c.task_id == task["id"]).values(state="running"))

    world.database.run(run)
    return task


def say(world: World, task: dict[str, Any], *events: Event) -> None:
    """Write to the log of a task's attempt."""

    async def write() -> None:
        session = task["attempts"][0]["session"]
        folder = FolderArtifacts(world.service.config.data / "t" / session)
        log = await SqlLog.open(world.database, session, folder, world.service.bells)
        await log.claim()
        await log.append(events, expected_seq=log.last_seq, generation=log.generation)

    world.do(write())


def lines(world: World, name: str = "mia", **params: Any) -> list[dict[str, Any]]:
    with world.client(name) as browser:
        answer = browser.get("/api/v1/tasks", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["tasks"]


def test_a_running_task_tells_what_it_does_what_it_asks_and_what_it_has_cost_so_far(
    world: World, running: dict[str, Any]
) -> None:
    told = ToolStarted(call_id="c0", name="exec", effect="execute", title="pytest -q")
    say(world, running, SessionStarted(session="s", project="p", pullwright="0"), told)
    call = UsageEntry(
        id="s:7", time=1.0, user_id="user_mia", project_id="proj_tally", task_id=running["id"], attempt_id="a",
        provider="p", model="m", input=5, cached=0, cache_written=0, output=1, reasoning=0, cost_usd=0.25,
    )  # fmt: skip
    world.database.run(add_usage, [call])
    line = lines(world, id=running["id"])[0]
    assert (line["doing"], line["asks"], line["turn"], line["ref"]) == ("pytest -q", "", 1, "main")
    assert (line["cost_usd"], line["steps"], line["user"], line["project"]) == (0.25, 1, "mia", "tally")
    assert running["id"] not in [one["id"] for one in lines(world, needing=True)]

    before = needing(world)
    say(world, running, ASKED)
    assert lines(world, id=running["id"])[0]["asks"] == "rm -rf build"
    assert running["id"] in [one["id"] for one in lines(world, needing=True)]
    assert needing(world) == before + 1
    say(world, running, PermissionAnswered(id="perm_1", call_id="c1", verdict="once", by="mia"))
    assert lines(world, id=running["id"])[0]["asks"] == ""
    assert needing(world) == before


def needing(world: World, name: str = "mia") -> int:
    with world.client(name) as browser:
        return browser.get("/api/v1/tasks/counts").json()["needing"]


def test_who_asked_and_which_ids_are_filters_that_add_up(world: World) -> None:
    with world.client("pat") as browser:
        theirs = [browser.post("/api/v1/tasks", json=order(prompt=f"Count {n} plums")).json()["id"] for n in range(3)]
        assert {one["id"] for one in lines(world, "pat", user="me", words="PLUMS")} == set(theirs)
        assert lines(world, "mia", user="me", words="plums") == []
        assert [one["id"] for one in lines(world, "mia", user="pat", id=theirs[:2], words="1 plums")] == [theirs[1]]
        counted = browser.get("/api/v1/tasks/counts", params={"words": "plums", "user": "pat"}).json()
        assert counted == {"states": {"queued": 3}, "needing": 0}
        assert browser.get("/api/v1/tasks", params={"user": "nobody-here"}).status_code == 404
    assert lines(world, "eve", id=theirs) == []
    with world.client("eve") as browser:
        assert browser.get("/api/v1/tasks/counts").json() == {"states": {}, "needing": 0}


def test_a_page_costs_the_same_few_queries_however_many_lines(world: World) -> None:
    def queries(limit: int) -> int:
        count = 0

        def seen(*_args: object) -> None:
            nonlocal count
            count += 1

        engine = world.database.engine
        event.listen(engine, "before_cursor_execute", seen)
        try:
            lines(world, "pat", limit=limit, state="queued")
        finally:
            event.remove(engine, "before_cursor_execute", seen)
        return count

    with world.client("pat") as browser:
        for _ in range(4):
            browser.post("/api/v1/tasks", json=order())
    assert queries(1)
    assert queries(50) <= queries(1) + 1


def test_the_templates_are_told(world: World) -> None:
    with world.client("vic") as browser:
        told = browser.get("/api/v1/templates").json()
    assert [one["name"] for one in told] == ["refactor", "test-backfill", "dependency-upgrade", "bug-triage"]
    assert all(one["summary"] for one in told)
