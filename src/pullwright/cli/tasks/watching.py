"""A task as it goes on: its queue, then each event as `exec` shows it, until nothing goes on by itself any more.

A connection that breaks is made anew from the last event seen. Ctrl-C ends the watching, not the task.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator

import httpx
import msgspec

from pullwright.cli.run.screen import Screen
from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import get_task
from pullwright.cli.tasks.exits import WORKING
from pullwright.cli.tasks.finding import at_work, attempt_of
from pullwright.cli.tasks.records import Attempt, Task
from pullwright.protocol.errors import TryAgainLater
from pullwright.protocol.events import Event, PermissionAsked, TurnFinished, decode
from pullwright.protocol.live import Live

QUEUE = 0.5
"""Seconds between two looks at the queue."""
MOST_BREAKS = 60
"""Times in a row that the connection may break without anything new."""


class Watch:
    """One attempt being watched. `seen` is the last event's number."""

    def __init__(self, api: Api, task: str, screen: Screen, number: int = 0, after: int = 0) -> None:
        self.api = api
        self.task = task
        self.screen = screen
        self.number = number
        self._named = number > 0
        self.seen = after
        self.outcome: TurnFinished | None = None
        self._told = ""

    def run(self) -> Task:
        """Show everything until the attempt rests; the task as it is then."""
        breaks = 0
        while True:
            task = get_task(self.api, self.task)
            attempt = at_work(task, self.number)
            self.number = attempt.number  # the one that is watched stays the same, whichever is at work by then
            if self._ending(attempt) or (attempt.state == "queued" and self._queued(attempt)):
                time.sleep(QUEUE)
                continue
            if attempt.turns and attempt.turns[-1].state == "admitted":
                self._say("preparing: the checkout, and what the environment sets up")
            before = self.seen
            try:
                self._follow(attempt)
                breaks = 0
            except (httpx.TransportError, TryAgainLater) as error:
                breaks = 0 if self.seen > before else breaks + 1
                if breaks > MOST_BREAKS:
                    raise TryAgainLater(f"the server does not answer any more: {error}", fix=self.again) from None
                time.sleep(min(5.0, 0.2 * 2**breaks))
                continue
            task = get_task(self.api, self.task)
            attempt = attempt_of(task, self.number)
            if attempt.state not in WORKING:
                self._rest(attempt)  # what came between the stream's end and now
                return task

    @property
    def again(self) -> str:
        """The command that goes on watching."""
        attempt = f" --attempt {self.number}" if self._named or self.number > 1 else ""
        return f"pullwright task watch {self.task}{attempt} --after {self.seen}"

    def _ending(self, attempt: Attempt) -> bool:
        """Whether the newest turn's last event was seen, and what comes after it (publishing) still goes on."""
        ended = self.outcome.turn if self.outcome is not None else ""
        return attempt.state in WORKING and bool(attempt.turns) and attempt.turns[-1].id == ended

    def _queued(self, attempt: Attempt) -> bool:
        """Say why a turn waits; False when none does."""
        turn = attempt.turns[-1] if attempt.turns else None
        if turn is None or turn.state not in ("queued", "paused"):
            return False
        self._say(f"queued: {turn.waiting}" if turn.waiting else "queued")
        return True

    def _say(self, text: str) -> None:
        """What holds before the first event, once."""
        if text != self._told:
            self._told = text
            self.screen.say(f"    {text}")

    def _follow(self, attempt: Attempt) -> None:
        """Show the attempt's events from the last one seen; returns when its turn has ended, or the stream has."""
        if attempt.state not in WORKING:
            self._rest(attempt)
            return
        with contextlib.closing(self._frames(attempt)) as frames:
            for kind, data in frames:
                if kind == "live":
                    self.screen.watch(msgspec.json.decode(data, type=Live))
                elif self._event(decode(data)):
                    return

    def _event(self, event: Event) -> bool:
        """Show an event; whether it ends the turn."""
        self.seen = event.seq
        self.screen.watch(event)
        if isinstance(event, PermissionAsked):
            self.screen.say(f"    answer it: pullwright task answer {self.task} yes   (or no, or what to do instead)")
        if isinstance(event, TurnFinished):
            self.outcome = event
        return isinstance(event, TurnFinished)

    def _rest(self, attempt: Attempt) -> None:
        """What a resting attempt's log holds beyond what was seen."""
        from pullwright.cli.tasks.calls import events

        for line in events(self.api, attempt.id, self.seen):
            self._event(decode(line))

    def _frames(self, attempt: Attempt) -> Generator[tuple[str, bytes]]:
        with contextlib.closing(self.api.events(f"/attempts/{attempt.id}/events", after=self.seen)) as frames:
            for _, kind, data in frames:
                if kind != "heartbeat":
                    yield kind, data
                elif attempt_of(get_task(self.api, self.task), self.number).state not in WORKING:
                    return


def wait(api: Api, tasks: list[str], told: Callable[[Task], None]) -> list[Task]:
    """Wait until no task goes on by itself any more; `told` hears of each as it rests. In the order of `tasks`."""
    rested: dict[str, Task] = {}
    pause = 0.3
    while len(rested) < len(tasks):
        for name in tasks:
            if name not in rested and (task := get_task(api, name)).state not in WORKING:
                rested[name] = task
                told(task)
        if len(rested) < len(tasks):
            time.sleep(pause)
            pause = min(3.0, pause * 1.3)
    return [rested[name] for name in tasks]
