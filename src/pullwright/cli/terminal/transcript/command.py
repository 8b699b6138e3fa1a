"""A command: `$ line`, how it ended, and its output folded to its beginning and end."""

from __future__ import annotations

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.kept import EDGE, Kept
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import bytes_of, counted
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, wrapped
from pullwright.protocol.events import CommandRan
from pullwright.tools.pipes import hidden

SHOWN = 8
"""Lines of output that stay shown of a command that failed; of one that went well, some two thirds of that."""

MOST_ROWS = 4
"""Rows that a command line may take unless unfolded."""

MOST_BYTES = 4 << 20
"""Bytes of output that are laid out unfolded: its end."""


class Command(Piece):
    """A command that ran; `note` stands behind its end. Its output is read from what is kept beside the log, when it is laid
    out."""

    kind: Kind = "command"
    unfolds = True

    def __init__(
        self, theme: Theme, event: CommandRan, kept: Kept, *, more: str = "", shown: int = SHOWN, note: str = ""
    ) -> None:
        super().__init__(theme, seq=event.seq)
        self._event = event
        self._note = note
        self._kept = kept
        self._more = more
        self._shown = shown

    def layout(self, width: int, full: bool) -> list[Line]:
        """The line with its end behind it where both fit, else below; then the output behind a bar."""
        end = [*self._end(), *([Span(f" {self.theme.mark('dot')} {self._note}", "dim")] if self._note else [])]
        rows = command_rows(self.theme, self._event.command, width, full)
        tail = [Span("  "), *end]
        fits = len(rows) == 1 and sum(len(span.text) for span in (*rows[0], *tail)) <= width
        if fits:
            rows = [[*rows[0], *tail]]
        shown = self._output(width - 4, full)
        bar = Span(f"  {self.theme.mark('bar')} ", "rule")
        below = [] if fits else [[Span("  "), *end]]
        return [*rows, *([bar, *line] for line in shown), *below]

    @property
    def text(self) -> str:
        """See `Block`: the command; its output may be large and is searched where it lies."""
        return safe(self._event.command)

    def holds(self, words: str, exact: bool) -> bool:
        """See `Piece`."""
        if super().holds(words, exact):
            return True
        data = self._kept.data(self._event.artifact) if self._event.artifact else b""
        return words.encode(errors="replace") in (data if exact else data.lower())

    def _end(self) -> Line:
        """How it ended: in words, so that no colour is needed."""
        event, mark = self._event, self.theme.mark
        by = {"": "", "person": "you"}.get(event.by, safe(event.by))
        person = [Span(f" by {by}", "dim")] if by else []
        took = f" {mark('dot')} {seconds(event.seconds)}"
        if event.exit_code == 0 and not event.timed_out:
            if codes := hidden(event.pipe):
                return [Span(f"{mark('warning')} pipe: {codes}", "warning"), Span(took, "dim"), *person]
            return [Span(mark("ok"), "ok"), Span(f" {seconds(event.seconds)}", "dim"), *person]
        if event.background and event.exit_code is None and not event.signal:
            return [Span(f"{mark('running')} in the background", "running"), *person]
        if event.timed_out:
            return [Span(f"{mark('error')} out of time after {seconds(event.seconds)}", "error"), *person]
        if event.exit_code is None:
            return [Span(f"{mark('error')} {safe(event.signal) or 'killed'}", "error"), Span(took, "dim"), *person]
        return [Span(f"{mark('error')} exit {event.exit_code}", "error"), Span(took, "dim"), *person]

    def _output(self, width: int, full: bool) -> list[Line]:
        event = self._event
        if not event.artifact:
            return []
        if full:
            text, left_out = self._kept.end(event.artifact, MOST_BYTES)
            first = [self.more(f"{bytes_of(left_out)} before this")] if left_out else []
            return [*first, *(part for line in _lines(text) for part in wrapped(line_of(line, "output"), width))]
        if event.by not in ("", "person"):  # a sub-agent's: what it found comes in its report
            return []
        room = self._shown if event.exit_code != 0 or hidden(event.pipe) else (5 * self._shown + 7) // 8
        head = min(2, room // 2)
        part = self._kept.ends(event.artifact, head, room - head)
        lines = [cut(line_of(line, "output"), width, self.theme.mark("more")) for line in (*part.head, *part.tail)]
        if part.left_out:
            size = bytes_of(max(event.output_bytes, part.size))
            hint = f" {self.theme.mark('dot')} {self._more}" if self._more else ""
            words = f"{part.left_out:,} more lines, {size} in all"
            lines.insert(len(part.head), self.more(words + hint if len(words + hint) + 2 <= width else words))
        elif part.size > 2 * EDGE:
            lines.insert(len(part.head), self.more(f"{bytes_of(part.size)} in {counted(part.lines, 'line')}"))
        return lines


def command_rows(theme: Theme, command: str, width: int, full: bool = False) -> list[Line]:
    """A command line behind its `$`, folded where it is very long."""
    said = [row for line in safe(command).strip("\n").split("\n") for row in wrapped(line_of(line, "command"), max(4, width - 2))]
    if not full and len(said) > MOST_ROWS:
        left = len(said) - MOST_ROWS + 1
        said = [*said[: MOST_ROWS - 1], line_of(f"{theme.mark('more')} {left} more lines", "dim")]
    mark = Span(f"{theme.mark('command')} ", "command.mark")
    return [[Span("  ") if number else mark, *line] for number, line in enumerate(said)]


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines
