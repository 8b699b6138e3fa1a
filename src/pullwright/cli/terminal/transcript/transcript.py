"""The fold from events and live frames to blocks.

    transcript = Transcript(theme, artifacts=log.artifacts)
    transcript.feed(event or frame) -> blocks that are complete: print them, in order
    transcript.live(width, height)  -> lines on what goes on just now: redraw them

The same events give the same blocks, live or from a log of last week; frames only decide what is shown sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block, Piece, Text
from pullwright.cli.terminal.transcript.command import Command, command_rows
from pullwright.cli.terminal.transcript.diff import Diff
from pullwright.cli.terminal.transcript.kept import Kept
from pullwright.cli.terminal.transcript.safe import output
from pullwright.cli.terminal.transcript.spans import cut, line_of, painted
from pullwright.log.log import Artifacts
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    Noticed,
    ToolFinished,
    ToolStarted,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Message
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta, TextDelta

TAIL = 8
"""Lines of a running command's output that are shown."""


class Transcript:
    """A session as it is read. `more` is the hint beside what is folded (`Ctrl-T shows`)."""

    def __init__(
        self, theme: Theme, *, artifacts: Artifacts | None = None, more: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.theme = theme
        self._kept = Kept(artifacts)
        self._more = more
        self._clock = clock
        self._running: dict[str, ToolStarted] = {}
        self._tails: dict[str, str] = {}
        self._text = ""
        self._progress = ""

    def feed(self, seen: Event | Live) -> list[Block]:
        """Take the next event or frame; the blocks that are complete now."""
        if isinstance(seen, TextDelta | ReasoningDelta | CallDelta | OutputDelta | Progress):
            self._frame(seen)
            return []
        blocks: list[Block] = list(self._event(seen))
        for block in blocks:
            block.gap = True
        return blocks

    def _event(self, event: Event) -> list[Piece]:
        match event:
            case InputReceived(input=Prompt() | Steer() as said):
                return [Text(self.theme, self._kept.words(said.text), "asked", "prompt", kind="prompt", seq=event.seq)]
            case ItemAdded(source="model"):
                view = self._kept.item(event.item).view
                if isinstance(view, Message) and view.role == "assistant" and view.text.strip():
                    self._text = ""
                    return [Text(self.theme, view.text.strip(), "", "answer", kind="answer", most=1 << 30, seq=event.seq)]
            case ToolStarted():
                self._running[event.call_id] = event
            case ToolFinished():
                self._running.pop(event.call_id, None)
                self._tails.pop(event.call_id, None)
            case CommandRan():
                self._tails.pop(event.call_id, None)
                return [Command(self.theme, event, self._kept, more=self._more)]
            case FilesChanged():
                return [Diff(self.theme, event.diff, more=self._more, seq=event.seq)]
            case Noticed():
                return [Text(self.theme, event.text, "dim" if event.level == "info" else event.level, "note", seq=event.seq)]
            case _:
                pass
        return []

    def _frame(self, frame: Live) -> None:
        match frame:
            case TextDelta():
                self._text = frame.text if frame.offset == 0 else self._text + frame.text
            case OutputDelta():
                self._tails[frame.call_id] = (self._tails.get(frame.call_id, "") + frame.text)[-8000:]
            case Progress():
                self._progress = frame.what
            case _:
                pass

    def live(self, width: int, height: int) -> list[str]:
        """What goes on just now, at most `height` lines."""
        lines: list[str] = []
        for started in self._running.values():
            lines += [painted(line, self.theme) for line in command_rows(self.theme, started.title, width)]
            tail = [line for line in output(self._tails.get(started.call_id, "")).split("\n") if line][-TAIL:]
            lines += [painted(cut(line_of(f"  {self.theme.mark('bar')} {line}", "output"), width), self.theme) for line in tail]
        if self._text:
            lines += Text(self.theme, self._text, "", "answer", most=1 << 30).lines(width)
        return lines[-height:]

    def since(self, started: float) -> str:
        """How long ago that was."""
        return seconds(max(0.0, self._clock() - started))
