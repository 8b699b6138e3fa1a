"""From a prompt to a merge through the service, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import Conflict, FixSettings
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Steer
from pullwright.tasks.projects.environments import put_environment
from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.service.dispatching import cancel, choose, pause, resume, retry
from pullwright.tasks.service.giving import give
from pullwright.tasks.service.notes import Remark
from pullwright.tasks.service.reviewing import approve, comment, send_back
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import EnvironmentSpec, ProjectSettings
from service_scene import Scene, bare_repository, commit, git, rests, said, scene

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
        command = "printf '\\n\\ndef count(prices):\\n    return len(prices)\\n' >> shop.py"
    else:
        command = FIX
    return Answer(calls=(SaidCall("exec", {"command": command}),))


def at(repository: Path, branch: str, path: str = "shop.py") -> str:
    """A file of a branch at the forge."""
    return git(repository, "show", f"{branch}:{path}")


async def test_a_change_is_proved_published_sent_back_and_merged(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, fixing) as stage:
        task = await stage.dispatch("the first price is not counted")
        seen = await stage.until(task.id, "review")
        (attempt,) = seen.attempts
        assert attempt.verdict == "verified", attempt.outcome
        pull = await published(stage, task.id)
        assert (pull.state, pull.base) == ("open", "main")
        assert "prices[1:]" not in at(stage.repository, pull.branch)

        for nowhere in (Remark(path="shop.py", line=200, text="?"), Remark(path="ship.py", line=1, text="?")):
            with pytest.raises(FixSettings, match=r"has 2 lines|there is no file"):
                await comment(stage.service, stage.ann, attempt.id, nowhere)
        await comment(stage.service, stage.ann, attempt.id, Remark(path="shop.py", line=2, text="Count them, too."))
        await send_back(stage.service, stage.ann, task.id, "Nearly.")
        seen = await second_turn(stage, task.id)
        assert "Count them, too." in seen.attempts[0].turns[1].prompt
        assert "def count" in at(stage.repository, pull.branch)
        assert len(git(stage.repository, "rev-list", f"main..{pull.branch}").split()) == 1
        assert task.prompt in git(stage.repository, "log", "-1", "--format=%B", pull.branch), (
            "the remarks alone do not say what it is"
        )

        with pytest.raises(Conflict):
            await approve(stage.service, stage.ann, task.id, head=attempt.head)
        done = await approve(stage.service, stage.ann, task.id, head=seen.attempts[0].head)
        assert done.state == "merged"
        assert "def count" in at(stage.repository, "main")
        trailers = git(stage.repository, "log", "-1", "--format=%(trailers:unfold)", "main").splitlines()
        assert trailers[:2] == [f"Pullwright-Session: {attempt.session}", "Approved-by: ann"]
        again = await approved_again(stage, task.id)
        assert again == "merged already"


async def published(stage: Scene, task: str) -> Any:
    """The task's pull request, once it is there."""
    for _ in range(200):
        seen = await stage.until(task, "review", "merged")
        if seen.pull is not None and seen.pull.number:
            return seen.pull
        await asyncio.sleep(0.05)
    raise AssertionError("not published")


async def second_turn(stage: Scene, task: str) -> TaskView:
    """The task after its second turn has been published."""
    for _ in range(400):
        seen = await stage.until(task, "review")
        (attempt,) = seen.attempts
        if seen.pull is not None and seen.pull.head == attempt.head and len(attempt.turns) == 2:
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError("no second turn")


async def approved_again(stage: Scene, task: str) -> str:
    """What a second approval is told."""
    with pytest.raises(Conflict) as refused:
        await approve(stage.service, stage.ann, task)
    return str(refused.value).split(" is ")[-1]


async def test_a_base_that_moved_and_clashes_is_merged_in_by_the_agent(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request):
            return Answer(text="Merge the base in.\n\nBoth sides are kept.")
        if "conflict markers" in said(request):
            fixed = "def total(prices):\\n    return round(sum(prices), 2)\\n"
            return Answer(calls=(SaidCall("exec", {"command": f"printf '{fixed}' > shop.py"}),))
        return Answer(calls=(SaidCall("exec", {"command": FIX}),))

    async with scene(tmp_path, sqlite_url, play) as stage:
        task = await stage.dispatch("the first price is not counted")
        await stage.until(task.id, "review")
        await published(stage, task.id)
        work = tmp_path / "forge/work"
        (work / "shop.py").write_text("def total(prices):\n    return round(sum(prices[1:]), 2)\n")
        commit(work, "Round")
        git(work, "push", "-q", str(stage.repository), "main")

        assert (await approve(stage.service, stage.ann, task.id)).state in ("queued", "running")
        seen = await second_turn(stage, task.id)
        assert seen.attempts[0].verdict == "verified", seen.attempts[0].outcome
        assert (await approve(stage.service, stage.ann, task.id)).state == "merged"
        assert "round(sum(prices), 2)" in at(stage.repository, "main")


async def test_of_two_attempts_the_chosen_one_is_published(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing) as stage:
        task = await stage.dispatch("the first price is not counted", attempts=2)
        seen = await stage.until(task.id, "review")
        for _ in range(200):
            if all(one.state == "review" for one in seen.attempts):
                break
            await asyncio.sleep(0.05)
            seen = await stage.until(task.id, "review", "running", "queued")
        assert seen.pull is None
        chosen = seen.attempts[1]
        seen = await choose(stage.service, stage.ann, task.id, chosen.id)
        assert seen.pull is not None
        assert (seen.pull.branch, seen.pull.head) == (chosen.branch, chosen.head)


async def test_on_approval_nothing_goes_out_before(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, settings=ProjectSettings(publish="on-approval")) as stage:
        task = await stage.dispatch("the first price is not counted")
        seen = await stage.until(task.id, "review")
        assert git(stage.repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/") == "main"
        assert seen.pull is None
        assert (await approve(stage.service, stage.ann, task.id)).state == "merged"


async def test_a_remark_to_a_task_that_rests_is_its_next_prompt_once(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing) as stage:
        task = await stage.dispatch("the first price is not counted")
        seen = await stage.until(task.id, "review")
        remark = Steer(id=new_id("inp"), text="Ann sends it back: count them")
        attempt = seen.attempts[0].id
        assert await give(stage.service, stage.ann, attempt, remark) == "queued"
        assert await give(stage.service, stage.ann, attempt, remark) == "known"
        assert len((await second_turn(stage, task.id)).attempts[0].turns) == 2


async def test_a_running_task_is_paused_resumed_and_cancelled(tmp_path: Path, sqlite_url: str) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if "Go on" in said(request):
            return Answer(text="Nothing is left to do.")
        return Answer(calls=(SaidCall("exec", {"command": "sleep 60"}),))

    async with scene(tmp_path, sqlite_url, play) as stage:
        task = await stage.dispatch("wait")
        await stage.until(task.id, "running")
        await pause(stage.service, stage.ann, task.id)
        for _ in range(200):
            if (await stage.until(task.id, "paused")).attempts[0].turns[0].state == "finished":
                break
            await asyncio.sleep(0.05)
        await resume(stage.service, stage.ann, task.id)
        await stage.until(task.id, "answered")
        other = await stage.dispatch("wait again")
        await stage.until(other.id, "running")
        await cancel(stage.service, stage.ann, other.id)
        await stage.until(other.id, "cancelled")


async def test_what_nobody_heard_is_said_again_and_the_one_change_needs_no_choice(tmp_path: Path, sqlite_url: str) -> None:
    asked: list[str] = []

    def play(request: Mapping[str, Any]) -> Reply:
        if not rests(request):
            asked.append(said(request))
        return fixing(request)

    async with scene(tmp_path, sqlite_url, play) as stage:
        await put_environment(stage.service, stage.ann, "shop", "default", EnvironmentSpec(setup="exit 3"))
        task = await stage.dispatch("the first price is not counted")
        await once(stage, task.id, lambda seen: seen.state == "failed")
        assert not asked
        await put_environment(stage.service, stage.ann, "shop", "default", EnvironmentSpec(setup="true"))
        await retry(stage.service, stage.ann, task.id, fresh=True)
        await once(stage, task.id, lambda seen: seen.pull is not None)
        await send_back(stage.service, stage.ann, task.id, "Ann sends it back: count them")
        await once(stage, task.id, lambda seen: len(asked) == 2 and seen.state == "review")
        await retry(stage.service, stage.ann, task.id)
        await once(stage, task.id, lambda _: len(asked) == 3)
        assert asked[0] == asked[2] == "the first price is not counted"


async def once(stage: Scene, task: str, holds: Callable[[TaskView], bool]) -> None:
    """Wait until that holds of the task."""
    async with asyncio.timeout(60):
        while not holds(await view_task(stage.service, stage.ann, task)):
            await asyncio.sleep(0.05)


async def test_a_change_that_nobody_wants_is_given_up_and_taken_up_again(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, verify=False) as stage:
        task = await stage.dispatch("the first price is not counted")
        await stage.until(task.id, "review")
        pull = await published(stage, task.id)
        given_up = await cancel(stage.service, stage.ann, task.id)
        assert (given_up.state, given_up.pull.state if given_up.pull else "") == ("cancelled", "closed")
        assert (await cancel(stage.service, stage.ann, task.id)).state == "cancelled"
        project = await stage.service.database.read(get_project, "shop")
        async with signed_in(stage.service, project) as forge:
            assert (await forge.pull(project.slug, pull.number)).state == "closed"
        await send_back(stage.service, stage.ann, task.id, "Ann sends it back: count them")
        await stage.until(task.id, "review")


def test_the_sample_is_red(tmp_path: Path) -> None:
    assert "prices[1:]" in at(bare_repository(tmp_path), "main")
