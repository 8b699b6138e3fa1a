"""What the model lets be seen of its reasoning: dim, its first line; the rest when unfolded."""

from __future__ import annotations

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, plain, with_role, wrapped


class Reasoning(Piece):
    """A reasoning summary."""

    kind: Kind = "reasoning"
    unfolds = True

    def __init__(self, theme: Theme, text: str, *, seq: int = 0) -> None:
        super().__init__(theme, seq=seq)
        self._text = safe(text).strip()

    def layout(self, width: int, full: bool) -> list[Line]:
        """Folded, the line that says most: its first, which is a heading where the model writes any."""
        room = self.room(width, "reasoning")
        rows = [row for part in self._text.split("\n") for row in spans(part)]
        if not full:
            first = next((row for row in rows if plain(row).strip()), line_of(""))
            return self.marked([with_role(cut(first, room, self.theme.mark("more")), "reasoning")], "reasoning", "reasoning")
        said = [part for row in rows for part in wrapped(with_role(row, "reasoning"), room)]
        return self.marked(said, "reasoning", "reasoning")


def headline(text: str) -> str:
    """The newest heading of a summary that still streams, else its first line."""
    lines = [line.strip() for line in safe(text).split("\n") if line.strip()]
    headings = [line.strip("*") for line in lines if line.startswith("**") and line.endswith("**") and len(line) > 4]
    return headings[-1] if headings else plain(spans(lines[0])[0]) if lines else ""


def thinking(theme: Theme, text: str, width: int) -> Line:
    """The line that is shown while the model reasons."""
    words = headline(text) or "thinking"
    return cut([Span(f"{theme.mark('reasoning')} ", "reasoning"), Span(words, "reasoning")], width, theme.mark("more"))
