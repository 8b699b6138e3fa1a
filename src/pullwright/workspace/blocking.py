"""Blocking work (files, git) in a worker thread, without losing hold of it.

`await in_thread(function, …)` runs the function in a thread. Cancelling the await kills the git processes that
the function started, waits for the thread to end, and only then lets the cancellation go on: nothing goes on
working behind the caller's back.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Stopped(Exception):
    """The work was cancelled from outside; seen only inside the worker thread."""


class Job:
    """One piece of blocking work and the processes that it has running."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Note a running process; kills it at once when the job was stopped meanwhile."""
        with self._lock:
            self._processes.add(process)
            if self.stopped:
                process.kill()

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a process. Raises `Stopped` when the job was stopped."""
        with self._lock:
            self._processes.discard(process)
        self.check()

    def check(self) -> None:
        """Raise `Stopped` when the job was stopped; long loops call this now and then."""
        if self.stopped:
            raise Stopped

    def stop(self) -> None:
        """Kill what runs and let the thread run into `Stopped`."""
        with self._lock:
            self.stopped = True
            for process in self._processes:
                process.kill()


_current: contextvars.ContextVar[Job | None] = contextvars.ContextVar("job", default=None)


def current_job() -> Job:
    """The job that this thread works for (a fresh one outside `in_thread`)."""
    return _current.get() or Job()


@contextlib.contextmanager
def finishing() -> Iterator[None]:
    """What the block does is done to its end, also when the job is stopped meanwhile: nothing in it may take long."""
    token = _current.set(Job())
    try:
        yield
    finally:
        _current.reset(token)


async def in_thread(function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
    """Run blocking work in a thread; see the module's text for what cancelling does."""
    job = Job()
    context = contextvars.copy_context()
    context.run(_current.set, job)
    call = functools.partial(context.run, functools.partial(function, *args, **kwargs))
    future = asyncio.get_running_loop().run_in_executor(None, call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        job.stop()
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError:
                continue
        if not future.cancelled():
            future.exception()
        raise


async def opened_in_thread(
    function: Callable[Params, Result], let_go: Callable[[Result], None], *args: Params.args, **kwargs: Params.kwargs
) -> Result:
    """The same for work that opens something: cancelled when it was just done, `let_go` gets what nobody will ever hold."""
    opened: list[Result] = []

    def work() -> Result:
        opened.append(function(*args, **kwargs))
        return opened[0]

    try:
        return await in_thread(work)
    except asyncio.CancelledError:
        if opened:
            let_go(opened[0])
        raise
