"""Looking into a running attempt: its files and a terminal, by whom they are for, until the sandbox goes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from inside_scene import PORT, Stage, looking, printed
from pullwright.log.sql.reading import read_lines
from pullwright.tasks.inside.address import folder_of
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.tables import workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_viewer_sees_the_files_and_a_member_has_a_terminal(tmp_path: Path) -> None:
    async with looking(tmp_path) as stage:
        told = await stage.until_open()
        assert (told["may_enter"], told["ports"]) == (True, [PORT])
        await _files(stage)
        await _terminal(stage)
        await _who_is_refused(stage)
        await _told(stage)
        async with stage.terminal("mia") as left:
            await left.send('{"type":"typed","data":"touch done\\n"}')
            await stage.scene.until(stage.task, "review")
            assert (await _last(left))["type"] in ("gone", "ended")
        async with stage.client("vic") as vic:
            assert (await vic.get(stage.at)).json()["state"] == "ended"
            assert (await vic.get(f"{stage.at}/files")).status_code == 409
        assert list(folder_of(stage.scene.service.config.data).iterdir()) == []


async def _files(stage: Stage) -> None:
    async with stage.client("vic") as vic:
        assert not (await vic.get(stage.at)).json()["may_enter"]
        listed = (await vic.get(f"{stage.at}/files")).json()["entries"]
        assert [one["name"] for one in listed if one["kind"] == "folder"] == [".git", "docs"]
        assert "shop.py" in {one["name"] for one in listed}
        (deeper,) = (await vic.get(f"{stage.at}/files", params={"path": "docs"})).json()["entries"]
        assert (deeper["name"], deeper["size"]) == ("read me.md", 8)
        file = await vic.get(f"{stage.at}/file", params={"path": "docs/read me.md"})
        assert (file.content, file.headers["x-file-size"]) == (b"# Hello\n", "8")
        assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''read%20me.md"
        part = await vic.get(f"{stage.at}/file", params={"path": "docs/read me.md", "most": 3})
        assert (part.content, part.headers["x-file-size"]) == (b"# H", "8")
        assert (await vic.get(f"{stage.at}/file", params={"path": "docs"})).status_code == 404
        assert (await vic.get(f"{stage.at}/files", params={"path": "nowhere"})).status_code == 404


async def _terminal(stage: Stage) -> None:
    async with stage.terminal("mia") as one:
        await one.send('{"type":"typed","data":"echo $((6*7)) $(stty size) > seen; cat seen; id -u\\n"}')
        await printed(one, "42 30 100\r\n")
        await one.send('{"type":"resized","columns":50,"rows":10}')
        await one.send('{"type":"typed","data":"stty size\\n"}')
        await printed(one, "10 50\r\n")
        await one.send('{"type":"typed","data":"sleep 4242 & printf %s started; echo .\\n"}')
        await printed(one, "started.")
        assert await _runs(stage, "sleep 4242")
    async with stage.client("vic") as vic:
        assert (await vic.get(f"{stage.at}/file", params={"path": "seen"})).text == "42 30 100\n"
    for _ in range(100):
        if not await _runs(stage, "sleep 4242"):
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("what the person started goes on although they have left")
    async with stage.terminal("mia") as one:
        await one.send('{"type":"typed","data":"exit 3\\n"}')
        assert await _last(one) == {"type": "ended", "exit_code": 3}


async def _last(terminal: ClientConnection) -> dict[str, Any]:
    """What is said last before the server closes."""
    texts = [message async for message in terminal if isinstance(message, str)]
    return json.loads(texts[-1])


async def _runs(stage: Stage, command: str) -> bool:
    found = await asyncio.create_subprocess_exec("pgrep", "-f", f"^{command}$", stdout=asyncio.subprocess.DEVNULL)
    return await found.wait() == 0


async def _who_is_refused(stage: Stage) -> None:
    for name, status in (("vic", 403), ("eve", 404), ("", 401)):
        with pytest.raises(InvalidStatus) as refused:
            await stage.terminal(name)
        assert refused.value.response.status_code == status, name


async def _told(stage: Stage) -> None:
    async with stage.client("ada") as ada:
        rows = (await ada.get("/api/v1/audit")).json()
        assert [row["object"] for row in rows if row["action"] == "inside.terminal"] == [stage.attempt] * 2
    service = stage.scene.service
    session = (await service.database.read(get_attempt, stage.attempt)).session
    lines = await read_lines(service.database, session, 0, 1000)
    assert sum(b"mia opened a terminal in the sandbox" in line for line in lines) == 2


async def test_who_reads_slowly_keeps_the_shell_waiting_and_nothing_in_memory(tmp_path: Path) -> None:
    async with looking(tmp_path) as stage:
        await stage.until_open()
        async with stage.terminal("mia") as one:
            await one.send('{"type":"typed","data":"yes | head -c 600000; echo; echo e\'\'nd\\n"}')
            seen = 0
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(1):
                        seen += len(await one.recv())
            assert seen < 500_000
            await one.send(json.dumps({"type": "took", "count": seen}))
            await printed(one, "\r\nend\r\n")
        await stage.end()


async def test_who_types_faster_than_it_is_heard_loses_no_key(tmp_path: Path) -> None:
    """As when a line stood still for a moment: every key is a message, and all of them come at once."""
    async with looking(tmp_path) as stage:
        await stage.until_open()
        async with stage.terminal("mia") as one:
            word = "abcdefghij" * 40
            for key in f"echo {word}| wc -c\n":
                await one.send(json.dumps({"type": "typed", "data": key}))
            await printed(one, f"{len(word) + 1}\r\n")
        await stage.end()


async def test_an_attempt_on_another_machine_is_said_to_be_there(tmp_path: Path) -> None:
    async with looking(tmp_path) as stage:
        await stage.until_open()
        (socket,) = folder_of(stage.scene.service.config.data).iterdir()
        hidden = socket.rename(tmp_path / "hidden.sock")
        async with stage.client("mia") as mia:
            assert (await mia.get(stage.at)).json()["state"] == "opening"
            await stage.scene.service.database.write(lambda connection: connection.execute(workers.update().values(host="other")))
            assert (await mia.get(stage.at)).json()["state"] == "elsewhere"
            refused = await mia.get(f"{stage.at}/files")
            assert (refused.status_code, refused.json()["detail"]) == (409, "its worker is on another machine")
        hidden.rename(socket)
        await stage.end()
