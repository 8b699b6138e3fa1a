"""One question with several answers: arrows and Enter, or the answer's own key. Pure: no terminal, no clock.

Choice.press(key) -> None (still open) | a number | -1 (Esc)
Choice.drawn(width, height) -> fragments
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import clean, columns, fit
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.sgr import joined

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

CANCEL = -1
ENOUGH = 8
"""Rows of what is asked about that are worth more than an answer a row."""

HINT_ROWS = 3
LEAST_HINT = 16
"""Columns below which a hint that is cut says nothing: the chosen answer's is shown in full below."""


class Choice:
    """The question. With `filtered`, letters narrow the options down instead of choosing one. `note` is what must be read where
    there is no room for all hints."""

    def __init__(
        self,
        title: str,
        options: tuple[Option, ...],
        *,
        body: Callable[[int], Sequence[str]] | None = None,
        at: int = 0,
        filtered: bool = False,
        compact: bool = False,
        note: str = "",
    ) -> None:
        self.title, self.options, self.body = title, options, body
        self.filtered, self.compact, self.note = filtered, compact, note
        self.words = ""
        self._at = at
        self._scrolled = 0
        self._page = 1
        self._hidden = 0

    def matching(self) -> list[int]:
        """The numbers of the options that the words leave over."""
        words = self.words.lower().split()
        return [
            number
            for number, option in enumerate(self.options)
            if all(word in f"{option.label} {option.hint}".lower() for word in words)
        ]

    @property
    def at(self) -> int:
        """The number of the option that Enter takes."""
        matching = self.matching()
        return self._at if self._at in matching or not matching else matching[0]

    def press(self, key: str) -> int | None:
        """What the key means. Keys that mean nothing here do nothing."""
        if key in ("escape", "c-c", "c-g"):
            return CANCEL
        if key == "enter":
            return self.at if self.matching() else None
        if self.compact and key in ("left", "right"):
            key = "up" if key == "left" else "down"
        if key in ("up", "down", "c-p", "c-n", "tab", "s-tab", "home", "end"):
            self._move(key)
        elif key in ("pageup", "pagedown"):
            self._scrolled = max(0, min(self._hidden, self._scrolled + (self._page if key == "pagedown" else -self._page)))
        elif self.filtered:
            self._narrow(key)
        elif len(key) == 1:
            return self._by_key(key)
        return None

    def answers(self, key: str) -> bool:
        """Whether the key alone is an answer: an option's own letter, or its number where none has a letter."""
        return self._numbered(key) is not None

    def _numbered(self, key: str) -> int | None:
        for number, option in enumerate(self.options):
            if option.key == key:
                return number
        keyed = any(option.key for option in self.options)
        number = int(key) - 1 if key in "123456789" and not keyed else CANCEL
        return number if 0 <= number < len(self.options) else None

    def _by_key(self, key: str) -> int | None:
        number = self._numbered(key)
        if number is None and key in "jk":
            self._move("down" if key == "j" else "up")
        return number

    def _narrow(self, key: str) -> None:
        if key == "backspace":
            self.words = self.words[:-1]
        elif key == "c-u":
            self.words = ""
        elif len(key) == 1 and key.isprintable():
            self.words += key

    def _move(self, key: str) -> None:
        matching = self.matching()
        if not matching:
            return
        place = matching.index(self.at)
        if key in ("home", "end"):
            place = 0 if key == "home" else len(matching) - 1
        else:
            place = (place + (-1 if key in ("up", "c-p", "s-tab") else 1)) % len(matching)
        self._at = matching[place]

    def drawn(self, width: int, height: int, *, armed: bool = True) -> StyleAndTextTuples:
        """The question in at most `height` rows; dim while keys do not answer it yet. What it is about comes first: where there
        is little room the answers stand in a row."""
        matching = self.matching()
        title: StyleAndTextTuples = [("class:dialog.title", fit(clean(self.title), width))]
        body = list(self.body(width)) if self.body else []
        listed = min(len(matching), max(1, height - 3))
        if self.compact or (body and height - listed - 2 < min(len(body), ENOUGH) and self._keyed):
            answers: StyleAndTextTuples = self._flowing(width, armed)
            if _rows(answers) > max(1, height - 2):
                keys = " ".join(option.key for option in self.options)
                answers = [("class:dialog.key" if armed else "class:dim", f"\n  {keys}")]
            rows = _rows(answers)
        else:
            hint = self._whole_hint(width, armed)
            rows = max(1, min(listed, height - 2 - len(hint)))
            answers = [*self._listed(matching, rows, width, armed), *hint]
            rows += len(hint)
        title += self._drawn_body(body, width, height - rows - 1)
        if self.filtered:
            title += [("", "\n"), ("class:dialog.key", "  / "), ("", fit(self.words, width - 6))]
            title += [] if self.words else [("class:placeholder", "type to narrow down")]
        return [*title, *answers]

    @property
    def _keyed(self) -> bool:
        return any(option.key for option in self.options)

    def _whole_hint(self, width: int, armed: bool) -> StyleAndTextTuples:
        """The chosen answer's hint in full, or the note, where rows have no room for theirs: what an answer covers must be read
        before it is given, and its key gives it at once."""
        cut = [option for option in self.options if columns(self._row_text(option)) + columns(option.hint) + 6 > width]
        option = self.options[self.at]
        text = option.hint if option in cut and option.hint else self.note if cut and not option.hint else ""
        if not armed or not text:
            return []
        lines = textwrap.wrap(clean(text), max(10, width - 4))[:HINT_ROWS]
        return [("class:dim", f"\n    {line}") for line in lines]

    def _row_text(self, option: Option) -> str:
        label = max((columns(other.label) for other in self.options), default=0)
        return f"{option.key or '1'} {option.label:<{label}}"

    def _listed(self, matching: list[int], rows: int, width: int, armed: bool) -> StyleAndTextTuples:
        """One answer a row; those around the chosen one when there is no room for all."""
        found: StyleAndTextTuples = []
        counted = len(matching) > rows > 2
        rows -= counted
        first = max(0, min(matching.index(self.at) - rows // 2, len(matching) - rows)) if matching else 0
        label = min(max((columns(option.label) for option in self.options), default=0), max(16, width // 2))
        for number in matching[first : first + rows]:
            found += [("", "\n"), *self._row(number, width, label, armed)]
        if not matching:
            found.append(("class:dim", "\n  nothing matches"))
        elif counted:
            found.append(("class:dim", f"\n  {first + 1} to {first + rows} of {len(matching)}"))
        return found

    def _flowing(self, width: int, armed: bool) -> StyleAndTextTuples:
        """The answers one after the other, with hardly a word; the hint of the chosen one below."""
        found: StyleAndTextTuples = [("", "\n  ")]
        taken = 2
        for number, option in enumerate(self.options):
            size = len(option.key) + 1 + columns(option.label) + 3
            if taken + size > width and taken > 2:
                found.append(("", "\n  "))
                taken = 2
            look = "class:dialog.chosen" if number == self.at and armed else "class:dialog" if armed else "class:dim"
            found += [("class:dialog.key" if armed else "class:dim", f"{option.key} "), (look, fit(option.label, width - 5))]
            found.append(("", "   "))
            taken += size
        hint = (self.options[self.at].hint or self.note) if armed else ""
        return [*found, ("class:dim", f"\n  {fit(clean(hint), width - 2)}")] if hint else found

    def _drawn_body(self, lines: list[str], width: int, room: int) -> StyleAndTextTuples:
        if not lines or room < 1:
            return []
        self._page = max(1, room - 1)
        self._hidden = max(0, len(lines) - self._page) if len(lines) > room else 0
        if not self._hidden:
            return [("", "\n"), *joined(lines)]
        if room == 1:
            return [("", "\n"), *joined(lines[:1])]
        self._scrolled = min(self._scrolled, self._hidden)
        shown = lines[self._scrolled : self._scrolled + self._page]
        more = f"  {self._scrolled + 1} to {self._scrolled + len(shown)} of {len(lines)} lines · PgUp PgDn"
        return [("", "\n"), *joined(shown), ("class:dim", f"\n{fit(more, width)}")]

    def _key(self, number: int) -> str:
        """The key that takes an answer at once: its own, or its number where none has one."""
        if self._keyed or self.filtered or number > 8:
            return self.options[number].key
        return str(number + 1)

    def _row(self, number: int, width: int, label: int, armed: bool) -> StyleAndTextTuples:
        option = self.options[number]
        chosen = number == self.at and armed
        key = f"{self._key(number)} " if self._key(number) else ""
        look = "class:dialog.chosen" if chosen else "class:dim" if not armed else "class:dialog"
        text = fit(clean(option.label), max(4, width - 4 - len(key)))
        hint = ""
        if option.hint:
            room = width - 6 - len(key) - max(columns(text), label)
            whole = clean(option.hint)
            shown = whole if columns(whole) <= room else f"{fit(whole, room - 1)}…" if room > LEAST_HINT else ""
            hint = " " * (max(columns(text), label) - columns(text) + 2) + shown if shown else ""
        return [
            ("class:dialog.chosen" if chosen else "", "▸ " if chosen else "  "),
            ("class:dialog.key" if armed else "class:dim", key),
            (look, text),
            ("class:dim", hint),
        ]


def _rows(parts: StyleAndTextTuples) -> int:
    return sum(part[1].count("\n") for part in parts)
