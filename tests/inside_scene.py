"""A service with its worker, a real sandbox and a real server in one loop, and an attempt that runs until it is told to end.

async with looking(tmp_path) as stage:
    stage.attempt                      its agent has started an HTTP server on PORT inside, and waits for the file `done`
    stage.client("mia")                somebody's browser, or with `key=` a program
    async with stage.terminal("mia") as terminal: …
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.server.config import ServerConfig
from pullwright.server.listening import listen_tcp
from pullwright.server.opening import open_server
from pullwright.server.running import run_server
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.memberships import put_membership
from pullwright.tasks.store.rows.people import Membership
from server_world import ROLES, World
from service_scene import FILES, Scene, scene

PORT = 8123
SERVER = Path(__file__).with_name("inside_server.py").read_text()
FILES_INSIDE = {**FILES, "docs/read me.md": "# Hello\n", "server.py": SERVER}
WAIT = f"python3 server.py {PORT} >/dev/null 2>&1 & while [ ! -e done ]; do sleep 0.05; done; rm done"


def waiting(request: Mapping[str, Any]) -> Reply:
    """Start the server, and wait to be told to end."""
    if request["input"][-1].get("type") == "function_call_output":
        return Answer(text="Done.")
    return Answer(calls=(SaidCall("exec", {"command": WAIT}),))


class Stage:
    """What a test has in hand."""

    def __init__(self, scene: Scene, world: World, task: str, attempt: str) -> None:
        self.scene = scene
        self.world = world
        self.task = task
        self.attempt = attempt

    @property
    def at(self) -> str:
        """Where one looks inside."""
        return f"/api/v1/attempts/{self.attempt}/inside"

    def client(self, name: str = "", *, key: str = "", **more: Any) -> httpx.AsyncClient:
        """Somebody's client."""
        with self.world.client(name, key=key) as one:
            return httpx.AsyncClient(base_url=self.world.url, headers=one.headers, cookies=one.cookies, timeout=30, **more)

    def terminal(self, name: str, query: str = "columns=100&rows=30") -> connect:
        """A terminal of somebody's."""
        with self.world.client(name) as one:
            cookie = "; ".join(f"{key}={value}" for key, value in one.cookies.items())
        url = f"{self.world.url.replace('http', 'ws', 1)}{self.at}/terminal?{query}"
        headers = {"Cookie": cookie} if cookie else {}
        return connect(url, additional_headers=headers, origin=self.world.url, ping_interval=None)  # type: ignore[arg-type]

    async def until_open(self) -> dict[str, Any]:
        """What is told of the inside once it is open, and the server in there listens."""
        async with self.client("ada") as ada:
            for _ in range(400):
                told = (await ada.get(self.at)).raise_for_status().json()
                if told["state"] == "open" and PORT in told["ports"]:
                    return told
                await asyncio.sleep(0.05)
        raise AssertionError(told)

    async def end(self) -> None:
        """Have the agent end, and wait for that."""
        async with self.terminal("mia") as one:
            await one.send('{"type":"typed","data":"touch done\\n"}')
            await self.scene.until(self.task, "review", "answered", "failed")


async def printed(terminal: ClientConnection, what: str, seconds: float = 20) -> str:
    """What a terminal prints, until `what` is in it; all of it is said to be taken."""
    text = b""
    async with asyncio.timeout(seconds):
        while what.encode() not in text[-10_000:]:
            got = await terminal.recv()
            if isinstance(got, str):
                raise AssertionError(f"{got} after {text!r}")
            text += got
            await terminal.send(f'{{"type":"took","count":{len(got)}}}')
    return text.decode(errors="replace")


@asynccontextmanager
async def looking(
    folder: Path, *, play: Any = waiting, before: Callable[[Scene], Awaitable[None]] | None = None, **config: Any
) -> AsyncGenerator[Stage]:
    """A running attempt of the project `shop`, of which pat, mia and vic are members, and the server to look into it. `before` is
    done first."""
    async with scene(folder, "", play, files=FILES_INSIDE, verify=False, **config) as stage:
        listener = listen_tcp("127.0.0.1", 0)
        settings = ServerConfig(port=listener.getsockname()[1], requests=1_000_000, heartbeat=1.0, drain=2.0)
        async with open_server(stage.service, settings) as app:
            ready = asyncio.Event()
            serving = asyncio.create_task(run_server(app, [listener], ready=ready.set))
            await ready.wait()
            url = f"http://127.0.0.1:{settings.port}"
            world = World(stage.service, asyncio.get_running_loop(), url, folder / "s.sock", app)
            try:
                await asyncio.to_thread(world.settle)
                if before is not None:
                    await before(stage)
                task = await stage.dispatch("wait")
                for name, role in ROLES.items():
                    member: Any = {"user_id": world.people[name], "project_id": task.project_id, "role": role}
                    await stage.service.database.write(put_membership, Membership(**member))
                yield Stage(stage, world, task.id, (await view_task(stage.service, stage.ann, task.id)).attempts[0].id)
            finally:
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
