"""A server as people use it: real service, worker, sandbox, repository and scripted model, with tasks in every state.

    .venv/bin/python tests/web/scene.py [--port N] [--tasks 1000] [--plain]       until Ctrl-C

with WebScene.open(folder) as scene:        scene.url, scene.password, scene.do(coroutine), scene.actor("mia")
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from pullwright.cli.demo.sample import make_sample
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Script
from pullwright.models.mock.server import MockServer
from pullwright.protocol.ids import new_id
from pullwright.server.config import ServerConfig
from pullwright.server.listening import listen_tcp
from pullwright.server.opening import open_server
from pullwright.server.running import run_server
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.passwords import hash_password
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.dispatching import cancel, dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.environments import add_environment
from pullwright.tasks.store.memberships import put_membership
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import TaskOrder
from pullwright.tasks.store.rows.people import Membership, User
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.tasks.store.users import add_user
from pullwright.tasks.work.worker import worker_within
from service_scene import git
from web.filled import fill
from web.planted_tasks import plant_tasks
from web.play import play

T = TypeVar("T")
PASSWORD = "correct horse battery"
ROLES = {"ada": "admin", "mia": "member", "vic": "viewer"}
"""`ada` administers the server, too."""


class WebScene:
    """What a test has in hand."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop, url: str, remote: Path) -> None:
        self.service = service
        self.loop = loop
        self.url = url
        self.remote = remote
        self.password = PASSWORD

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the server's loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(300)

    @staticmethod
    def actor(name: str) -> Actor:
        """Somebody, as the use cases know them."""
        return Actor(user_id=f"user_{name}", name=name, is_admin=name == "ada", roles={"proj_tally": ROLES[name]})  # type: ignore[dict-item]

    async def dispatch(self, prompt: str, by: str = "ada", **order: Any) -> TaskView:
        """A task on the project."""
        return await dispatch(self.service, self.actor(by), TaskOrder(project="tally", prompt=prompt, **order))

    async def until(self, task: str, *states: str, seconds: float = 240) -> TaskView:
        """The task, once it is in one of the states."""
        deadline = time.monotonic() + seconds
        while (view := await view_task(self.service, self.actor("ada"), task)).state not in states:
            assert time.monotonic() < deadline, f"still {view.state}"
            await asyncio.sleep(0.1)
        return view

    async def cancel(self, attempt: str) -> None:
        """The attempt's task need not go on."""
        found = await self.service.database.read(get_attempt, attempt)
        await cancel(self.service, self.actor("ada"), found.task_id)

    async def fill(self) -> dict[str, str]:
        """Tasks in every state; name -> id. What runs goes on."""
        return await fill(self)

    async def published(self, task: str) -> None:
        """Until its pull request is open."""
        for _ in range(600):
            pull = (await view_task(self.service, self.actor("ada"), task)).pull
            if pull is not None and pull.state == "open":
                return
            await asyncio.sleep(0.1)

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path, *, port: int = 0, built: bool = True, **config: Any) -> Iterator[WebScene]:
        """A running server with a worker within."""
        ready = threading.Event()
        made: list[WebScene] = []
        failed: list[BaseException] = []
        ending: list[asyncio.Event] = []

        async def main() -> None:
            remote = _remote(folder)
            tcp = listen_tcp("127.0.0.1", port)
            at = tcp.getsockname()[1]
            async with MockServer(Script(play)) as model:
                choice = ModelChoice(provider="scripted", model="scripted", wire="responses", base_url=model.url)
                options: dict[str, Any] = {"patience": 2.0, "slots": 6, "prices": _prices(folder), **config}
                settings = ServiceConfig(
                    data=folder / "data", cache=folder / "cache", models={"fast": choice, "deep": choice}, **options
                )
                async with Service.open(settings) as service:
                    await _settle(service, remote)
                    server = ServerConfig(port=at, requests=1_000_000, sign_ins=1_000_000, drain=2.0)
                    async with open_server(service, server) as app, worker_within(service, drain=0.5):
                        ending.append(asyncio.Event())
                        made.append(cls(service, asyncio.get_running_loop(), f"http://127.0.0.1:{at}", remote))
                        serving = asyncio.create_task(run_server(app, [tcp], ready=ready.set))
                        await ending[0].wait()
                        serving.cancel()
                        await asyncio.gather(serving, return_exceptions=True)

        def run() -> None:
            try:
                asyncio.run(main())
            except BaseException as error:
                failed.append(error)
            ready.set()

        thread = threading.Thread(target=run)
        thread.start()
        ready.wait(60)
        if failed:
            raise failed[0]
        try:
            yield made[0]
        finally:
            made[0].loop.call_soon_threadsafe(ending[0].set)
            thread.join(60)
            if failed:
                raise failed[0]


def _prices(folder: Path) -> Path:
    """What the scripted model costs, so that money is to be seen."""
    prices = folder / "prices.toml"
    prices.write_text('[models]\n"scripted" = { input = 2.00, cached = 0.20, output = 10.00 }\n')
    return prices


def _remote(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    remote = folder / "tally.git"
    if not remote.exists():
        git(folder, "clone", "-q", "--bare", str(make_sample(folder / "tally")), str(remote))
    return remote


async def _settle(service: Service, remote: Path) -> None:
    hashed = await hash_password(PASSWORD)
    now = time.time()
    for name, role in ROLES.items():
        user = User(id=f"user_{name}", name=name, is_admin=name == "ada", password_hash=hashed, created=now)
        if not await service.database.write(add_user, user):
            return
        if name == "ada":
            project = Project(id="proj_tally", name="tally", forge="git", url=str(remote), slug="tally", created=now)
            await service.database.write(add_project, project)
            prepared = Environment(id=new_id("env"), project_id=project.id, created=now, changed=now)
            await service.database.write(add_environment, prepared)
        membership = Membership(user_id=user.id, project_id="proj_tally", role=role)  # type: ignore[arg-type]
        await service.database.write(put_membership, membership)


def main() -> None:
    words = argparse.ArgumentParser(description="A server to look at, until Ctrl-C.")
    words.add_argument("--port", type=int, default=8123)
    words.add_argument("--tasks", type=int, default=0, help="so many more tasks, planted")
    words.add_argument("--plain", action="store_true", help="no tasks at all")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="scene-") as folder, WebScene.open(Path(folder), port=asked.port) as scene:
        scene.service.database.run(plant_tasks, asked.tasks)
        print(f"{scene.url}/app/   sign in as {', '.join(ROLES)}   password: {PASSWORD}", flush=True)
        if not asked.plain:
            for name, task in scene.do(scene.fill()).items():
                print(f"{name:<12} {scene.url}/app/tasks/{task}", flush=True)
        print("ready", new_id("scene"), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
