"""The list below the editor: what could be meant, one of them chosen. Pure.

Menu.show(offers)   open, or closed when there are none; what was chosen stays chosen where it still is
Menu.drawn(width)   its rows
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from pullwright.cli.render.clean import clean, columns, fit

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

ROWS = 8


class Offer(msgspec.Struct, frozen=True):
    """One completion: `text` takes the place of what stands from `start` (a place in the editor's text) to the cursor."""

    text: str
    start: int
    label: str = ""
    hint: str = ""
    final: bool = False
    """Enter takes it and sends the line."""


class Menu:
    """The offers, and which of them is chosen."""

    def __init__(self) -> None:
        self.offers: Sequence[Offer] = ()
        self.at = 0
        self._moved = False

    @property
    def open(self) -> bool:
        """Something is offered."""
        return bool(self.offers)

    @property
    def chosen(self) -> Offer | None:
        """What Tab takes."""
        return self.offers[self.at] if self.offers else None

    def show(self, offers: Sequence[Offer]) -> None:
        """Offer these from now on."""
        chosen = self.chosen.text if self.chosen and self._moved else None
        self.offers = offers
        self.at = next((number for number, offer in enumerate(offers) if offer.text == chosen), 0)
        self._moved = self._moved and bool(self.at)

    def close(self) -> None:
        """Offer nothing."""
        self.offers, self.at, self._moved = (), 0, False

    def move(self, by: int) -> None:
        """The next one, or the one before; round the ends."""
        if self.offers:
            self.at, self._moved = (self.at + by) % len(self.offers), True

    def drawn(self, width: int, rows: int = ROWS) -> StyleAndTextTuples:
        """At most `rows` rows and one that counts."""
        if not self.offers:
            return []
        rows = max(1, min(rows, len(self.offers)))
        first = max(0, min(self.at - rows // 2, len(self.offers) - rows))
        shown = self.offers[first : first + rows]
        label = min(max(columns(offer.label or offer.text) for offer in shown), width - 4)
        found: StyleAndTextTuples = []
        for number, offer in enumerate(shown, first):
            found += ([("", "\n")] if found else []) + self._row(offer, number == self.at, label, width)
        if len(self.offers) > rows:
            found.append(("class:dim", f"\n    {self.at + 1} of {len(self.offers)}"))
        return found

    @staticmethod
    def _row(offer: Offer, chosen: bool, label: int, width: int) -> StyleAndTextTuples:
        text = fit(clean(offer.label or offer.text).replace("\n", " "), label)
        gap = " " * (label - columns(text))
        room = width - label - 6
        hint = f"  {fit(clean(offer.hint), room)}" if room > 8 and offer.hint else ""
        look = "class:menu.chosen" if chosen else "class:menu"
        return [
            ("class:dialog.chosen" if chosen else "", "▸ " if chosen else "  "),
            (look, f" {text}{gap} "),
            ("class:dim", hint),
        ]
