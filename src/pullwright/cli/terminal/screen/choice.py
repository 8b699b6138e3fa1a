"""One question with several answers: arrows and Enter, or the answer's own key. Pure: no terminal, no clock.

Choice.press(key) -> None (still open) | a number | -1 (Esc)
Choice.drawn(width, height) -> fragments
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import clean, columns, fit
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.sgr import joined

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

CANCEL = -1


class Choice:
    """The question. With `filtered`, letters narrow the options down instead of choosing one."""

    def __init__(
        self,
        title: str,
        options: tuple[Option, ...],
        *,
        body: Callable[[int], Sequence[str]] | None = None,
        at: int = 0,
        filtered: bool = False,
        compact: bool = False,
    ) -> None:
        self.title, self.options, self.body = title, options, body
        self.filtered, self.compact = filtered, compact
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
        """The question in at most `height` rows; dim while keys do not answer it yet."""
        matching = self.matching()
        if self.compact:
            answers = self._flowing(width, armed)
            rows = sum(part[1].count("\n") for part in answers)
        else:
            rows = max(1, min(len(matching), height - 3, max(6, height - 3 - 4 * bool(self.body))))
            answers = self._listed(matching, rows, width, armed)
        found: StyleAndTextTuples = [("class:dialog.title", fit(clean(self.title), width))]
        found += self._drawn_body(width, height - rows - 2)
        if self.filtered:
            found += [("", "\n"), ("class:dialog.key", "  / "), ("", fit(self.words, width - 6))]
            found += [] if self.words else [("class:placeholder", "type to narrow down")]
        return [*found, *answers]

    def _listed(self, matching: list[int], rows: int, width: int, armed: bool) -> StyleAndTextTuples:
        """One answer a row; those around the chosen one when there is no room for all."""
        found: StyleAndTextTuples = []
        first = max(0, min(matching.index(self.at) - rows // 2, len(matching) - rows)) if matching else 0
        label = min(max((columns(option.label) for option in self.options), default=0), max(16, width // 2))
        for number in matching[first : first + rows]:
            found += [("", "\n"), *self._row(number, width, label, armed)]
        if not matching:
            found.append(("class:dim", "\n  nothing matches"))
        elif len(matching) > rows:
            found.append(("class:dim", f"\n  {first + 1} to {first + rows} of {len(matching)}"))
        return found

    def _flowing(self, width: int, armed: bool) -> StyleAndTextTuples:
        """The answers one after the other, with hardly a word: for a question that is asked many times."""
        found: StyleAndTextTuples = [("", "\n  ")]
        taken = 2
        for number, option in enumerate(self.options):
            size = len(option.key) + 1 + columns(option.label) + 3
            if taken + size > width and taken > 2:
                found.append(("", "\n  "))
                taken = 2
            look = "class:dialog.chosen" if number == self.at and armed else "class:dialog" if armed else "class:dim"
            found += [("class:dialog.key" if armed else "class:dim", f"{option.key} "), (look, option.label), ("", "   ")]
            taken += size
        return found

    def _drawn_body(self, width: int, room: int) -> StyleAndTextTuples:
        lines = list(self.body(width)) if self.body else []
        if not lines:
            return []
        self._page = max(1, room - 1)
        self._hidden = max(0, len(lines) - self._page) if len(lines) > room else 0
        if not self._hidden:
            return [("", "\n"), *joined(lines)]
        self._scrolled = min(self._scrolled, self._hidden)
        shown = lines[self._scrolled : self._scrolled + self._page]
        more = f"\n  lines {self._scrolled + 1} to {self._scrolled + len(shown)} of {len(lines)}, PgUp and PgDn show the others"
        return [("", "\n"), *joined(shown), ("class:dim", fit(more, width))]

    def _row(self, number: int, width: int, label: int, armed: bool) -> StyleAndTextTuples:
        option = self.options[number]
        chosen = number == self.at and armed
        key = f"{option.key} " if option.key else ""
        look = "class:dialog.chosen" if chosen else "class:dim" if not armed else "class:dialog"
        text = fit(clean(option.label), max(4, width - 4 - len(key)))
        hint = ""
        if option.hint:
            room = width - 6 - len(key) - max(columns(text), label)
            hint = " " * (max(columns(text), label) - columns(text) + 2) + fit(clean(option.hint), room) if room > 8 else ""
        return [
            ("class:dialog.chosen" if chosen else "", "▸ " if chosen else "  "),
            ("class:dialog.key" if armed else "class:dim", key),
            (look, text),
            ("class:dim", hint),
        ]
