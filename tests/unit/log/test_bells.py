"""Doorbells: a ring reaches every listener of its topic, in this process and in others; none is needed to be correct."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from databases import Postgres
from pullwright.log.bells import Bells, open_bells
from pullwright.log.bells.local import LocalBells
from pullwright.log.bells.postgres import PostgresBells
from pullwright.log.sql.database import Database

RING = """
import asyncio, sys
from pathlib import Path
from pullwright.log.bells import open_bells
from pullwright.log.sql.database import Database
async def main():
    async with open_bells(Database(sys.argv[1]), Path(sys.argv[2])) as bells:
        for topic in sys.argv[3:]:
            bells.ring(topic)
        await asyncio.sleep(0.3)
asyncio.run(main())
"""


async def ring_elsewhere(url: str, folder: Path, *topics: str) -> None:
    words = [sys.executable, "-c", RING, url, str(folder), *topics]
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0


def test_a_bell_remembers_until_it_is_asked() -> None:
    async def main() -> None:
        bells = Bells()
        async with bells.listen("a") as one, bells.listen("a") as two, bells.listen("b") as other:
            assert not await one.wait(0)
            bells.ring("a")
            bells.ring("a")
            await asyncio.to_thread(bells.ring, "nobody")
            assert await one.wait(5)
            assert await two.wait(5)
            assert not await one.wait(0.01)
            assert not await other.wait(0.01)
            await asyncio.to_thread(bells.ring, "b")
            assert await other.wait(5)
        bells.ring("a")

    asyncio.run(main())


def test_another_process_is_heard(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        bells = open_bells(database, tmp_path / "bells")
        async with bells, bells.listen("log:ses_1") as bell, bells.listen("log:ses_2") as other:
            await ring_elsewhere(database.url, tmp_path / "bells", "turns", "log:ses_1")
            assert await bell.wait(10)
            if database.is_sqlite:
                assert not await other.wait(0.05)
        assert not list((tmp_path / "bells").glob("*.bell"))

    asyncio.run(main())


@pytest.mark.parametrize("long", [False, True])
def test_sockets_that_nobody_holds_are_removed(tmp_path: Path, long: bool) -> None:
    folder = tmp_path / ("x" * 120 if long else "x")
    folder.mkdir()
    code = "import os,socket,sys; os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('1-dead.bell')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(folder)], check=True)

    async def main() -> None:
        async with LocalBells(folder) as one, LocalBells(folder) as two, two.listen("turns") as bell:
            one.ring("turns")
            assert await bell.wait(5)

    asyncio.run(main())
    assert not list(folder.iterdir())


def test_a_full_socket_gets_its_rings_later(tmp_path: Path) -> None:
    """More rings than its queue holds, while its process is busy: each topic arrives."""

    async def main() -> None:
        async with LocalBells(tmp_path) as one, LocalBells(tmp_path) as two, two.listen("last") as bell:
            for number in range(2000):
                one.ring(f"log:ses_{number}")
            one.ring("last")
            assert await bell.wait(10)

    asyncio.run(main())


def test_the_control_a_full_socket_does_refuse(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        full.bind(os.fsencode(tmp_path / "s"))
        sender.setblocking(False)
        sent = 0
        try:
            while sent < 5000:
                sender.sendto(b"x", os.fsencode(tmp_path / "s"))
                sent += 1
        except BlockingIOError:
            pass
        assert 0 < sent < 2000


def test_a_restart_of_the_database_lets_everybody_look(postgres: Postgres, postgres_url: str) -> None:
    async def main() -> None:
        async with PostgresBells(postgres_url) as one, PostgresBells(postgres_url) as two, two.listen("a") as bell:
            await bell.wait(0.1)
            await asyncio.to_thread(postgres.stop, crash=True)
            one.ring("a")
            await asyncio.to_thread(postgres.start)
            assert await bell.wait(20)

    asyncio.run(main())
