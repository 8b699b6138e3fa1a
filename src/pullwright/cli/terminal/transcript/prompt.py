"""What a person said: a prompt or a remark, behind its sign."""

from __future__ import annotations

import re

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import counted
from pullwright.cli.terminal.transcript.spans import Line, line_of, wrapped

_PIPED = re.compile(r"\n\n<stdin>\n(.*)\n</stdin>\s*\Z", re.DOTALL)
HEAD, TAIL = 12, 3
"""Lines of a long prompt that are shown at its beginning and end."""


class Asked(Piece):
    """A prompt; `images` are counted, a long one (a paste) is folded in its middle, what was piped in is a line."""

    kind: Kind = "prompt"
    unfolds = True

    def __init__(self, theme: Theme, text: str, *, images: int = 0, steer: bool = False, seq: int = 0) -> None:
        super().__init__(theme, seq=seq, gap=True)
        said = _PIPED.search(text)
        self._rows = safe(text[: said.start()] if said else text).strip("\n").split("\n")
        self._piped = safe(said[1]).split("\n") if said else []
        self._images = images
        self.steer = steer

    def layout(self, width: int, full: bool) -> list[Line]:
        """The words, in bold."""
        room = self.room(width, "prompt")
        rows = self._rows
        few = HEAD + TAIL + 1
        if full or (len(rows) <= few and sum(map(len, rows)) <= few * room):
            said = [part for row in rows for part in wrapped(line_of(row, "asked"), room)]
        else:
            head = [part for row in rows[:HEAD] for part in wrapped(line_of(row[: HEAD * room], "asked"), room)][:HEAD]
            tail = [part for row in rows[-TAIL:] for part in wrapped(line_of(row[-TAIL * room :], "asked"), room)][-TAIL:]
            size = sum(map(len, rows)) + len(rows)
            said = [*head, self.more(f"{counted(len(rows), 'line')}, {size:,} characters in all"), *tail]
        if self._piped:
            words = f"with {counted(len(self._piped), 'line')} of standard input"
            rows = [part for row in self._piped for part in wrapped(line_of(row, "dim"), room)] if full else []
            said += [line_of(words, "dim") if full else self.more(words), *rows]
        if self._images:
            said.append(line_of(f"[{counted(self._images, 'image')}]", "dim"))
        return self.marked(said, "prompt", "prompt")
