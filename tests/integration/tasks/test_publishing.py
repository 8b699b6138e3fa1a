"""What is made at a forge is made once, and what is merged stays so: also after crashes, and side by side."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from planted import a_turn
from pullwright.forges.forge import Refused
from pullwright.forges.plain import Plain
from pullwright.forges.records import Pull
from pullwright.models.mock.script import Answer, Reply
from pullwright.protocol.errors import Conflict
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.publishing.late import find_merged, publish_late
from pullwright.tasks.publishing.merging import merge_task
from pullwright.tasks.publishing.origin import clone_of, signed_in
from pullwright.tasks.publishing.plain import StoredPulls
from pullwright.tasks.publishing.publish import publish_task
from pullwright.tasks.publishing.recording import merged, opened
from pullwright.tasks.service.dispatching import choose
from pullwright.tasks.service.reviewing import approve
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import change_attempt, get_attempt
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.tables import reviews, tasks, turns
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import add_turn
from pullwright.workspace.clone import Clone
from service_scene import Scene, commit, git, scene

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def silent(_request: Mapping[str, Any]) -> Reply:
    return Answer(text="")


def rests(connection: Connection, attempt: str, values: dict[str, str]) -> None:
    change_attempt(connection, attempt, **values)


async def reviewed(stage: Scene, attempts: int = 1) -> TaskView:
    """A task whose attempts wait for review, each with a change of its own on a branch."""
    task = await stage.dispatch("change it", attempts=attempts)
    work, database = stage.repository.parent / "work", stage.service.database
    for attempt in task.attempts:
        git(work, "checkout", "-q", "-b", f"try-{attempt.number}", "main")
        (work / "new.py").write_text(f"n = {attempt.number}\n")
        commit(work, "Change it")
        git(work, "push", "-q", str(stage.repository), f"try-{attempt.number}")
        values = {"branch": f"try-{attempt.number}", "head": git(work, "rev-parse", "HEAD"), "state": "review"}
        await database.write(rests, attempt.id, values)
    await database.write(lambda c: c.execute(turns.delete()))
    await database.write(lambda c: c.execute(tasks.update().values(state="review", changed=1.0)))
    await clone_of(stage.service, task.project_id).fetch(str(stage.repository), None, local=True)
    return await view_task(stage.service, stage.ann, task.id)


async def pulls(stage: Scene, task: TaskView) -> list[str]:
    return [one.state for one in await StoredPulls(stage.service.database, task.project_id).all()]


async def test_a_merge_that_nobody_wrote_down_is_found_and_not_made_again(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task, database = await reviewed(stage), stage.service.database
        await publish_task(stage.service, task.id, approved=True)
        project = await database.read(get_project, task.project_id)
        async with signed_in(stage.service, project) as forge:
            done = await forge.merge("shop", 1, method="squash", head=task.attempts[0].head, message="It")
        seen = await approve(stage.service, stage.ann, task.id)
        assert (seen.state, seen.pull and seen.pull.merged) == ("merged", done)
        assert await pulls(stage, task) == ["merged"]
        assert git(stage.repository, "rev-parse", "main") == done


async def test_the_clock_finds_a_merge_whose_maker_died(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task = await reviewed(stage)

        async def dies(*_: object) -> str:
            raise Conflict("killed")

        with monkeypatch.context() as patched:
            patched.setattr(Plain, "_merged", dies)
            with pytest.raises(Conflict):
                await approve(stage.service, stage.ann, task.id)
        assert await find_merged(stage.service) == 0  # whoever approved it may still be at it
        await stage.service.database.write(lambda c: c.execute(reviews.update().values(created=time.time() - 99)))
        assert await find_merged(stage.service) == 1
        assert (await view_task(stage.service, stage.ann, task.id)).state == "merged"


async def test_at_most_one_pull_request_is_open_whatever_crashes_while_another_is_chosen(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task = await reviewed(stage, attempts=2)
        await choose(stage.service, stage.ann, task.id, task.attempts[0].id)
        with monkeypatch.context() as patched:

            async def dies(*_: object) -> None:
                raise Conflict("killed")

            patched.setattr(Plain, "find_pull", dies)
            await choose(stage.service, stage.ann, task.id, task.attempts[1].id)
        await publish_task(stage.service, task.id)
        assert await pulls(stage, task) == ["closed", "open"]


async def test_only_what_was_approved_is_merged_and_what_is_merged_stays_so(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task, database = await reviewed(stage, attempts=2), stage.service.database
        await choose(stage.service, stage.ann, task.id, task.attempts[1].id)
        with pytest.raises(Conflict):  # chosen while the first one's approval was on its way
            await merge_task(stage.service, task.id, actor=PULLWRIGHT, head=task.attempts[0].head)
        attempt = await database.read(get_attempt, task.attempts[1].id)
        turn = await database.write(add_turn, a_turn(await database.read(get_task, task.id), attempt))
        await database.write(merged, task.id, "c" * 40)
        late = Pull(number=7, url="u", state="open", draft=False, title="", body="", head="", head_branch="", base_branch="")
        assert not await database.write(opened, task.id, late)
        pull = await database.read(find_pull_request, task.id)
        assert pull is not None
        assert pull.state == "merged"
        seen = await view_task(stage.service, stage.ann, task.id)
        assert [(one.id, one.state) for one in seen.attempts[1].turns] == [(turn.id, "cancelled")]


async def test_one_task_that_cannot_be_published_does_not_keep_the_others(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task, database = await reviewed(stage), stage.service.database
        other = await stage.dispatch("nothing of it is left")
        lost = {"branch": "lost", "head": "d" * 40, "state": "review"}
        await database.write(lambda c: change_attempt(c, other.attempts[0].id, **lost))
        await database.write(lambda c: c.execute(turns.delete()))
        await database.write(lambda c: c.execute(tasks.update().values(state="review", changed=1.0)))
        has = Clone.has
        first: list[str] = []

        async def order(clone: Clone, head: str) -> bool:
            first.append(head)
            return await has(clone, head)

        monkeypatch.setattr(Clone, "has", order)
        await publish_late(stage.service)
        assert "d" * 40 in first
        assert await pulls(stage, task) == ["open"]


async def test_a_forge_without_drafts_has_the_pull_request_all_the_same(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task = await reviewed(stage)
        await publish_task(stage.service, task.id, approved=True)

        async def refuses(*_: object) -> Pull:
            raise Refused("drafts are not supported")

        monkeypatch.setattr(Plain, "mark_draft", refuses)
        assert await publish_task(stage.service, task.id) == "published"
        assert await pulls(stage, task) == ["open"]
