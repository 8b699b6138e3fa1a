"""Edits: each file's heading and its changed lines with numbers, signs, colours and the words that changed.

± tally/basket.py  +2 -1
   11   def total(self):
   12 -     return sum(self.prices)
   12 +     return sum(self.prices) - self.discount()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.code import Highlighter, language_of
from pullwright.cli.terminal.transcript.patch import FileDiff, Row, parse
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import counted
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, padded, sliced, width_of, with_role, wrapped
from pullwright.cli.terminal.transcript.words import MOST_PAIRS, changed
from pullwright.protocol.events import PersonEdited

FOLDED = 40
"""Lines of one edit that are shown unless unfolded."""

LEAST = 4
"""Lines of a file that are shown, however many files there are."""

MOST_COLOURED = 2_000
"""Rows of one file in the colours of its language."""

LONGEST = 2_000
"""Characters of a line that are laid out at most."""


def edited_by(event: PersonEdited) -> str:
    """Who edited: the person, or a command that went on meanwhile."""
    if not event.meanwhile:
        return "you edited"
    first = " ".join(safe(event.meanwhile[0]).split())
    return f"you, or {first[:50]}{'…' if len(first) > 50 or len(event.meanwhile) > 1 else ''} in the background, edited"


class Diff(Piece):
    """A unified diff. `title` stands before each path (`you edited`), `note` behind the first one's counts; `whole` reads
    the diff where `diff` is cut."""

    kind: Kind = "edit"
    unfolds = True

    def __init__(
        self,
        theme: Theme,
        diff: str,
        *,
        whole: Callable[[], str] | None = None,
        title: str = "",
        more: str = "",
        seq: int = 0,
        folded: int = FOLDED,
        note: str = "",
    ) -> None:
        super().__init__(theme, seq=seq)
        self._diff = diff
        self._whole = whole
        self._title = title
        self._more = more
        self._folded = folded
        self._note = note

    def layout(self, width: int, full: bool) -> list[Line]:
        """All files; folded, as many lines as there is room for, shared out between the files: a small one is shown whole."""
        lines: list[Line] = []
        files = parse((self._whole() if full and self._whole else "") or self._diff)
        rooms = [1 << 30] * len(files) if full else _shares([len(file.rows) for file in files], self._folded)
        for file, room in zip(files, rooms, strict=True):
            note = [Span(f" {self.theme.mark('dot')} {self._note}", "dim")] if self._note and not lines else []
            lines.append([*self._heading(file, width - sum(len(span.text) for span in note)), *note])
            lines += self._body(file, width, room)
        return lines

    @property
    def text(self) -> str:
        """See `Block`: the diff as it is."""
        return safe(self._diff)

    def _heading(self, file: FileDiff, width: int) -> Line:
        kind = {"new": "new", "deleted": "deleted", "renamed": "renamed", "changed": ""}[file.kind]
        was = f"{safe(file.was)} {self.theme.mark('arrow')} " if file.was and file.was != file.path else ""
        words = [Span(f"{self._title} ", "dim")] if self._title else []
        counts = [
            Span(f"  +{file.added}", "ok") if file.added or not file.removed else Span(""),
            Span(f"  -{file.removed}", "error") if file.removed else Span(""),
        ]
        name = cut([Span(was + safe(file.path).replace("\n", " "), "path")], max(8, width - 28))
        mark = Span(f"{self.theme.mark('edit')} ", "accent")
        return [mark, *words, *name, *([Span(f"  {kind}", "dim")] if kind else []), *counts]

    def _body(self, file: FileDiff, width: int, room: int) -> Iterator[Line]:
        """At most `room` rows of a file: where not all fit, those from its first change on, and how many are left out."""
        digits = max(3, max((len(str(max(row.old, row.new))) for row in file.rows), default=1))
        rows = file.rows
        if len(rows) > room + 1:
            rows = rows[max(0, next((at for at, row in enumerate(rows) if row.sign in "+-"), 0) - 1) :]
        shown = rows if len(rows) <= room + 1 else rows[:room]
        painted = self._rows(file.path, shown, width - digits - 5)
        longest = min(width, max((width_of(line) for _, lines in painted for line in lines), default=0) + digits + 6)
        for number, (row, lines) in enumerate(painted):
            if row.sign == "@":
                if number:
                    yield line_of(f"  {' ' * (digits - 1)}{self.theme.mark('more')}", "hunk")
                continue
            for at, line in enumerate(lines):
                yield self._numbered(row, line, at, digits, longest)
        if len(shown) < len(rows):
            rest = [row for row in rows[len(shown) :] if row.sign != "@"]
            hint = f" {self.theme.mark('dot')} {self._more}" if self._more else ""
            yield [Span("  "), *self.more(f"{counted(len(rest), 'more line')}{hint}")]

    def _numbered(self, row: Row, line: Line, at: int, digits: int, longest: int) -> Line:
        number = str(row.new or row.old) if at == 0 and row.sign != "?" else ""
        role = {"+": "added", "-": "removed"}.get(row.sign, "")
        sign = row.sign if row.sign in "+-" and at == 0 else " "
        head = [Span(f"  {number:>{digits}} ", "number"), Span(f"{sign} ", f"{role}.sign" if role else "")]
        fills = bool(role) and self.theme.fills(role)
        return padded([*head, *line], longest, role) if fills else [*head, *line]

    def _rows(self, path: str, rows: Sequence[Row], width: int) -> list[tuple[Row, list[Line]]]:
        """Each row with its text laid out: colours of the language below, then the side's, then the changed words."""
        texts = [safe(row.text[:LONGEST]).replace("\n", " ") for row in rows]
        words = _changed_words(rows, texts)
        found: list[tuple[Row, list[Line]]] = []
        coloured = _coloured(path, rows, texts)
        for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
            role = {"+": "added", "-": "removed", "?": "dim"}.get(row.sign, "")
            # Without a ground of its own a side is told by its colour alone: a removed string must not be green.
            only = row.sign in "+-" and not self.theme.fills(role)
            line = line_of(text) if only else coloured.get(number, line_of(text))
            line = with_role(line, role) if role else line
            line = _emphasised(line, words.get(number, ()), f"{role}.word")
            found.append((row, wrapped(line, max(8, width))))
        return found


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """How many rows each file gets: what it needs, where that is no more than its equal share of what others leave."""
    shares = [0] * len(sizes)
    left = len(sizes)
    for at in sorted(range(len(sizes)), key=sizes.__getitem__):
        shares[at] = min(sizes[at], max(LEAST, room // left))
        room -= shares[at]
        left -= 1
    return shares


def _coloured(path: str, rows: Sequence[Row], texts: Sequence[str]) -> dict[int, Line]:
    """The rows in the colours of the file's language: the file as it is now, and what was removed by itself."""
    language = language_of(path)
    if not language or len(rows) > MOST_COLOURED:
        return {}
    found: dict[int, Line] = {}
    for signs in (" +", "-"):
        reader = Highlighter(language)
        numbers = [number for number, row in enumerate(rows) if row.sign in signs]
        lines = [line for number in numbers for line in reader.take(texts[number])] + reader.rest()
        found.update(zip(numbers, lines, strict=True))
    return found


def _emphasised(line: Line, ranges: Sequence[tuple[int, int]], role: str) -> Line:
    """The line with `role` on the ranges."""
    if not ranges:
        return line
    parts: Line = []
    at = 0
    for start, end in ranges:
        parts += sliced(line, at, start)
        parts += [Span(text, f"{own} {role}") for text, own in sliced(line, start, end)]
        at = end
    return [*parts, *sliced(line, at, 1 << 30)]


def _changed_words(rows: Sequence[Row], texts: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """For each row that has a partner on the other side: the ranges of its text that the partner has not."""
    found: dict[int, list[tuple[int, int]]] = {}
    at = pairs = 0
    while at < len(rows) and pairs < MOST_PAIRS:
        removed = _run(rows, at, "-")
        added = _run(rows, at + removed, "+")
        for one in range(at, at + min(removed, added)):
            if both := changed(texts[one], texts[one + removed]):
                found[one], found[one + removed] = both
            pairs += 1
        at += max(1, removed + added)
    return found


def _run(rows: Sequence[Row], at: int, sign: str) -> int:
    end = at
    while end < len(rows) and rows[end].sign == sign:
        end += 1
    return end - at
