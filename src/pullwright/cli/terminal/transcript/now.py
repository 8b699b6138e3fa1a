"""What goes on just now: the running command with the end of its output, calls being written, the plan, waits.

Everything here is forgotten when it is over: what stays is told by events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.command import command_rows
from pullwright.cli.terminal.transcript.plan import live_plan
from pullwright.cli.terminal.transcript.safe import output, safe
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of
from pullwright.cli.terminal.transcript.writing import Writing
from pullwright.protocol.events import ModelRetried, PlanStep, ToolStarted
from pullwright.protocol.live import CallDelta, OutputDelta, Progress

TAIL = 8
"""Lines of a running command's output that are shown."""

STOPPED_TAIL = 3
"""Lines that stay of the output of a command that was stopped."""

KEPT = 16_000
"""Characters of a running command's output that are remembered."""

COMMANDS = ("exec",)


class Now:
    """The state behind the live lines."""

    def __init__(self, theme: Theme, clock: Callable[[], float] = time.time) -> None:
        self._theme = theme
        self._clock = clock
        self.running: dict[str, ToolStarted] = {}
        self.plan: tuple[PlanStep, ...] = ()
        self._tails: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._written: Writing | None = None
        self._progress: Progress | None = None
        self._retried: ModelRetried | None = None
        self.turn = False

    def started(self, event: ToolStarted) -> None:
        """A call runs."""
        self._written = self._progress = self._retried = None
        self.running[event.call_id] = event

    def finished(self, call_id: str) -> ToolStarted | None:
        """A call is over."""
        self._tails.pop(call_id, None)
        self._counts.pop(call_id, None)
        return self.running.pop(call_id, None)

    def stopped(self) -> list[tuple[ToolStarted, Sequence[str]]]:
        """The calls that ran when the turn was stopped, each with the last lines of its output; they run no more."""
        self.turn = False
        found = [(event, _last(self._tails.get(event.call_id, ""), STOPPED_TAIL)[0]) for event in self.running.values()]
        for event, _ in found:
            self.finished(event.call_id)
        return found

    def command_ended(self, call_id: str, command: str) -> None:
        """One command of a call is over: what runs is the next one, and its output begins anew."""
        self._tails.pop(call_id, None)
        self._counts.pop(call_id, None)
        event = self.running.get(call_id)
        before = f"{' '.join(command.split())} ; "
        if event is not None and event.title.startswith(before):
            self.running[call_id] = replace(event, title=event.title.removeprefix(before), time=self._clock())

    def retried(self, event: ModelRetried) -> None:
        """A model call waits to be sent again."""
        self._retried, self._written = event, None

    def answered(self) -> None:
        """The model writes again."""
        self._retried = self._progress = self._written = None

    def over(self) -> None:
        """The turn ended."""
        self.turn = False
        self.running.clear()
        self._tails.clear()
        self._counts.clear()
        self.answered()

    def take(self, frame: OutputDelta | CallDelta | Progress) -> None:
        """A live frame."""
        match frame:
            case OutputDelta():
                self._tails[frame.call_id] = (self._tails.get(frame.call_id, "") + frame.text)[-KEPT:]
                self._counts[frame.call_id] = self._counts.get(frame.call_id, 0) + frame.text.count("\n")
            case CallDelta():
                self._retried = self._progress = None
                if self._written is None or not frame.offset:
                    self._written = Writing(frame.name)
                self._written.take(frame)
            case Progress():
                self._progress = None if frame.total is not None and frame.done >= frame.total else frame

    @property
    def kind(self) -> str:
        """What the first running call will be shown as: a `command`, or a `tool`."""
        return "command" if any(event.name in COMMANDS for event in list(self.running.values())[:1]) else "tool"

    def calls(self, width: int) -> list[Line]:
        """The calls that run, a command with the last lines of its output."""
        lines: list[Line] = []
        for event in self.running.values():
            if event.effect == "ask":
                continue  # The question itself shows.
            if event.name in COMMANDS:
                lines += self._command(event, width)
            else:
                lines.append(self._call(event, width))
        return lines

    def waits(self, width: int) -> list[Line]:
        """What is written or waited for."""
        mark = f"{self._theme.mark('running')} "
        words = ""
        if self._retried is not None:
            left = self._retried.time + self._retried.wait - self._clock()
            words = f"asking again in {seconds(left)}" if left > 0.05 else "asking again"
        elif self._written is not None and not self.running:
            words = safe(self._written.words)
        elif self._progress is not None:
            at = self._progress
            total = f" of {at.total:,}" if at.total else ""
            words = f"{safe(at.what)} {f'{at.done:,}' if at.done or at.total else ''}{total} {safe(at.unit)}".rstrip()
        return [cut([Span(mark, "running"), Span(words.replace("\n", " "), "dim")], width)] if words else []

    def checklist(self, width: int, most: int) -> list[Line]:
        """The plan around the step that the agent is at."""
        return live_plan(self._theme, self.plan, width, most)

    def _command(self, event: ToolStarted, width: int) -> list[Line]:
        theme = self._theme
        rows = command_rows(theme, event.title, width - 10)
        rows[-1] = [*rows[-1], Span(f"  {theme.mark('running')} {self._since(event)}", "running")]
        tail, more = _last(self._tails.get(event.call_id, ""), TAIL)
        hidden = max(0, self._counts.get(event.call_id, 0) - len(tail))
        bar = Span(f"  {theme.mark('bar')} ", "rule")
        if hidden and more:
            rows.append([bar, Span(f"{theme.mark('more')} {hidden:,} lines before", "dim")])
        return [*rows, *(cut([bar, *line_of(line, "output")], width, theme.mark("more")) for line in tail)]

    def _call(self, event: ToolStarted, width: int) -> Line:
        name = "" if event.title.startswith(event.name) else f"{event.name} "
        words = safe(f"{name}{event.title}").replace("\n", " ")
        mark = Span(f"{self._theme.mark('running')} ", "running")
        since = self._since(event)
        return [*cut([mark, Span(words, "tool")], width - len(since) - 2, self._theme.mark("more")), Span(f"  {since}", "dim")]

    def _since(self, event: ToolStarted) -> str:
        return seconds(max(0.0, self._clock() - event.time)) if event.time else ""


def _last(text: str, count: int) -> tuple[Sequence[str], bool]:
    """The last lines that say something, and whether there are more before them."""
    lines = output(text).split("\n")
    if lines and not lines[-1].strip():
        lines.pop()
    return lines[-count:], len(lines) > count
