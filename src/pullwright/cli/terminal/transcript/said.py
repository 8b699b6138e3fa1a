"""Parts of the model's answer as blocks."""

from __future__ import annotations

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import GUTTER, Kind, Piece
from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.leaves import CodeLine, Heading, Leaf, Paragraph, Prefix, Rule, Table
from pullwright.cli.terminal.transcript.spans import Line, Span, line_of, width_of, with_role, wrapped
from pullwright.cli.terminal.transcript.table import lines_of

WIDEST = 110
"""Running text is laid out no wider: longer lines are hard to read."""


class Said(Piece):
    """One leaf of an answer; the first of an answer bears its mark."""

    kind: Kind = "answer"

    def __init__(self, theme: Theme, leaf: Leaf, *, first: bool = False, seq: int = 0) -> None:
        super().__init__(theme, seq=seq, gap=leaf.gap or first)
        self.leaf = leaf
        self.first = first

    def layout(self, width: int, full: bool) -> list[Line]:
        """The leaf's lines behind the gutter, its quotes and its list items."""
        leaf = self.leaf
        first, rest = self._prefixes(leaf.prefix)
        room = max(8, width - GUTTER - max(width_of(first), width_of(rest)))
        lines = self._lines(leaf, room) or [[]]
        gutter = Span(f"{self.theme.mark('answer')} ", "answer") if self.first else Span(" " * GUTTER)
        return [[Span(" " * GUTTER), *rest, *line] if number else [gutter, *first, *line] for number, line in enumerate(lines)]

    def _lines(self, leaf: Leaf, room: int) -> list[Line]:
        match leaf:
            case Paragraph():
                return self._text(leaf.text, min(room, WIDEST))
            case Heading():
                role = "heading" if leaf.level <= 2 else "subheading"
                text = f"{'#' * leaf.level} {leaf.text}" if self.theme.bare else leaf.text
                return [with_role(line, role) for line in self._text(text, min(room, WIDEST))]
            case CodeLine():
                label = [line_of(f"  {leaf.label}", "dim")] if leaf.label else []
                return [*label, *([Span("  "), *line] for line in wrapped(leaf.line, room - 2))]
            case Table():
                return lines_of(leaf, room, self.theme)
            case Rule():
                return [line_of(self.theme.mark("rule") * min(room, 40), "rule")]

    def _text(self, text: str, room: int) -> list[Line]:
        done = next((mark for mark in ("[x] ", "[X] ", "[ ] ") if text.startswith(mark)), "")
        if done and any(one.marker for one in self.leaf.prefix):
            text = f"{self.theme.mark('next' if done == '[ ] ' else 'done')} {text[4:]}"
        return [part for line in spans(text, ticks=self.theme.depth == "none") for part in wrapped(line, room)]

    def _prefixes(self, prefix: tuple[Prefix, ...]) -> tuple[Line, Line]:
        """What stands before the leaf's first line, and before all others. Deep nesting takes no more room than there is."""
        first: Line = []
        rest: Line = []
        for one in prefix[-8:]:
            if not one.marker:
                bar = Span(f"{self.theme.mark('quote')} ", "rule")
                first.append(bar)
                rest.append(bar)
                continue
            shown = one.marker
            if one.marker in "-*+":
                shown = self.theme.mark("bullet" if one.depth % 2 else "bullet2")
            blank = Span(" " * (len(shown) + 1))
            first.append(Span(f"{shown} ", "bullet") if one.first else blank)
            rest.append(blank)
        return first, rest
