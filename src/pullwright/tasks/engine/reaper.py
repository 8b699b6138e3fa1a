"""The reaper: who is gone, and what becomes of its turns. Every worker has one; they need not agree.

A worker of this machine is gone when the kernel has let go of its lock: its process has ended, whatever its heartbeat says.
Another one is gone when its heartbeat did not change for `silence` seconds *of watching it*: clocks of machines are not
compared, and time in which the watcher itself slept, or could not reach the database, does not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.tasks.engine.gate import Follow
from pullwright.tasks.engine.presence import has_ended, sweep, this_host
from pullwright.tasks.engine.workers import depart, stranded
from pullwright.tasks.store.rows.work import Worker
from pullwright.tasks.store.workers import list_workers

BLINK = 5.0
"""Seconds between two looks after which nothing that was seen before counts."""


class Reaper:
    """One worker's reaper; `folder` is this machine's, and holds the locks of its workers."""

    def __init__(self, database: Database, worker: str, folder: Path, *, silence: float, follow: Follow) -> None:
        self._database = database
        self._worker = worker
        self._folder = folder
        self._silence = silence
        self._follow = follow
        self._seen: dict[str, tuple[float, float]] = {}
        self._looked = 0.0

    async def look(self) -> list[str]:
        """Declare gone who is; returns the turns that are queued again."""
        rows = await self._database.read(list_workers)
        lost = [row.id for row in self._judge(rows, time.monotonic()) if row.id != self._worker]
        lost += await self._database.read(stranded)
        returned: list[str] = []
        for worker in dict.fromkeys(lost):
            returned += await self._database.write(self._lay_out, worker)
        if lost:
            await asyncio.to_thread(sweep, self._folder, [row.id for row in rows if row.id not in lost])
        return returned

    def _judge(self, rows: Sequence[Worker], now: float) -> list[Worker]:
        watched = now - self._looked <= max(BLINK, self._silence / 3)
        self._looked = now
        before = self._seen if watched else {}
        self._seen = {}
        for row in rows:
            beat, since = before.get(row.id, (row.heartbeat, now))
            self._seen[row.id] = (row.heartbeat, since if beat == row.heartbeat else now)
        return [row for row in rows if now - self._seen[row.id][1] > self._silence or self._has_ended(row)]

    def _lay_out(self, connection: Connection, worker: str) -> list[str]:
        returned = depart(connection, worker)
        for turn in returned:
            self._follow(connection, turn)
        return returned

    def _has_ended(self, row: Worker) -> bool:
        return row.host == this_host() and has_ended(self._folder, row.id)
