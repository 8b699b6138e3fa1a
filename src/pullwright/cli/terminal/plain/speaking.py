"""Parts of an answer as lines that can be read out: what a page shows by its looks is said in words."""

from __future__ import annotations

from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.leaves import CodeLine, Heading, Leaf, Paragraph, Prefix, Rule, Table
from pullwright.cli.terminal.transcript.spans import plain


class Speaker:
    """Says one leaf after the other. Code is announced once, and its end."""

    def __init__(self) -> None:
        self._in_code = False

    def lines(self, leaf: Leaf) -> list[str]:
        """The leaf's lines."""
        before = self.end() if not isinstance(leaf, CodeLine) else []
        return [*before, *self._lines(leaf)]

    def end(self) -> list[str]:
        """What has to be said when nothing follows."""
        if not self._in_code:
            return []
        self._in_code = False
        return ["End of code."]

    def _lines(self, leaf: Leaf) -> list[str]:
        lead = _lead(leaf.prefix)
        match leaf:
            case Paragraph():
                rows = _words(leaf.text)
                return [lead + rows[0], *rows[1:]]
            case Heading():
                return [f"{lead}Heading: {' '.join(_words(leaf.text))}"]
            case CodeLine():
                head = [] if self._in_code else [f"Code{f', {leaf.label}' if leaf.label else ''}:"]
                self._in_code = True
                return [*head, f"  {plain(leaf.line)}"]
            case Table():
                return _table(leaf, lead)
            case Rule():
                return []


def _words(text: str) -> list[str]:
    return [plain(line) for line in spans(text, ticks=True)] or [""]


def _lead(prefix: tuple[Prefix, ...]) -> str:
    """`Quote: `, `- `, `2. `: only what begins with this leaf, but a quote always."""
    return "".join("Quote: " if not one.marker else f"{one.marker} " if one.first else "" for one in prefix)


def _table(table: Table, lead: str) -> list[str]:
    names = [" ".join(_words(cell)) for cell in table.header]
    lines = [f"{lead}Table, {len(table.rows)} rows. Columns: {', '.join(names)}."]
    for number, row in enumerate(table.rows, 1):
        cells = [f"{name}: {' '.join(_words(cell))}" for name, cell in zip(names, row, strict=False) if cell]
        lines.append(f"Row {number}: {'; '.join(cells)}")
    return lines
