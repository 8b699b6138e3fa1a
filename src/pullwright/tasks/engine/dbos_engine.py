"""DBOS Transact behind the `Engine` protocol: one turn is one workflow, its id the turn's; each phase is a step of it.

DBOS itself decides neither what runs where (the gate does) nor who is dead (the reaper does); it remembers which phases are
done, and refuses what an execution that lost its workflow still wants to write. A turn starts by `start_workflow` in the process
that admitted it, within 2 ms; one that another process began is resumed into this process's own queue, which is looked at each
`POLL` seconds. docs/decisions/0011-engine.md has the numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from pullwright.protocol.errors import Bug, LogConflict, PullwrightError, SandboxLost, TryAgainLater
from pullwright.tasks.engine.engine import LARGEST, PHASES, Phases
from pullwright.tasks.engine.held import Held

VERSION = "1"
"""Raised only when the phases change: a workflow of another version is begun anew, from its first phase."""
SCHEMA = "pullwright_engine"
POLL = 0.25
THREADS = 16
AGAIN = 3
"""How often a turn whose phase met a passing fault, or lost its sandbox, is left open, to be tried again, before that ends it."""
KEPT = 3600.0
"""Seconds for which workflows that ended are kept."""
QUEUE = "own-"

_LOG = logging.getLogger("pullwright.engine")


class _Failure(msgspec.Struct, frozen=True, tag="failure"):
    """What a phase raised, as the engine keeps it."""

    message: str
    fix: str


class _Done(msgspec.Struct, frozen=True, tag="done"):
    """What a phase returned."""

    text: str


class DbosEngine(Held):
    """An `Engine` on DBOS. `url` is a database's (`engine_url`), `worker` unique for the process. One at a time in a process.

    `ended` is called (on the loop) whenever a workflow has ended here, for whatever reason.
    """

    def __init__(self, url: str, worker: str, *, ended: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._url = url
        self._worker = worker
        self._ended = ended
        self._queue = QUEUE + worker
        self._phases: Phases | None = None
        self._open = False
        self._again: Counter[str] = Counter()

    async def start(self, phases: Phases) -> None:
        """See `Engine`. Blocks the loop for 0.1 s (once: 1 s on a new PostgreSQL database), and must: DBOS runs workflows on the
        loop that is running in the thread that launches it."""
        self._phases = phases
        _quieten()
        if self._url.startswith("sqlite:"):
            await asyncio.to_thread(_use_wal, self._url)

        async def workflow(turn: str) -> str:  # not the method: DBOS writes attributes on what it is given
            return await self._turn(turn)

        self._open = True
        DBOS(config=self._config())
        self._workflow = DBOS.workflow(name="turn", max_recovery_attempts=None)(workflow)
        DBOS.listen_queues([self._queue])
        DBOS.launch()
        await DBOS.register_queue_async(self._queue, polling_interval_sec=POLL)

    def _config(self) -> DBOSConfig:
        return {
            "name": "pullwright",
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self._worker,
            "use_listen_notify": False,  # a thread that wakes every 10 ms, for messages that nobody sends here
            "max_executor_threads": THREADS,
            "sys_db_pool_size": 5,
            "serializer": DBOSPortableJSONSerializer(),  # else it pickles
            "log_level": "ERROR",
            "enable_otlp": False,
        }

    async def enqueue(self, turn: str) -> None:
        """See `Engine`."""
        if turn in self._tasks:
            return
        status = await DBOS.get_workflow_status_async(turn)
        if status is not None and status.status in ("SUCCESS", "ERROR"):
            await self._close(turn)
            return
        if status is not None and status.app_version != VERSION:
            await DBOS.delete_workflows_async([turn])
            status = None
        if status is not None:
            await DBOS.resume_workflow_async(turn, queue_name=self._queue)
            return
        with SetWorkflowID(turn):
            await DBOS.start_workflow_async(self._workflow, turn)

    async def left_behind(self, workers: Collection[str]) -> list[str]:
        """See `Engine`."""
        queues = {QUEUE + worker for worker in workers}
        open_ones = await DBOS.list_workflows_async(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False)
        return [
            workflow.workflow_id
            for workflow in open_ones
            if (workflow.queue_name not in queues if workflow.status == "ENQUEUED" else workflow.executor_id not in workers)
        ]

    async def tidy(self, workers: Collection[str]) -> None:
        """See `Engine`."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - KEPT))
        old = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR"], end_time=until, load_input=False, load_output=False, limit=1000
        )
        if old:
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old])
        kept = {QUEUE + worker for worker in workers} | {self._queue}
        for queue in await DBOS.list_queues_async():
            if queue.name.startswith(QUEUE) and queue.name not in kept:
                await DBOS.delete_queue_async(queue.name)

    async def stop(self, *, drain: float) -> None:
        """See `Engine`."""
        if not self._open:
            return
        await self.drained(drain)
        self._open = False
        with contextlib.suppress(Exception):  # another worker's tidying does it, where the database is away
            await asyncio.wait_for(DBOS.delete_queue_async(self._queue), 2.0)
        # DBOS made its pool the loop's own; what others still want to do in threads must outlive it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    async def _turn(self, turn: str) -> str:
        task = asyncio.current_task()
        assert task
        self._tasks[turn] = task
        try:
            for name in PHASES:
                failure = await self._step(turn, name)
                if failure is not None:
                    await DBOS.run_step_async({"name": "fail"}, self._fail, turn, failure)
                    break
            self._again.pop(turn, None)
            return ""
        finally:
            if self._tasks.get(turn) is task:
                del self._tasks[turn]
            self._ended()

    async def _step(self, turn: str, name: str) -> _Failure | None:
        """Run one phase, once for all times; None when it is done."""
        assert self._phases
        phase: Callable[[str], Awaitable[str]] = getattr(self._phases, name)
        text = await DBOS.run_step_async({"name": name}, self._kept, turn, phase)
        kept = msgspec.json.decode(text, type=_Done | _Failure)
        return kept if isinstance(kept, _Failure) else None

    async def _kept(self, turn: str, phase: Callable[[str], Awaitable[str]]) -> str:
        """What a phase did, as JSON. Being fenced off is no result: it ends the execution as being cancelled does."""
        result: _Done | _Failure
        try:
            result = _Done(await phase(turn))
            if len(result.text) > LARGEST:
                raise Bug(f"a phase handed {len(result.text)} characters to the engine")
        except LogConflict as error:
            _LOG.warning("%s is another worker's by now: %s", turn, error)
            raise asyncio.CancelledError from error
        except PullwrightError as error:
            self._leave_open(turn, error)
            result = _Failure(str(error), error.fix)
        except Exception as error:
            _LOG.exception("a phase of %s broke", turn)
            result = _Failure(f"an invariant of Pullwright's does not hold: {error!r}", "Report it, with the server's log.")
        return msgspec.json.encode(result).decode()

    def _leave_open(self, turn: str, error: PullwrightError) -> None:
        """A fault that may pass does not end a turn at once: it stays open here, and the worker tries it again."""
        if isinstance(error, TryAgainLater | SandboxLost) and self._again[turn] < AGAIN:
            self._again[turn] += 1
            _LOG.warning("%s is tried again: %s", turn, error)
            raise asyncio.CancelledError from error

    async def _fail(self, turn: str, failure: _Failure) -> str:
        assert self._phases
        return await _open(turn, self._phases.fail(turn, PullwrightError(failure.message, fix=failure.fix)))

    async def _close(self, turn: str) -> None:
        """A turn that is still open although its workflow ended: the one thing that must not be is that it stays so."""
        assert self._phases
        with contextlib.suppress(LogConflict):
            await self._phases.fail(turn, Bug("the turn's workflow ended without ending the turn"))
        self._ended()


async def _open(turn: str, failing: Awaitable[str]) -> str:
    """Fail a turn; where that cannot be done now, leave it open, so that it is tried again."""
    try:
        return await failing
    except Exception as error:
        if not isinstance(error, LogConflict):
            _LOG.exception("%s could not be ended", turn)
        raise asyncio.CancelledError from error


def engine_url(database: str, data: Path) -> str:
    """Where the engine keeps what it knows: a file of its own beside SQLite, a schema of its own in PostgreSQL."""
    if database.startswith("sqlite:"):
        return f"sqlite:///{data / 'engine.sqlite'}"
    return f"postgresql://{database.partition('://')[2]}"


def _use_wal(url: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _quieten() -> None:
    """DBOS adds a handler of its own to a logger that has none, and warns four times a second while a database is away."""
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    log.setLevel(logging.ERROR)
