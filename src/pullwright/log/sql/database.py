"""One database, SQLite or PostgreSQL, through one code path: functions over a connection, run in threads.

    database = Database(url)
    await database.read(find, "ses_1")       find(connection, "ses_1"), in a transaction that only reads
    await database.write(add, record)        the same, committed; on SQLite one writer at a time, in order of arrival

A function that is handed over does no I/O but SQL, and may be run again from its start when the database says that it
collided with another one (a lock, a serialisation failure, a lost connection), so it must not change what it was given.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from pullwright.protocol.errors import FixMachine, FixSettings, TryAgainLater

AWAY = "See that it runs and can be reached."
FULL = "Make room on its disk."

P = ParamSpec("P")
R = TypeVar("R")

READERS = 4
"""Threads, and connections, that read at once."""
PATIENCE = 30.0
"""Seconds for which a database that is down or locked is tried again before the caller hears of it."""
CHECKPOINT = 300
"""Commits after which SQLite's log is brought into its file: in a thread of its own, since that waits for the disk, and the
commit at which SQLite does it by itself would wait along."""
LONGEST_LOG = 8_000
"""Pages of the log (32 MB) at which a commit does it all the same."""
LOCKED = 3.0
"""Seconds that a statement waits for a lock of PostgreSQL's, before it is looked at who holds it."""

_END_STOPPED = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
    " AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL AND wait_event_type = 'Client'"
    " AND greatest(xact_start, state_change) < now() - make_interval(secs => :seconds)"
)


class Database:
    """A database by URL: `sqlite:///path` or `postgresql://…`. Opening makes no connection; `close` ends all of them.

    Raises `FixSettings` for a URL of neither kind, and from each call `TryAgainLater` when the database stayed out of
    reach for `patience` seconds.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self.url = url
        self.patience = patience
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = self.engine.execution_options(writes=False)
        self._syncing: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._asked = self._synced = 0
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else READERS, thread_name_prefix="db-write")
        self._checkpoints = ThreadPoolExecutor(1, thread_name_prefix="db-checkpoint")
        self._commits = 0

    async def read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work(connection, …)` returns, in a transaction of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._run(self._reading, work, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work(connection, …)` returns, committed. Once begun it is finished, also when the caller is cancelled."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, lambda: self._run(self.engine, work, *args, **kwargs))

    def run(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same as `write` in the caller's own thread (blocking): for commands, migrations and tests."""
        return self._run(self.engine, work, *args, **kwargs)

    def _run(self, engine: Engine, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        until = time.monotonic() + self.patience
        pause = 0.01
        while True:
            try:
                with engine.begin() as connection:
                    done = work(connection, *args, **kwargs)
                self._committed(engine)
                return done
            except DBAPIError as error:
                if not _passes(error):
                    if isinstance(error.orig, sqlite3.Error) and (known := _fault(str(error.orig), self.url)):
                        raise known from error
                    raise
                if getattr(error.orig, "sqlstate", None) == "55P03":
                    self._end_stopped()
                if time.monotonic() > until:
                    raise TryAgainLater(
                        f"the database does not answer: {error.orig}", fix=FULL if "disk is full" in str(error.orig) else AWAY
                    ) from error
            time.sleep(pause)
            pause = min(pause * 2, 0.5)

    def _committed(self, engine: Engine) -> None:
        if not self.is_sqlite or engine is self._reading:
            return
        self._commits += 1
        if self._commits % CHECKPOINT == 0:
            with contextlib.suppress(RuntimeError):  # it is being closed, which does the same
                self._checkpoints.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        """Bring the log into the file, as far as no reader needs it; nobody waits for that."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as own:
            own.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _end_stopped(self) -> None:
        """End the connections of processes that have stopped in the middle of a transaction: they hold what others wait for.

        A stopped process, or one behind a broken network, does not close its connection, and PostgreSQL's own time limits do
        not count within a batch of statements. What is ended: has written, and has heard nothing for `LOCKED` seconds.
        """
        with contextlib.suppress(DBAPIError), self._reading.connect() as connection:
            connection.execute(_END_STOPPED, {"seconds": LOCKED})

    async def sync(self) -> None:
        """Make what was committed so far survive a power cut. One sync does for all that wait for it.

        PostgreSQL has done so at each commit. SQLite in WAL mode has written it, to a file that is synced here.
        """
        if not self.is_sqlite:
            return
        wanted = self._asked = self._asked + 1
        async with self._syncing.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if self._synced < wanted:
                newest = self._asked
                await asyncio.to_thread(self._sync)
                self._synced = newest

    def _sync(self) -> None:
        """The WAL only: what left it was synced into the file itself, and closing that would drop this process's locks on it."""
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(self.url.removeprefix("sqlite:///") + "-wal", os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fdatasync(fd)
            finally:
                os.close(fd)

    def close(self) -> None:
        """Wait for what runs, then end all connections (blocking)."""
        self._readers.shutdown()
        self._writers.shutdown()
        self._checkpoints.shutdown()
        self.engine.dispose()


def add_once(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless one with its key is there; whether it was inserted."""
    into = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    key = next(iter(table.primary_key.columns))
    return connection.execute(into(table).on_conflict_do_nothing().returning(key), row).first() is not None


def _passes(error: DBAPIError) -> bool:
    """Whether the same again may succeed: a lost or refused connection, a lock, a deadlock, a serialisation failure, a disk that
    somebody may make room on."""
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error.orig, sqlite3.OperationalError):
        return any(word in str(error.orig) for word in ("locked", "busy", "disk is full"))
    return state is None or state[:2] in ("08", "40", "53", "57") or state == "55P03"


def _fault(said: str, url: str) -> FixMachine | None:
    """What SQLite means by what it says of its file, and what to do."""
    path = url.removeprefix("sqlite:///")
    if "not a database" in said or "malformed" in said:
        return FixMachine(f"the database {path} is damaged: {said}", fix="Restore a backup: pullwright admin restore")
    if "readonly" in said or "unable to open" in said:
        return FixMachine(f"the database {path} cannot be written: {said}", fix="Let this user write the file and its folder.")
    if "disk I/O error" in said:
        return FixMachine(f"the disk of the database {path} does not work: {said}", fix="See the system's log (dmesg).")
    return None


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The driver's own notion of transactions is turned off (`autocommit`): each begins as what it is, so that a
        # reader does not wait for a writer and a writer never finds its snapshot stale.
        engine = create_engine(url, connect_args={"timeout": 30.0, "check_same_thread": False}, pool_size=READERS + 2)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        _, _, rest = url.partition("://")
        options = {"options": f"-c lock_timeout={LOCKED * 1000:.0f}", "connect_timeout": 5, "keepalives_idle": 15}
        return create_engine(
            f"postgresql+psycopg://{rest}", pool_size=2 * READERS, max_overflow=4, pool_pre_ping=True, connect_args=options
        )
    shown = url.partition("://")[0]
    raise FixSettings(f"the database {shown}://… is neither SQLite nor PostgreSQL", fix="Use sqlite:///PATH or postgresql://…")


def _set_up_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-8000")
    for pragma in (*pragmas, f"wal_autocheckpoint={LONGEST_LOG}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """IMMEDIATE, so that a transaction that reads first and writes then does not lose its snapshot."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes", True) else "BEGIN")
