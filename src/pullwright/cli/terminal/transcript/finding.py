"""A finding of a review: what goes wrong, where, the lines, why, and what it rests on.

✗ P1 The first item is left out
  shop.py:3-4 · bug · confidence 0.9
      2 -     return sum(items)
    > 3 +     return sum(items[1:])
  `total([1])` gives 0 …
"""

from __future__ import annotations

from collections.abc import Iterator

from pullwright.attempts.review.patch import Line as PatchLine
from pullwright.attempts.review.record import Finding
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, wrapped

_MARKS = {"P0": ("error", "error"), "P1": ("error", "error"), "P2": ("warning", "warning"), "P3": ("note", "dim")}
_ROLES = {"+": "added", "-": "removed"}
WIDEST = 110


class Problem(Piece):
    """One finding."""

    kind: Kind = "result"

    def __init__(self, theme: Theme, finding: Finding) -> None:
        super().__init__(theme, gap=True)
        self._finding = finding

    def layout(self, width: int, full: bool) -> list[Line]:
        """See the module's text."""
        finding = self._finding
        mark, role = _MARKS[finding.priority]
        room = min(self.room(width, mark), WIDEST)
        title: Line = [Span(f"{finding.priority} ", f"{role} strong"), Span(_flat(finding.title), "strong")]
        rows = [*wrapped(title, room), *wrapped(self._place(), room)]
        rows += [cut(self._code(line), room) for line in finding.lines]
        rows += [part for row in self._words() for part in wrapped(row, room)]
        return self.marked(rows, mark, role)

    def _place(self) -> Line:
        finding = self._finding
        end = f"-{finding.end}" if finding.end > finding.start else ""
        side = " (removed)" if finding.side == "old" else ""
        dot = self.theme.mark("dot")
        facts = f" {dot} {finding.category} {dot} confidence {finding.confidence:g} {dot} {finding.id}"
        return [Span(f"{_flat(finding.path)}:{finding.start}{end}", "path"), Span(f"{side}{facts}", "dim")]

    def _code(self, line: PatchLine) -> Line:
        finding = self._finding
        meant = finding.start <= line.number <= finding.end and (line.mark == "-") == (finding.side == "old")
        role = _ROLES.get(line.mark, "")
        sign = Span(f"{line.mark} ", f"{role}.sign" if role else "")
        return [Span(f"{'>' if meant else ' '} {line.number:>4} ", "number"), sign, Span(_flat(line.text), role)]

    def _words(self) -> Iterator[Line]:
        finding = self._finding
        yield from self._prose(finding.body)
        if finding.suggestion:
            yield from self._prose(f"mend: {finding.suggestion}")
        if finding.guideline:
            yield line_of(f"guideline in {_flat(finding.guideline.path)}: “{_flat(finding.guideline.quote)}”", "dim")
        for each in finding.evidence:
            ended = f"exit {each.exit_code}" if each.exit_code is not None else "no exit code"
            yield line_of(f"ran: {_flat(each.command)} ({ended}, event {each.seq})", "dim")

    def _prose(self, text: str) -> Iterator[Line]:
        for line in safe(text).split("\n"):
            yield from spans(line, ticks=self.theme.depth == "none")


def _flat(text: str) -> str:
    return safe(text).replace("\n", " ")
