"""Tool calls that neither run a command nor edit a file: several in a row that only look are one line.

· read basket.py, money.py · searched "discount" 2×
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.command import command_rows
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import counted, tokens_of
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, width_of, wrapped
from pullwright.protocol.events import ToolStarted
from pullwright.protocol.usage import Spend
from pullwright.tools.mcp.names import of_a_server

MOST_NAMES = 4
"""Paths or patterns that a line names before it counts them."""


SHORT = 24
"""Characters of a pattern where several do not fit into a line."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A finished call. `seconds` is how long it took, `spend` what a sub-agent used for it."""

    name: str
    title: str
    ok: bool = True
    error: str = ""
    seconds: float = 0.0
    seq: int = 0
    spend: Spend = Spend()


LOOKING = {"read": ("read", "file"), "search": ("searched", "search"), "fetch": ("fetched", "page")}
"""Tools that only look, with what to say of them."""


def looks(name: str) -> bool:
    """Whether calls of this tool are told of in one line with others."""
    return name in LOOKING


class Looked(Piece):
    """Calls in a row that only looked; one that failed has a line of its own below."""

    kind: Kind = "tool"
    unfolds = True

    def __init__(self, theme: Theme, calls: Sequence[Call]) -> None:
        super().__init__(theme, seq=calls[0].seq if calls else 0)
        self._calls = calls

    def layout(self, width: int, full: bool) -> list[Line]:
        """The names where there is room for them, else how many."""
        room = self.room(width, "tool")
        good = [call for call in self._calls if call.ok]
        bad = [call for call in self._calls if not call.ok]
        if full:
            lines = [part for call in good for part in wrapped(line_of(f"{_verb(call)} {_quoted(call)}", "tool"), room)]
        else:
            lines = [self._summary(good, room)] if good else []
        more = self.theme.mark("more")
        for call in bad:
            words = f"{_verb(call)} {_quoted(call)}: {safe(call.error).strip().partition(chr(10))[0] or 'failed'}"
            line = [Span(f"{self.theme.mark('error')} ", "warning"), Span(words, "tool")]
            lines += wrapped(line, room) if full else [cut(line, room, more)]
        return self.marked(lines, "tool", "tool")

    def _summary(self, calls: Sequence[Call], room: int) -> Line:
        groups: dict[str, list[str]] = {}
        for call in calls:
            names = groups.setdefault(call.name, [])
            names += [name for name in _names(call) if name not in names]
        named = [_named(name, names) for name, names in groups.items()]
        dot = f" {self.theme.mark('dot')} "
        line = line_of(dot.join(named), "tool")
        if width_of(line) <= room:
            return line
        named = [_named(name, [_short(one) for one in names]) for name, names in groups.items() if name != "read"]
        if len(named) == len(groups) and width_of(line := line_of(dot.join(named), "tool")) <= room:
            return line
        counts = {name: sum(call.name == name for call in calls) for name in groups}
        words = [f"{LOOKING[name][0]} {_count(name, names, counts[name])}" for name, names in groups.items()]
        return cut(line_of(dot.join(words), "tool"), room, self.theme.mark("more"))


class Called(Piece):
    """A call of any other tool: of an MCP server, of a sub-agent."""

    kind: Kind = "tool"

    def __init__(self, theme: Theme, call: Call) -> None:
        super().__init__(theme, seq=call.seq)
        self._call = call

    def layout(self, width: int, full: bool) -> list[Line]:
        """Name and title, how it ended, and what it cost where it had a model of its own."""
        call, mark = self._call, "agent" if self._call.spend.calls else "tool"
        room = self.room(width, mark)
        title = safe(call.title).replace("\n", " ")
        name = safe(call.name).replace("\n", " ")
        if of_a_server(call.name):  # the title says server and tool better than the name
            server, _, title = title.partition(" ")
            name = f"{server} {title.partition(' ')[0]}".strip() or name
            title = title.partition(" ")[2]
        words = [Span(name, "path")]
        if title and title != call.name:
            words.append(Span(f" {title.removeprefix(call.name).strip()}"))
        ends = [self.theme.mark("ok" if call.ok else "error")]
        if call.seconds >= 0.1:
            ends.append(seconds(call.seconds))
        if call.spend.calls:
            cost = call.spend.cost
            ends += [counted(call.spend.calls, "model call"), f"{tokens_of(call.spend.usage.total)} tokens", cost]
        dot = f" {self.theme.mark('dot')} "
        end = Span(f"  {dot.join(ends)}", "ok" if call.ok else "error")
        head = [*cut(words, max(8, room - width_of([end])), self.theme.mark("more")), end]
        lines = [head]
        if not call.ok and call.error.strip():
            rows = [part for row in safe(call.error).strip().split("\n") for part in wrapped(line_of(row, "dim"), room)]
            lines += rows if full else rows[:3]
        return self.marked(lines, mark, "accent" if call.spend.calls else "tool")


class Stopped(Piece):
    """A call that ran when the turn was stopped: a command with the last lines of its output."""

    kind: Kind = "command"

    def __init__(self, theme: Theme, event: ToolStarted, tail: Sequence[str], *, command: bool) -> None:
        super().__init__(theme, seq=event.seq)
        self._event = event
        self._tail = tail
        self._command = command

    def layout(self, width: int, full: bool) -> list[Line]:
        """The call, that it was stopped, and below what it had said."""
        words = self._event.title if self._command else f"{self._event.name} {self._event.title}"
        rows = command_rows(self.theme, words, max(12, width - 11), full)
        if not self._command:
            rows[0][0] = Span(f"{self.theme.mark('tool')} ", "tool")
        rows[-1] = [*rows[-1], Span(f"  {self.theme.mark('error')} stopped", "warning")]
        bar = Span(f"  {self.theme.mark('bar')} ", "rule")
        return [*rows, *([bar, *cut(line_of(line, "output"), width - 4, self.theme.mark("more"))] for line in self._tail)]

    @property
    def text(self) -> str:
        """See `Block`."""
        return safe("\n".join([self._event.title, *self._tail]))


def _names(call: Call) -> list[str]:
    return [part.strip() for part in call.title.split(",")] if call.name == "read" else [call.title]


def _named(name: str, names: Sequence[str]) -> str:
    said = [safe(one).replace("\n", " ") for one in names[:MOST_NAMES]]
    if name == "search":
        said = [one if one.startswith("files ") else f'"{one}"' for one in said]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{LOOKING[name][0]} {', '.join(said)}{more}"


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"


def _count(name: str, names: Sequence[str], times: int) -> str:
    return counted(len(names), LOOKING[name][1]) if name != "search" else f"{times:,}×"


def _verb(call: Call) -> str:
    return LOOKING[call.name][0]


def _quoted(call: Call) -> str:
    return safe(call.title).replace("\n", " ")
