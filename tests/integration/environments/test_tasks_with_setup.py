"""Tasks of a whole service in an environment with setup: made once, told where it fails, warmed while turns wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import Forbidden, NotFound
from pullwright.protocol.ids import new_id
from pullwright.protocol.outcomes import Failed
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.tasks.environments.asking import ask_try, setup_log, view_setups
from pullwright.tasks.environments.warming import Warmer
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.environments import put_environment
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.environments import add_environment
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import ENDED, EnvironmentSpec, SecretUse
from pullwright.tasks.store.rows.projects import Environment, Secret
from pullwright.tasks.store.secrets import put_secret
from pullwright.tasks.store.setups import setups_of
from pullwright.tasks.vault import secret_context
from pullwright.tasks.work.preparing import lay_ahead
from service_scene import FILES, Scene, scene

pytestmark = pytest.mark.anyio
TOKEN = "planted-setup-token-991"
NEEDS = {**FILES, "test_shop.py": "import os\n\nassert os.path.exists('parts/made')\n" + FILES["test_shop.py"]}
SETUP = 'mkdir parts; test -n "$TOKEN"; echo made > parts/made; echo "$TOKEN"; echo 1 >> ~/runs'


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def fixing(request: Mapping[str, Any]) -> Reply:
    """Fix the bug, and look for what setup left."""
    if request["input"][-1].get("type") == "function_call_output":
        return Answer(text="Count the first price as well.")
    look = "cat parts/made ~/runs; env | grep -c TOKEN"
    return Answer(calls=(SaidCall("exec", {"command": rf"sed -i 's/prices\[1:\]/prices/' shop.py; {look}"}),))


async def environment(stage: Scene, **spec: Any) -> Environment:
    """The project's default environment, with a secret for setup."""
    service = stage.service
    project = await service.database.read(get_project, "shop")
    made = Environment(id=new_id("env"), project_id=project.id, spec=EnvironmentSpec(**spec), created=time.time())
    await service.database.write(add_environment, made)
    sealed = service.vault.seal(TOKEN.encode(), secret_context(made.id, "TOKEN"))
    secret = Secret(id=new_id("sec"), environment_id=made.id, name="TOKEN", use=SecretUse(), value=sealed)
    await service.database.write(put_secret, secret)
    return made


async def test_attempts_share_one_setup_and_are_proved_over_it(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, files=NEEDS) as stage:
        made = await environment(stage, setup=SETUP)
        task = await stage.dispatch("the first price is not counted", attempts=3)
        seen = await stage.until(task.id, "review")
        assert [attempt.verdict for attempt in seen.attempts] == ["verified"] * 3
        (row,) = await stage.service.database.read(setups_of, made.id)
        assert row.state == "ready"
        assert stage.service.blobs.get(row.log) == b"[redacted]\n"
        outputs = [item["output"] for call in stage.model.requests for item in call.json["input"] if "output" in item]
        assert outputs
        assert all("made\n1\n0" in output for output in outputs)
        assert not any(TOKEN.encode() in call.body for call in stage.model.requests)


async def test_a_setup_that_fails_ends_the_task_and_says_where(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing) as stage:
        await environment(stage, setup="true\n\nmake all-of-it\n")
        task = await stage.dispatch("the first price is not counted")
        for _ in range(600):
            view = await view_task(stage.service, stage.ann, task.id)
            if view.state in ENDED:
                break
            await asyncio.sleep(0.05)
        outcome = view.attempts[0].outcome
        assert isinstance(outcome, Failed)
        assert "line 3 (make all-of-it)" in outcome.why


async def test_a_person_tries_a_setup_and_a_worker_runs_it(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing) as stage:
        service, ann = stage.service, stage.ann
        await environment(stage, setup="echo trying; mkdir parts; sleep 1.5; echo later; exit 4")
        asked = await ask_try(service, service.bells, ann, "shop", "default")
        seen: set[bytes] = set()
        while (await view_setups(service, ann, "shop", "default"))[0].state == "running":
            seen.add(await setup_log(service, ann, "shop", "default", asked.id))
            await asyncio.sleep(0.05)
        (row,) = await view_setups(service, ann, "shop", "default")
        assert (row.id, row.state, row.line, len(row.key)) == (asked.id, "failed", 1, 40)
        assert b"trying\n" in seen, "its log is there while it runs"
        assert await setup_log(service, ann, "shop", "default", asked.id) == b"trying\nlater\n"
        stranger = Actor(user_id="usr_x", name="x", roles={})
        for question in (
            view_setups(service, stranger, "shop", "default"),
            ask_try(service, service.bells, stranger, "shop", "default"),
        ):
            with pytest.raises(NotFound):
                await question


async def test_what_reaches_the_workers_own_machine_is_the_servers_alone(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, worker=False) as stage:
        service, project = stage.service, await stage.service.database.read(get_project, "shop")
        bob = Actor(user_id="usr_b", name="bob", roles={project.id: "admin"})
        private = NetworkPolicy(rules=(NetworkRule(host="db.example", allow_private=True),))
        for spec in (EnvironmentSpec(network=NetworkPolicy(host_ports=(5432,))), EnvironmentSpec(setup_network=private)):
            with pytest.raises(Forbidden):
                await put_environment(service, bob, "shop", "default", spec)
            await put_environment(service, stage.ann, "shop", "default", spec)
            kept = msgspec.structs.replace(spec, test_command="make test")
            assert (await put_environment(service, bob, "shop", "default", kept)).spec == kept, "what is allowed may stay"


async def test_layers_are_made_while_turns_wait(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, fixing, worker=False) as stage:
        service = stage.service
        made = await environment(stage, setup=SETUP)
        for _ in range(3):
            await stage.dispatch("the first price is not counted", attempts=2)
        warmer = Warmer(service.database, service.bells, lambda turn: lay_ahead(service, turn))
        assert await warmer.look() == 1
        assert await warmer.look() <= 1, "the base's commit is known now, and is what is waited for"
        assert await warmer.look() == 0
        (row,) = await service.database.read(setups_of, made.id)
        assert row.state == "ready"
