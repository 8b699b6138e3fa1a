"""docs/api/agent.md, run as it stands: the plain OpenAI SDK, a real server, a worker with its sandbox, a bare repository."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openai import BadRequestError, ConflictError, NotFoundError, OpenAI, PermissionDeniedError

from api.read import read
from api.world import ApiWorld
from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.tasks.store.memberships import put_membership, remove_membership
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.rows.people import Membership
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.tasks import count_tasks
from pullwright.tasks.work.worker import worker_within
from service_scene import bare_repository, git
from told_responses import open_responses

PAGE = Path(__file__).parents[3] / "docs/api/agent.md"
FIX = r"sed -i 's/prices\[1:\]/prices/' shop.py"
COUNT = "printf '\\n\\ndef count(prices):\\n    return len(prices)\\n' >> shop.py"


def play(request: Mapping[str, Any]) -> Reply:
    """The agent's model, on whatever wire."""
    seen = read(request)
    if seen.results:
        return Answer(text="That is done.")
    if "Which functions" in seen.said:
        return Answer(text="There is `total`, in shop.py:1.")
    if "Wait for me" in seen.said:
        return Answer(calls=(SaidCall("exec", {"command": "sleep 60"}),))
    return Answer(text="I see.", calls=(SaidCall("exec", {"command": COUNT if "counts" in seen.said else FIX}),))


@contextmanager
def working(api: ApiWorld, folder: Path) -> Generator[Path, None, None]:
    """The project `shop`, of which Pat is a member, and a worker."""
    repository = bare_repository(folder / "forge")
    database = api.world.database
    database.run(add_project, Project(id="proj_shop", name="shop", forge="git", url=str(repository), slug="shop"))
    database.run(put_membership, Membership(user_id="user_pat", project_id="proj_shop", role="member"))
    stop = asyncio.Event()

    async def work() -> None:
        async with worker_within(api.world.service):
            await stop.wait()

    at_work = asyncio.run_coroutine_threadsafe(work(), api.world.loop)
    try:
        yield repository
    finally:
        api.world.loop.call_soon_threadsafe(stop.set)
        at_work.result(60)


def test_the_page_is_one_program_that_ends_in_a_pull_request(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    (tmp_path / "page.py").write_text("\n".join(blocks))
    with ApiWorld.open(tmp_path, play) as api, working(api, tmp_path) as repository:
        key = api.new_key(scopes=["dispatch", "review"])
        ran = subprocess.run(
            [sys.executable, "-W", "error", "page.py"],
            cwd=tmp_path,
            env={**os.environ, **api.environment(), "OPENAI_API_KEY": key},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=150,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        branches = [one for one in git(repository, "branch", "--format=%(refname:short)").split() if one != "main"]
        assert len(branches) == 1, "the notes went on with the same branch"
        shop = git(repository, "show", f"{branches[0]}:shop.py")
    assert "prices[1:]" not in shop
    assert "def count" in shop
    lines = ran.stdout.splitlines()
    assert lines[0] == "completed"
    assert f"verified {branches[0]} {{'number': 1, 'url': '', 'state': 'open'}}" in ran.stdout
    assert "completed {'number': 1, 'url': '', 'state': 'open'}" in lines
    assert "There is `total`, in shop.py:1." in ran.stdout
    assert "- Cited: 1 of 1 places can be looked up" in lines
    assert "response.completed" in lines
    assert lines[-1] == "cancelled"


def asking(api: ApiWorld, *scopes: str) -> OpenAI:
    """The SDK, with a key for that."""
    return api.client(api.new_key(scopes=list(scopes)))


def test_who_left_the_project_sees_nothing_more_of_it(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, play) as api, asking(api, "dispatch", "models") as client, asking(api, "models") as models:
        made = client.responses.create(model="agent", input="Look.", metadata={"project": "tally"}, background=True)
        assert client.responses.retrieve(made.id).status == "queued"
        with pytest.raises(NotFoundError):
            models.responses.retrieve(made.id)
        api.world.database.run(remove_membership, "user_pat", "proj_tally")
        for attempt in (client.responses.retrieve, client.responses.cancel, client.responses.delete):
            with pytest.raises(NotFoundError):
                attempt(made.id)
        with pytest.raises(NotFoundError):
            client.responses.create(model="agent", input="Go on.", previous_response_id=made.id)
        with pytest.raises(NotFoundError), client.responses.retrieve(made.id, stream=True) as events:
            next(iter(events))


def test_refusals_name_what_is_wrong(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, play) as api, asking(api, "dispatch") as client, asking(api, "models") as models:
        for metadata, named in (({}, "metadata.project"), ({"project": "tally", "attempts": "many"}, "metadata.attempts")):
            with pytest.raises(BadRequestError, match=named):
                client.responses.create(model="agent", input="Look.", metadata=metadata)
        with pytest.raises(BadRequestError, match="temperature") as refused:
            client.responses.create(model="agent", input="Look.", metadata={"project": "tally"}, temperature=0.1)
        assert (refused.value.param, refused.value.code) == ("temperature", "unsupported_parameter")
        with pytest.raises(NotFoundError):
            client.responses.create(model="agent", input="Look.", metadata={"project": "nowhere"})
        with pytest.raises(PermissionDeniedError):
            models.responses.create(model="agent", input="Look.", metadata={"project": "tally"})
        first = client.responses.create(model="agent", input="Look.", metadata={"project": "tally"}, background=True)
        with pytest.raises(ConflictError, match="at work"):
            client.responses.create(model="agent", input="And there.", previous_response_id=first.id)


def test_a_client_that_asks_again_begins_nothing_twice(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, play) as api, asking(api, "dispatch") as client:
        request: dict[str, Any] = {"model": "agent", "input": "Look.", "metadata": {"project": "tally"}, "background": True}
        first = client.responses.create(**request)
        assert client.responses.create(**request, extra_headers={"x-stainless-retry-count": "1"}).id == first.id
        assert client.responses.create(**request).id != first.id, "somebody who means it gets another one"
        assert client.responses.create(**request, extra_headers={"Idempotency-Key": "k"}).id not in (first.id, "")
        other = {**request, "input": "Look there."}
        assert client.responses.create(**other, extra_headers={"x-stainless-retry-count": "2"}).id != first.id
        client.responses.cancel(first.id)
        request["previous_response_id"] = first.id
        second = client.responses.create(**request)
        assert client.responses.create(**request, extra_headers={"x-stainless-retry-count": "1"}).id == second.id


def test_a_task_that_fails_is_answered_and_not_asked_again(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, play) as api, working(api, tmp_path) as repository:
        shutil.rmtree(repository)
        with api.client(api.new_key(scopes=["dispatch"]), max_retries=2, timeout=60) as client:
            answer = client.responses.create(model="agent", input="Look.", metadata={"project": "shop"})
        assert (answer.status, answer.error is not None) == ("failed", True)
        assert sum(api.world.database.run(count_tasks).values()) == 1


def test_a_model_goes_on_from_an_agents_words(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, play) as api, working(api, tmp_path), asking(api, "dispatch", "models") as client:
        told = {"project": "shop", "mode": "ask"}
        answer = client.responses.create(model="agent", input="Which functions are there?", metadata=told)
        assert answer.status == "completed"
        open_responses(client.responses.with_raw_response.retrieve(answer.id).http_response.json())
        client.responses.create(model="fast", input="In French, please.", previous_response_id=answer.id)
        asked = api.upstream.requests[-1].json["input"]
        said = [(item["role"], str(item["content"])) for item in asked]
        assert [role for role, _ in said] == ["user", "assistant", "assistant", "user"]
        assert "There is `total`" in said[1][1]
        assert "**Done**" in said[2][1]
        model = client.responses.create(model="fast", input="Hello.")
        with pytest.raises(BadRequestError, match="previous_response_id"):
            client.responses.create(model="agent", input="Go on.", metadata=told, previous_response_id=model.id)
