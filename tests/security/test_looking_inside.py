"""Looking into a sandbox lets nobody out of it, and nothing of the person in. A guard is shown off first: the attack works."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from inside_scene import PORT, Stage, looking, printed
from pullwright.protocol.errors import NotFound
from pullwright.protocol.policy import NetworkPolicy
from pullwright.server.inside import exchange
from pullwright.tasks.inside import address
from pullwright.tasks.inside import looking as looks
from pullwright.tasks.inside.address import folder_of
from pullwright.tasks.projects.environments import put_environment
from pullwright.tasks.store.records import EnvironmentSpec

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_sandbox_that_people_look_into_stays_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(tmp_path) as stage:
        await stage.until_open()
        await only_the_workspace_is_shown(stage, monkeypatch)
        await what_either_side_brings_stays_there(stage, monkeypatch)
        await a_link_is_one_port_for_as_long_as_its_holder_may(stage)
        await the_socket_is_for_its_owner_alone(stage, monkeypatch)
        await stage.end()


async def opened(client: httpx.AsyncClient, stage: Stage) -> str:
    answer = await client.post(f"{stage.at}/ports/{PORT}")
    assert answer.status_code == 201, answer.text
    return answer.json()["url"]


async def only_the_workspace_is_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.terminal("mia") as one:
        for line in (
            "ln -s /etc/passwd out; ln -s ../../../../../etc up; ln -s shop.py in",
            "mkfifo pipe; mkdir d; ln -s /etc d/e",
        ):
            await one.send(f'{{"type":"typed","data":"{line}; echo ma\'\'de\\n"}}')
            await printed(one, "made\r\n")
    async with stage.client("vic") as vic:

        async def file(path: str) -> httpx.Response:
            return await vic.get(f"{stage.at}/file", params={"path": path})

        with monkeypatch.context() as without:
            without.setattr(looks, "_within", lambda path, root: True)
            assert "root:" in (await file("out")).text
            assert "root:" in (await file("/etc/passwd")).text
        for path in (
            "out",
            "/etc/passwd",
            "../../../../etc/passwd",
            "up/passwd",
            "d/e/passwd",
            "docs/../../x",
            "pipe",
            "",
            "a\0b",
        ):
            answer = await file(path)
            assert answer.status_code in (404, 409), path
            assert "root:" not in answer.text
        assert "def total" in (await file("in")).text
        assert (await vic.get(f"{stage.at}/files", params={"path": "up"})).status_code == 404
        assert (await vic.get(f"{stage.at}/files", params={"path": ".."})).status_code == 404
        listed = (await vic.get(f"{stage.at}/files")).json()["entries"]
        assert {one["name"]: one["kind"] for one in listed}["out"] == "link"


async def what_either_side_brings_stays_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.client("mia") as mia:
        url = await opened(mia, stage)
        brought = {
            "Cookie": f"pullwright={mia.cookies['pullwright']}",
            "Authorization": "Bearer mine",
            "Proxy-Authorization": "Basic x",
            "X-Forwarded-User": "mia",
            "X-CSRF-Token": "t",
            "Origin": "null",
            "Referer": f"{stage.world.url}{url}",
            "Upgrade-Insecure-Requests": "1",
            "Content-Type": "text/plain",
        }
        with monkeypatch.context() as without:
            everything = {name.lower().encode() for name in brought} | exchange.INWARDS
            without.setattr(exchange, "INWARDS", everything)
            without.setattr(exchange, "OUTWARDS", exchange.OUTWARDS | {b"set-cookie"})
            leaked = await mia.post(f"{url}echo", headers=brought, content=b"hello")
            assert "Bearer mine" in leaked.text
            assert "set-cookie" in (await mia.get(f"{url}hostile")).headers
        told = (await mia.post(f"{url}echo?a=%2F..", headers=brought, content=b"hello")).json()
        assert (told["method"], told["path"], told["body"]) == ("POST", "/echo?a=%2F..", "hello")
        assert {name.lower() for name in told["headers"]} <= {
            "host", "connection", "accept", "user-agent", "content-type", "content-length",
        }  # fmt: skip
        assert told["headers"]["host"] == f"localhost:{PORT}"
        hostile = await mia.get(f"{url}hostile")
        assert hostile.status_code == 200
        assert "sandbox allow-scripts" in hostile.headers["content-security-policy"]
        assert "default-src *" not in hostile.headers["content-security-policy"]
        assert hostile.headers["x-frame-options"] == "DENY"
        for name in ("set-cookie", "clear-site-data", "service-worker-allowed", "refresh", "access-control-allow-credentials"):
            assert name not in hostile.headers


async def a_link_is_one_port_for_as_long_as_its_holder_may(stage: Stage) -> None:
    async with stage.client("mia") as mia, stage.client() as nobody:
        url = await opened(mia, stage)
        page = await nobody.get(url)
        assert (page.status_code, f"<script src={url}app.js>" in page.text) == (200, True)
        assert (await nobody.get("/inside/nonsense/")).status_code == 404
        assert (await nobody.request("HEAD", url)).status_code == 200
        assert (await nobody.get(f"{url}moved")).headers["location"] == f"{url}there?x=1"
        assert "location" not in (await nobody.get(f"{url}away")).headers
        assert (await nobody.get(url, headers={"Host": "evil.example"})).status_code == 421
        tickets, name = stage.world.app.state.desk.tickets, url.split("/")[2]
        assert (await tickets.holder(name, "127.0.0.1"))[1].name == "mia"
        with pytest.raises(NotFound):
            await tickets.holder(name, "192.0.2.1")
        assert (await mia.post("/api/v1/sign-out")).status_code == 204
        (await tickets.holder(name, "127.0.0.1"))[0].checked -= 60
        assert (await nobody.get(url)).status_code == 404
        stage.world.forget("mia")
    async with stage.client("vic") as vic, stage.client("eve") as eve:
        assert (await vic.post(f"{stage.at}/ports/{PORT}")).status_code == 403
        assert (await eve.post(f"{stage.at}/ports/{PORT}")).status_code == 404
    async with stage.client("pat", key="dispatch") as forged:
        del forged.headers["x-csrf-token"]
        del forged.headers["authorization"]
        assert (await forged.post(f"{stage.at}/ports/{PORT}")).status_code == 403


async def test_only_the_sandbox_s_own_loopback_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = await asyncio.start_server(_host_service, "127.0.0.1", 0)
    port = served.sockets[0].getsockname()[1]

    async def environment(stage: Any) -> None:
        policy = NetworkPolicy(host_ports=(port,))
        await put_environment(stage.service, stage.ann, "shop", "default", EnvironmentSpec(network=policy))

    async with served, looking(tmp_path, before=environment) as stage:
        told = await stage.until_open()
        assert told["ports"] == [PORT]  # neither the way out nor what was let in
        async with stage.client("mia") as mia:
            with monkeypatch.context() as without:
                without.setattr(looks, "may_open", lambda sandbox, port: True)
                without.setattr("pullwright.tasks.inside.window.may_open", lambda sandbox, port: True)
                assert (await mia.post(f"{stage.at}/ports/{port}")).status_code == 201
            for refused in (port, looks.PROXY_PORT, int(stage.world.url.rpartition(":")[2])):
                assert (await mia.post(f"{stage.at}/ports/{refused}")).status_code in (404, 409), refused
            assert (await mia.post(f"{stage.at}/ports/70000")).status_code == 422
        await stage.end()


async def _host_service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nthe host's database")
    writer.close()


async def the_socket_is_for_its_owner_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(stage.scene.service.config.data)
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    async with stage.terminal("mia") as one:
        await one.send(f'{{"type":"typed","data":"ls {folder} || echo none of it\\n"}}')
        await printed(one, "\r\nnone of it")
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    folder.chmod(0o711)
    path.chmod(0o666)
    for parent in folder.parents:
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
    with monkeypatch.context() as without:
        without.setattr(address, "is_ours", lambda connection: True)
        assert await asyncio.to_thread(_as_somebody_else, path) != b""
    assert await asyncio.to_thread(_as_somebody_else, path) == b""


def _as_somebody_else(path: Path) -> bytes:
    """What an ordinary user is answered who asks for the ports."""
    code = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534); s = socket.socket(socket.AF_UNIX); s.settimeout(10); "
        "s.connect(sys.argv[1]); m = bytes.fromhex('81a4776f7264a5706f727473'); "
        "s.sendall(len(m).to_bytes(4, 'big') + m); s.shutdown(1); sys.stdout.buffer.write(s.recv(100))"
    )
    return subprocess.run([sys.executable, "-I", "-c", code, path.name], cwd=path.parent, capture_output=True, timeout=30).stdout
