"""Rows of calls, written by one task: what comes while a transaction is on its way goes into the next one, together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.protocol.errors import TryAgainLater
from pullwright.tasks.store.calls import Ending, add_calls, end_calls
from pullwright.tasks.store.rows.accounts import UsageEntry

MOST = 500
"""Rows in one transaction."""
PAUSE = 1.0
"""Seconds until endings are tried again that the database did not take."""

_LOG = logging.getLogger("pullwright.metering")


class _Line(msgspec.Struct, frozen=True, eq=False):
    row: UsageEntry | Ending
    done: asyncio.Future[None]
    written: Callable[[], None] | None = None


class Ledger:
    """What is put in is written in order. `keep` runs as long as that may happen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines: list[_Line] = []
        self._come = asyncio.Event()
        self._closed = False

    def put(self, row: UsageEntry | Ending, written: Callable[[], None] | None = None) -> asyncio.Future[None]:
        """Have a call opened or closed. The future is done once that is committed, and fails (for an opening) when it is not to
        be had. An ending that cannot be written is kept, and its future done: it is written as soon as the database is back.
        `written` is called once the row is committed."""
        line = _Line(row, asyncio.get_running_loop().create_future(), written)
        line.done.add_done_callback(_heard)
        self._lines.append(line)
        self._come.set()
        return line.done

    def close(self) -> None:
        """`keep` returns once all is written."""
        self._closed = True
        self._come.set()

    async def keep(self) -> None:
        """Write what is put in, until closed."""
        while self._lines or not self._closed:
            await self._come.wait()
            lines, self._lines = self._lines[:MOST], self._lines[MOST:]
            if not self._lines and not self._closed:
                self._come.clear()
            if lines and not await self._write(lines):
                await asyncio.sleep(PAUSE)

    async def _write(self, lines: Sequence[_Line]) -> bool:
        """Whether nothing has to be written again."""
        try:
            await self._database.write(_write_rows, [line.row for line in lines])
        except TryAgainLater as error:
            self._keep_back(lines, error)
            return self._closed
        except Exception as error:
            if len(lines) == 1:
                _LOG.exception("a call's row was not written: %s", lines[0].row.id)
                _fail(lines[0], error)
                return True
            for line in lines:  # one that cannot be written is not to take others along
                await self._write([line])
        else:
            for line in lines:
                _done(line)
                if line.written is not None:
                    line.written()
        return True

    def _keep_back(self, lines: Sequence[_Line], error: TryAgainLater) -> None:
        opened = {line.row.id for line in lines if isinstance(line.row, UsageEntry)}
        endings = [line for line in lines if isinstance(line.row, Ending) and line.row.id not in opened]
        for line in lines:
            if isinstance(line.row, UsageEntry):
                _fail(line, error)
            else:
                _done(line)
        if not self._closed:
            _LOG.warning("%d calls are not closed yet: %s", len(endings), error)
            self._lines[:0] = endings
            self._come.set()


def _write_rows(connection: Connection, rows: Sequence[UsageEntry | Ending]) -> None:
    add_calls(connection, [row for row in rows if isinstance(row, UsageEntry)])
    end_calls(connection, [row for row in rows if isinstance(row, Ending)])


def _heard(done: asyncio.Future[None]) -> None:
    """Who put it in may have been cancelled; the failure is logged here."""
    if not done.cancelled():
        done.exception()


def _done(line: _Line) -> None:
    if not line.done.done():
        line.done.set_result(None)


def _fail(line: _Line, error: Exception) -> None:
    if not line.done.done():
        line.done.set_exception(error)
