"""A Markdown text as it streams: pieces in, finished parts out.

    reader = Reader()
    reader.feed(piece) -> leaves that are finished
    reader.preview()   -> the leaves that the unfinished rest makes, as it stands
    reader.close()     -> the rest

CommonMark's first phase (https://spec.commonmark.org, appendix A) works line by line and never looks back, which is just
what a stream needs: a leaf is finished when a line does not go on with it. The same text gives the same leaves, however it
is cut into pieces. Left out: reference links, raw HTML (both are text), laziness in quotes of quotes. Added: tables.
"""

from __future__ import annotations

import copy
import re

import msgspec

from pullwright.cli.terminal.transcript.code import Highlighter
from pullwright.cli.terminal.transcript.leaves import Align, CodeLine, Heading, Leaf, Paragraph, Prefix, Rule, Table
from pullwright.cli.terminal.transcript.safe import safe

LONGEST = 8192
"""Characters of a line that are waited for; a longer one is taken in parts."""

MOST_LINES = 200
"""Lines of a paragraph, and rows of a table, that are waited for."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?: (.*))?$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+) *$")
_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])( +|$)")
_QUOTE = re.compile(r" {0,3}> ?")
_DELIMITER = re.compile(r":?-+:?")


class _Container:
    """A quote, or a list item whose content begins `indent` columns in."""

    def __init__(self, marker: str = "", indent: int = 0) -> None:
        self.marker = marker
        self.indent = indent
        self.used = False


class _Fence:
    def __init__(self, mark: str, indent: int, info: str) -> None:
        self.mark = mark
        self.indent = indent
        words = info.strip().strip("{}").split()
        language = words[0].lstrip(".").partition(",")[0] if words else ""
        self.label = info.strip() if len(words) > 1 or ":" in language else ""
        self.lines = Highlighter(language.partition(":")[0])


class Reader:
    """Reads one text. Not to be fed after `close`."""

    def __init__(self) -> None:
        self._rest = ""
        self._containers: list[_Container] = []
        self._paragraph: list[str] = []
        self._table: list[list[str]] = []
        self._aligns: tuple[Align, ...] = ()
        self._fence: _Fence | None = None
        self._blank = False
        self._begun = False
        self._out: list[Leaf] = []

    def feed(self, piece: str) -> list[Leaf]:
        """The next piece of the text."""
        text, at = self._rest + piece, 0
        while True:
            end = text.find("\n", at)
            if 0 <= end <= at + LONGEST:
                self._take(text[at:end])
                at = end + 1
            elif len(text) - at > LONGEST:
                space = text.rfind(" ", at + LONGEST // 2, at + LONGEST)
                cut = space if space > 0 else at + LONGEST
                self._take(text[at:cut])
                at = cut + (space > 0)
            else:
                break
        self._rest = text[at:]
        return self._given()

    def close(self) -> list[Leaf]:
        """The text is whole: its last parts."""
        if self._rest:
            self._take(self._rest)
            self._rest = ""
        self._end_leaf()
        self._end_items(0)
        return self._given()

    def preview(self) -> list[Leaf]:
        """What `close` would give now; the reader stays as it is."""
        twin = copy.copy(self)
        twin._containers = [copy.copy(one) for one in self._containers]
        twin._paragraph, twin._table, twin._out = list(self._paragraph), list(self._table), []
        if self._fence is not None:
            twin._fence = copy.copy(self._fence)
            twin._fence.lines = self._fence.lines.copy()
        twin._rest = mended(self._rest) if self._fence is None else self._rest
        return twin.close()

    def _given(self) -> list[Leaf]:
        out, self._out = self._out, []
        return out

    # --- one line ---------------------------------------------------------------------------------

    def _take(self, line: str) -> None:
        line = safe(line.rstrip("\r")).replace("\n", " ")
        matched, rest = self._matched(line)
        if self._fence is not None:
            if matched == len(self._containers):
                self._code(rest)
                return
            self._end_leaf()
        if not rest.strip():
            self._empty(matched)
            return
        while (inner := self._opened(matched, rest)) is not None:
            matched, rest = len(self._containers), inner
            if not rest.strip():
                return
        if not self._single(matched, rest):
            self._text(matched, rest)

    def _matched(self, line: str) -> tuple[int, str]:
        """How many of the open containers the line lies in, and what of it is left within them."""
        rest = line
        for number, one in enumerate(self._containers):
            if not one.marker:
                if not (found := _QUOTE.match(rest)):
                    return number, rest
                rest = rest[found.end() :]
            elif rest.strip():
                indent = len(rest) - len(rest.lstrip(" "))
                if indent >= one.indent:
                    rest = rest[one.indent :]
                elif indent >= 2 and _ITEM.match(rest.lstrip(" ")):  # two columns below `1. ` are meant as a level of their own
                    rest = rest[indent:]
                else:
                    return number, rest
        return len(self._containers), rest

    def _empty(self, matched: int) -> None:
        self._end_leaf()
        quotes = next((n for n, one in enumerate(self._containers) if n >= matched and not one.marker), len(self._containers))
        self._end_items(quotes)
        self._blank = self._begun

    def _opened(self, matched: int, rest: str) -> str | None:
        """What is left of the line inside a quote or item that it opens; None when it opens none."""
        if found := _QUOTE.match(rest):
            self._enter(matched, _Container())
            return rest[found.end() :]
        found = _ITEM.match(rest)
        if not found or is_rule(rest):
            return None
        going_on = self._paragraph and matched == len(self._containers)
        if going_on and (not rest[found.end() :].strip() or found[2] not in ("-", "*", "+", "1.", "1)")):
            return None
        spaces = len(found[3]) if 1 <= len(found[3]) <= 4 else 1
        indent = len(found[1]) + len(found[2]) + spaces
        self._enter(matched, _Container(found[2], indent))
        return rest[indent:]

    def _enter(self, matched: int, container: _Container) -> None:
        self._end_leaf()
        self._end_items(matched)
        self._containers.append(container)

    def _single(self, matched: int, rest: str) -> bool:
        """Whether the line is a leaf of its own, or begins or ends one."""
        if found := _FENCE.match(rest):
            self._leave(matched)
            self._fence = _Fence(found[2], len(found[1]), found[3])
            return True
        if found := _HEADING.match(rest):
            self._leave(matched)
            self._emit(Heading(prefix=(), level=len(found[1]), text=_heading_of(found[2] or "")), force=True)
            return True
        here = matched == len(self._containers)
        if self._paragraph and here and (found := _UNDERLINE.match(rest)):
            text, self._paragraph = " ".join(self._paragraph), []
            self._emit(Heading(level=1 if found[1][0] == "=" else 2, text=text.strip()), force=True)
            return True
        if is_rule(rest):
            self._leave(matched)
            self._emit(Rule(), force=True)
            return True
        return here and self._tabular(rest)

    def _tabular(self, rest: str) -> bool:
        if self._table:
            if "|" not in rest:
                return False
            self._table.append(cells(rest))
            if len(self._table) > MOST_LINES:
                header = self._table[0]
                self._end_leaf()
                self._table = [header]
            return True
        if len(self._paragraph) == 1 and "|" in self._paragraph[0] and "-" in rest:
            header, aligns = cells(self._paragraph[0]), cells(rest)
            if len(header) == len(aligns) and all(map(_DELIMITER.fullmatch, aligns)):
                self._table, self._paragraph = [header], []
                self._aligns = tuple(_align(cell) for cell in aligns)
                return True
        return False

    def _text(self, matched: int, rest: str) -> None:
        if matched < len(self._containers) and not self._paragraph:
            self._leave(matched)
        if self._table:
            self._end_leaf()
        if not self._paragraph and rest.startswith("    ") and matched == len(self._containers):
            self._emit(CodeLine(line=Highlighter("").take(rest[4:])[0]))
            return
        self._paragraph.append(rest.lstrip(" "))
        if len(self._paragraph) >= MOST_LINES:
            self._end_leaf()

    def _code(self, rest: str) -> None:
        fence = self._fence
        assert fence is not None
        closing = rest.strip()
        if closing.startswith(fence.mark) and not closing.strip(fence.mark[0]) and len(rest) - len(rest.lstrip(" ")) < 4:
            self._end_leaf()
            return
        indent = min(fence.indent, len(rest) - len(rest.lstrip(" ")))
        self._emit_code(fence, rest[indent:])

    def _emit_code(self, fence: _Fence, text: str | None) -> None:
        for line in fence.lines.rest() if text is None else fence.lines.take(text):
            self._emit(CodeLine(line=line, label=fence.label))
            fence.label = ""

    # --- ends ---------------------------------------------------------------------------------

    def _leave(self, matched: int) -> None:
        self._end_leaf()
        self._end_items(matched)

    def _end_leaf(self) -> None:
        if self._paragraph:
            text, self._paragraph = "\n".join(self._paragraph), []
            self._emit(Paragraph(text=text.rstrip()))
        elif self._table:
            (header, *rows), self._table = self._table, []
            self._emit(Table(header=tuple(header), aligns=self._aligns, rows=tuple(map(tuple, rows))), force=True)
        elif self._fence is not None:
            self._emit_code(self._fence, None)
            self._fence = None

    def _end_items(self, left: int) -> None:
        """Leave all containers but the first `left`; an item with nothing in it is shown by its marker."""
        if any(one.marker and not one.used for one in self._containers[left:]):
            self._emit(Paragraph(text=""))
        del self._containers[left:]

    def _emit(self, leaf: Leaf, *, force: bool = False) -> None:
        """`force`: a blank line stands before the leaf even where its author left it out."""
        prefix: list[Prefix] = []
        depth = 0
        for one in self._containers:
            depth += bool(one.marker)
            prefix.append(Prefix(one.marker, depth, bool(one.marker) and not one.used))
            one.used = True
        gap = self._begun and (self._blank or (force and not any(one.first for one in prefix)))
        self._out.append(msgspec.structs.replace(leaf, prefix=tuple(prefix), gap=gap))
        self._begun, self._blank = True, False


def is_rule(line: str) -> bool:
    """Three and more of `*`, `-` or `_`, and nothing else but spaces."""
    marks = line.replace(" ", "")
    return len(marks) >= 3 and marks[0] in "*-_" and marks.count(marks[0]) == len(marks) and not line.startswith("    ")


def _heading_of(text: str) -> str:
    text = text.strip(" ")
    bare = text.rstrip("#")
    return bare.rstrip(" ") if not bare or bare.endswith(" ") else text


def cells(row: str) -> list[str]:
    """A table row's cells; `\\|` and a bar within back-ticks divide nothing."""
    text = row.strip().removeprefix("|")
    found: list[str] = []
    start = 0
    for at, character in enumerate(text):
        if character == "|" and text[at - 1 : at] != "\\" and text.count("`", start, at) % 2 == 0:
            found.append(text[start:at].strip().replace("\\|", "|"))
            start = at + 1
    last = text[start:].strip().replace("\\|", "|")
    return [*found, last] if last or not found else found


def _align(cell: str) -> Align:
    return "center" if cell.startswith(":") and cell.endswith(":") else "right" if cell.endswith(":") else "left"


def mended(text: str) -> str:
    """An unfinished line whose open emphasis or code is closed, so that it looks as it will when it is finished."""
    if text.count("`") % 2:
        return text + "`" if not text.endswith("`") else text[:-1]
    text = text.rstrip("*_")
    for mark in ("**", "__"):
        if text.count(mark) % 2:
            return text.rstrip() + mark
    return text
