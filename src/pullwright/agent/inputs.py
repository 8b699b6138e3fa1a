"""What people send into a running turn: remarks, answers, new ceilings, an interrupt.

inbox ─▶ Inputs ─┬─ Interrupt      cuts what is running, at once
                 ├─ Answer         kept until its question is asked; the first one wins
                 └─ the rest       taken before the next model call
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType

from pullwright.agent.endings import Ending, Stopped, TurnEnded
from pullwright.log.inbox import Inbox
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import InputReceived
from pullwright.protocol.inputs import Answer, Input, Interrupt, RaiseBudget


class Halt:
    """`async with Halt() as halt`: work that `halt.now(ending)` cuts off from outside, leaving by `TurnEnded(ending)`.

    The cut is a cancellation of the task inside, told apart from anybody else's as `asyncio.timeout` does it.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._ending: Ending | None = None

    async def __aenter__(self) -> Halt:
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        return self

    def now(self, ending: Ending) -> bool:
        """Cut the work off; false when there is nothing to cut, or it was cut already (the first ending stays)."""
        if self._task is None or self._ending is not None:
            return False
        self._ending = ending
        self._task.cancel()
        return True

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        task, self._task = self._task, None
        if self._ending is None or task is None:
            return
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TurnEnded(self._ending) from None


class Inputs:
    """The inputs of one turn, each handed on once.

    `listen` runs beside the turn. An input is logged (`InputReceived`) when it is used; what was not used when
    the turn ended is in `unread`, for the next one.
    """

    def __init__(self, inbox: Inbox, recorder: Recorder) -> None:
        self._inbox = inbox
        self._recorder = recorder
        self._halt: Halt | None = None
        self._queue: list[Input] = []
        self._answers: dict[str, Answer] = {}
        self._arrived = asyncio.Event()

    @property
    def unread(self) -> Sequence[Input]:
        """What came and was not used."""
        return (*self._queue, *self._answers.values())

    async def listen(self, halt: Halt) -> None:
        """Take what arrives until cancelled. An interrupt cuts off what runs inside `halt`."""
        self._halt = halt
        while True:
            given = await self._inbox.wait(None)
            if given is not None:
                self.put(given)

    def put(self, given: Input) -> None:
        """One more input."""
        if isinstance(given, Answer):
            self._answers.setdefault(given.question, given)
        else:
            self._queue.append(given)
        if isinstance(given, Interrupt) and self._halt is not None:
            self._halt.now(Stopped(given.reason, given.by))
        self._arrived.set()

    async def take(self) -> list[Input]:
        """Everything that waits but answers, logged. Raises `TurnEnded` when an interrupt is among it."""
        for given in self._inbox.take():
            if isinstance(given, Answer):
                self._answers.setdefault(given.question, given)
            else:
                self._queue.append(given)
        return await self._log_all()

    async def _log_all(self) -> list[Input]:
        taken, self._queue = self._queue, []
        for given in taken:
            self._recorder.post(InputReceived(input=given))
        if taken:
            await self._recorder.flush()
        for given in taken:
            if isinstance(given, Interrupt):
                raise TurnEnded(Stopped(given.reason, given.by))
        return taken

    def post_interrupts(self) -> None:
        """Put the interrupts that cut the turn off in line for the log (its end, whatever else is waiting)."""
        for given in [given for given in self._queue if isinstance(given, Interrupt)]:
            self._recorder.post(InputReceived(input=given))
            self._queue.remove(given)

    async def answer(self, question: str, patience: float | None) -> Answer | None:
        """The answer to `question`, logged; None when none comes within `patience` seconds (0: only one that is here)."""
        await self._wait(lambda: question in self._answers, patience)
        found = self._answers.pop(question, None)
        if found is not None:
            self._recorder.post(InputReceived(input=found))
        return found

    async def raised(self, question: str, patience: float | None) -> Answer | RaiseBudget | None:
        """Like `answer`, but new ceilings are an answer too."""
        await self._wait(lambda: question in self._answers or self._ceilings() is not None, patience)
        found = self._answers.pop(question, None) or self._ceilings()
        if found is not None:
            if isinstance(found, RaiseBudget):
                self._queue.remove(found)
            self._recorder.post(InputReceived(input=found))
        return found

    def _ceilings(self) -> RaiseBudget | None:
        return next((given for given in self._queue if isinstance(given, RaiseBudget)), None)

    async def _wait(self, there: Callable[[], bool], patience: float | None) -> None:
        if there() or patience == 0:
            return
        try:
            async with asyncio.timeout(patience):
                while not there():
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return
