"""What goes on beside the keys: tasks that end with the screen, whose errors are said and never end it.

Work.spawn(coroutine)    beside the keys
Work.open(coroutine)     the same, for what may open a question: keys of the same moment are meant for that
Work.fault(error)        a bug of ours
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from pullwright.protocol.errors import PullwrightError

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPress

FAULTS = 20
"""Bugs of ours that a session outlives."""

Job = Coroutine[Any, Any, None]


class Work:
    """The tasks of one screen. `tell` says an error to the person, `give_up` ends the screen, `press` gives keys to it."""

    def __init__(
        self, tell: Callable[[str], None], give_up: Callable[[], None], press: Callable[[Sequence[KeyPress]], None]
    ) -> None:
        self._tell, self._give_up, self._press = tell, give_up, press
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[KeyPress] = []
        self.opening = False
        self._faults = 0
        self.kept = ""

    def begin(self, group: asyncio.TaskGroup) -> None:
        """From now on there is a group for it."""
        self._group = group

    def stop(self) -> None:
        """Nothing more is begun, what runs is stopped."""
        self._group = None
        for task in self._tasks:
            task.cancel()

    def spawn(self, job: Job) -> asyncio.Task[None] | None:
        """Do it; None when the screen has ended."""
        if self._group is None:
            job.close()
            return None
        task = self._group.create_task(self._guarded(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, job: Job) -> None:
        try:
            await job
        except PullwrightError as error:
            self._tell(f"{error}\n{error.fix}" if error.fix else str(error))
        except Exception as error:
            self.fault(error)

    def fault(self, error: BaseException) -> None:
        """It is said and kept, and the session goes on; too many of them end it."""
        from pullwright.cli.failures import keep

        self._faults += 1
        if self.gave_up:
            self._give_up()
            return
        self.kept = keep(error)
        where = f"the details are in {self.kept}; " if self.kept else ""
        self._tell(f"a bug of Pullwright's: {error}\n{where}the session goes on")

    @property
    def gave_up(self) -> bool:
        """There were too many faults."""
        return self._faults > FAULTS

    # --- keys of the same moment ------------------------------------------------------------------

    def open(self, job: Job) -> None:
        """Do what may open a question. A task takes its first step in the loop's next round: until then keys are held."""
        if self.spawn(job):
            self.opening = True
            asyncio.get_running_loop().call_soon(self._opened)

    def _opened(self) -> None:
        self.opening = False

    def hold(self, keys: Sequence[KeyPress]) -> None:
        """Keys that came in the moment between an answer and what follows from it: they count once that has begun."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._release)
        self._held += keys

    def _release(self) -> None:
        keys, self._held = self._held, []
        self._press(keys)
