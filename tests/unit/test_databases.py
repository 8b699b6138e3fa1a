"""The databases of tests: what was committed outlives a server that is killed, and a caller waits until it is back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import func, insert, select

from databases import Postgres
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import log_heads


async def _write_while_it_is_down(database: Database, server: Postgres) -> int | None:
    def add(connection, session):
        connection.execute(insert(log_heads).values(session=session, created=0.0))

    await database.write(add, "ses_1")
    server.stop(crash=True)
    later = threading.Timer(0.3, server.start)
    later.start()
    await database.write(add, "ses_2")
    later.join()
    return await database.read(lambda connection: connection.execute(select(func.count()).select_from(log_heads)).scalar())


def test_a_killed_server_has_what_was_committed(postgres: Postgres, postgres_url: str) -> None:
    database = Database(postgres_url)
    assert asyncio.run(_write_while_it_is_down(database, postgres)) == 2
    database.close()


def test_a_server_leaves_nothing(postgres: Postgres) -> None:
    server = Postgres()
    server.open()
    folder = Path(server.data)
    assert folder.is_dir()
    server.close()
    assert not folder.parent.exists()
