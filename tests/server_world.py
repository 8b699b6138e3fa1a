"""A server as it runs: a real service on SQLite, uvicorn on a loopback port and a unix socket, people with every role, keys.

with World.open(folder) as world:
    world.client("mia")                a browser that is signed in: cookie and CSRF token
    world.client(key="dispatch")       a program with a key of that scope
    world.do(coroutine)                runs in the server's own loop
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from pullwright.log.sql.database import Database
from pullwright.models.choice import ModelChoice
from pullwright.protocol.ids import new_id
from pullwright.server.config import ServerConfig
from pullwright.server.entrance.csrf import Guard, guard
from pullwright.server.listening import listen_tcp, listen_unix
from pullwright.server.opening import open_server
from pullwright.server.running import run_server
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.keys import KeyOrder, create_key
from pullwright.tasks.people.passwords import hash_password
from pullwright.tasks.people.sign_ins import admit
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.memberships import put_membership
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.rows.people import Membership, User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.users import add_user

T = TypeVar("T")
PASSWORD = "correct horse battery"
ROLES = {"pat": "admin", "mia": "member", "vic": "viewer"}
"""Members of the project `tally`; `eve` is one of the project `other` alone, `ada` administers the server."""
SCOPES = ("read", "models", "dispatch", "review", "admin")


class World:
    """What a test has in hand. Made by `World.open`."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop, url: str, path: Path, app: Any) -> None:
        self.service = service
        self.loop = loop
        self.url = url
        self.socket = path
        self.app = app
        self.keys: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self._signed_in: dict[str, tuple[dict[str, str], str]] = {}

    @property
    def database(self) -> Database:
        return self.service.database

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the server's loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def client(self, name: str = "", *, key: str = "", **more: Any) -> httpx.Client:
        """Somebody's client; without a name and a key nobody's."""
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if key:
            headers["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        if name:
            if name not in self._signed_in:
                found = self.database.run(admit, self.people[name], "127.0.0.1")
                assert found
                self._signed_in[name] = ({"pullwright": found.token}, found.csrf)
            cookies, headers["X-CSRF-Token"] = self._signed_in[name]
        return httpx.Client(base_url=self.url, headers=headers, cookies=cookies, timeout=30, verify=False, **more)

    def forget(self, name: str) -> None:
        """Sign in anew the next time."""
        self._signed_in.pop(name, None)

    def local(self) -> httpx.Client:
        """The command line of the server's own user, at the socket."""
        return httpx.Client(base_url="http://localhost", transport=httpx.HTTPTransport(uds=str(self.socket)))

    def settle(self) -> None:
        """Make the people, their project and their keys."""
        for name in ("ada", "pat", "mia", "vic", "eve"):
            self.people[name] = f"user_{name}"
            user = User(id=f"user_{name}", name=name, is_admin=name == "ada", password_hash=_hash())
            self.database.run(add_user, user)
        for name in ("tally", "other"):
            project = Project(id=f"proj_{name}", name=name, forge="git", url="http://127.0.0.1:9/tally.git")
            self.database.run(add_project, project)
        for name, role in ROLES.items():
            self._member(name, "proj_tally", role)
        self._member("eve", "proj_other", "admin")
        ada = Actor(user_id=self.people["ada"], name="ada", is_admin=True)
        for scope in SCOPES:
            order = msgspec.convert({"name": scope, "scopes": [scope], "user": "pat"}, KeyOrder)
            self.keys[scope] = self.do(create_key(self.service, ada, order))[1]
        self.app.state.desk.settled = True

    def _member(self, name: str, project: str, role: Any) -> None:
        self.database.run(put_membership, Membership(user_id=self.people[name], project_id=project, role=role))

    @classmethod
    @contextlib.contextmanager
    def open(
        cls,
        folder: Path,
        *,
        csrf: Guard = guard,
        settled: bool = True,
        database: str = "",
        models: dict[str, ModelChoice] | None = None,
        networks: tuple[str, ...] = (),
        **config: Any,
    ) -> Iterator[World]:
        """A running server; `models` are the service's, without them two that nobody answers for; `networks` are for webhooks."""
        ready = threading.Event()
        made: list[World] = []
        failed: list[BaseException] = []
        ending: list[asyncio.Event] = []
        sockets: list[socket.socket] = []

        async def main() -> None:
            service_config = ServiceConfig(
                data=folder / "data",
                cache=folder / "cache",
                models=models or _models(),
                database=database,
                webhook_networks=networks,
            )
            tcp = listen_tcp("127.0.0.1", 0)
            unix = listen_unix(folder / "s.sock")
            sockets.extend((tcp, unix))
            port = tcp.getsockname()[1]
            settings = ServerConfig(**{"port": port, "requests": 1_000_000, "heartbeat": 1.0, "drain": 3.0, **config})
            async with Service.open(service_config) as service, open_server(service, settings, csrf=csrf) as app:
                ending.append(asyncio.Event())
                url = f"http://127.0.0.1:{port}"
                made.append(cls(service, asyncio.get_running_loop(), url, folder / "s.sock", app))
                serving = asyncio.create_task(run_server(app, sockets, ready=ready.set))
                await ending[0].wait()
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving

        def run() -> None:
            try:
                asyncio.run(main())
            except BaseException as error:
                failed.append(error)
            for one in sockets:
                one.close()
            ready.set()

        thread = threading.Thread(target=run)
        thread.start()
        ready.wait(30)
        if failed:
            thread.join()
            raise failed[0]
        try:
            if settled:
                made[0].settle()
            yield made[0]
        finally:
            made[0].loop.call_soon_threadsafe(ending[0].set)
            thread.join(30)
            assert not thread.is_alive()
            if failed:
                raise failed[0]


@cache
def _hash() -> str:
    """Made once: each takes a good part of a second."""
    return asyncio.run(hash_password(PASSWORD))


def _models() -> dict[str, ModelChoice]:
    return {name: ModelChoice(provider="custom", model="scripted") for name in ("fast", "deep")}


def order(**more: Any) -> dict[str, Any]:
    """A task, as it is sent."""
    return {"project": "tally", "prompt": f"Do it ({new_id('t')})", **more}
