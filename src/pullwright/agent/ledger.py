"""What was read, changed, run and planned in a session, gathered from its events.

Fed by every event, live (`Recorder.watch`) or replayed, so a resumed session knows the same.
"""

from __future__ import annotations

from pullwright.protocol.events import CommandRan, Event, FilesChanged, PlanStep, PlanUpdated
from pullwright.protocol.live import Live

COMMANDS_KEPT = 20


class Ledger:
    """`read` and `changed` are paths in the order of their first mention; `commands` the last ones with their exit codes."""

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}
        self.commands: dict[str, str] = {}
        self.plan: tuple[PlanStep, ...] = ()

    def see(self, event: Event | Live) -> None:
        """Take one more event; others than those that matter here are passed over."""
        if isinstance(event, FilesChanged):
            self.changed.update(dict.fromkeys(event.paths))
        elif isinstance(event, CommandRan):
            self._ran(event)
        elif isinstance(event, PlanUpdated):
            self.plan = event.plan

    def _ran(self, event: CommandRan) -> None:
        line = event.command if len(event.command) <= 200 else f"{event.command[:200]}…"
        how = "timed out" if event.timed_out else event.signal or ("running" if event.background else f"exit {event.exit_code}")
        self.commands.pop(line, None)
        self.commands[line] = how
        if len(self.commands) > COMMANDS_KEPT:
            del self.commands[next(iter(self.commands))]
