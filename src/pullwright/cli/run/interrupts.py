"""Ctrl-C and SIGTERM while a turn runs: first ask, then insist.

first      an Interrupt input: the step is stopped, the work checkpointed and kept
second     the turn's task is cancelled: the sandbox is closed, the last checkpoint stands
third      the process ends at once
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from pullwright.cli.failures import STOPPED
from pullwright.cli.run.inbox import TerminalInbox
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Interrupt

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Turns signals into interrupts for as long as the context lasts; `task` is what the second one cancels."""

    def __init__(self, inbox: TerminalInbox, task: asyncio.Future[Any], say: Callable[[str], None]) -> None:
        self._inbox = inbox
        self._task = task
        self._say = say
        self.count = 0

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._arrived, signal.Signals(number).name)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
        if self.count:  # on the way out already: one more Ctrl-C ends at once, with the exit code of all others
            signal.signal(signal.SIGINT, _end_at_once)

    def _arrived(self, name: str) -> None:
        self.stop("Ctrl-C" if name == "SIGINT" else name)

    def stop(self, reason: str) -> None:
        """Ask the turn to stop; each further call insists more."""
        self.count += 1
        if self.count == 1:
            self._say("stopping after this; the work is kept (again: stop at once)")
            self._inbox.interrupt(Interrupt(id=new_id("inp"), reason=reason))
        elif self.count == 2:
            self._say("stopping at once; what the last checkpoint holds is kept")
            self._task.cancel()
        else:
            os._exit(STOPPED)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    os._exit(STOPPED)
