"""A whole service in the test's process: database, worker, a bare repository, a scripted model on the wire."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Reply, Script
from pullwright.models.mock.server import MockServer
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import ENDED, ProjectSettings, TaskOrder, TaskState
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.users import add_user
from pullwright.tasks.work.worker import worker_within

PLAY = Callable[[Mapping[str, Any]], Reply]

FILES = {
    "shop.py": "def total(prices):\n    return sum(prices[1:])\n",
    "test_shop.py": "import unittest\n\nfrom shop import total\n\n\nclass Totals(unittest.TestCase):\n"
    "    def test_all(self):\n        self.assertEqual(total([1, 2, 3]), 6)\n",
}


def bare_repository(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """A bare repository with one commit on `main`."""
    work = folder / "work"
    work.mkdir(parents=True)
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    git(work, "init", "-q", "-b", "main")
    commit(work, "Start")
    git(folder, "clone", "-q", "--bare", str(work), "shop.git")
    return folder / "shop.git"


def commit(work: Path, message: str) -> None:
    """Commit everything."""
    git(work, "add", "-A")
    git(work, "-c", "user.name=P", "-c", "user.email=p@localhost", "commit", "-q", "-m", message)


def git(folder: Path, *words: str) -> str:
    """What git says."""
    run = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def said(request: Mapping[str, Any]) -> str:
    """The last thing that a person said."""
    texts = [
        part.get("text", "")
        for item in request["input"]
        if item.get("role") == "user"
        for part in (item["content"] if isinstance(item["content"], list) else [{"text": item["content"]}])
    ]
    return texts[-1] if texts else ""


def rests(request: Mapping[str, Any]) -> bool:
    """Whether the last thing in the conversation is a call's result."""
    return request["input"][-1].get("type") == "function_call_output"


class Scene:
    """One service with a project `shop` and a user `ann`, its administrator."""

    def __init__(self, service: Service, model: MockServer, repository: Path, ann: Actor) -> None:
        self.service = service
        self.model = model
        self.repository = repository
        self.ann = ann
        self.connection = ""

    async def dispatch(self, prompt: str, **order: Any) -> TaskView:
        """A task on the project."""
        return await dispatch(self.service, self.ann, TaskOrder(project="shop", prompt=prompt, model="deep", **order))

    async def until(self, task: str, *states: TaskState, seconds: float = 60) -> TaskView:
        """The task, once it is in one of the states."""
        deadline = time.monotonic() + seconds
        while (view := await view_task(self.service, self.ann, task)).state not in states:
            assert view.state not in ENDED, [attempt.outcome for attempt in view.attempts]
            assert time.monotonic() < deadline, f"still {view.state}: {view.attempts}"
            await asyncio.sleep(0.05)
        return view


@asynccontextmanager
async def scene(
    folder: Path,
    database: str,
    play: PLAY,
    *,
    settings: ProjectSettings | None = None,
    files: Mapping[str, str] = FILES,
    worker: bool = True,
    key: str = "sk-test-01234",
    **config: Any,
) -> AsyncGenerator[Scene]:
    """A service on `database` whose model answers by `play`; with a worker within unless told otherwise."""
    repository = bare_repository(folder / "forge", files)
    async with MockServer(Script(play)) as model:
        choice = ModelChoice(
            provider="scripted", model="scripted", wire="responses", base_url=model.url, key="sk-test-0123456789"
        )
        options: dict[str, Any] = {"patience": 30.0, "slots": 4, "database": database, **config}
        service_config = ServiceConfig(
            data=folder / "data", cache=folder / "cache", models={"fast": choice, "deep": choice}, **options
        )
        async with Service.open(service_config) as service:
            ann = User(id=new_id("usr"), name="ann", email="ann@localhost", is_admin=True, created=time.time())
            project = Project(
                id=new_id("prj"),
                name="shop",
                forge="git",
                url=str(repository),
                slug="shop",
                settings=settings or ProjectSettings(),
                created=time.time(),
            )
            await service.database.write(add_user, ann)
            await service.database.write(add_project, project)
            made = Scene(service, model, repository, Actor(user_id=ann.id, name="ann", is_admin=True))
            if not worker:
                yield made
                return
            async with worker_within(service):
                yield made
