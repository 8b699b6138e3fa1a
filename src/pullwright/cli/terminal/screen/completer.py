"""Fills the menu while the person writes: from the files, the slash commands, the folders of the sandbox's project.

Each key gets one slice of matching at once; the rest of a long search goes on between keys.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from pullwright.cli.terminal.screen.completion import Asked, asked, file_offers, ranked
from pullwright.cli.terminal.screen.files import Files
from pullwright.cli.terminal.screen.menu import Menu, Offer
from pullwright.cli.terminal.slash.custom import slashes
from pullwright.workspace.fuzzy import Search

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace

FIRST, LATER, PAUSE = 0.003, 0.004, 0.004
"""Seconds of matching at a key, in each slice after it, and before each of those."""

_PATHS = 2_000


class Completer:
    """One face's menu and what it is filled from."""

    def __init__(self, face: ScreenFace) -> None:
        self._face = face
        self.menu = Menu()
        self.files = Files(face.pairing.state.project, self._listed)
        self._asked: Asked | None = None
        self._dismissed = ""
        self._search: Search | None = None
        self._version = 0
        self._running = False

    def edited(self) -> None:
        """The text or the cursor changed."""
        document = self._face.editor.buffer.document
        wanted = asked(document.text, document.cursor_position) if document.text else None
        if wanted == self._asked:
            return
        self._asked = wanted
        if wanted is None or self._closed(wanted):
            self.menu.close()
            self._search = None
            return
        if wanted.kind == "file":
            self._look(wanted)
        else:
            self.menu.show(self._words(wanted))

    def _closed(self, wanted: Asked) -> bool:
        """Esc closed the menu for this word."""
        word = f"{wanted.kind}{wanted.start}"
        self._dismissed = self._dismissed if self._dismissed == word else ""
        return self._dismissed == word

    def dismiss(self) -> None:
        """Esc: nothing more is offered for this word."""
        if self._asked:
            self._dismissed = f"{self._asked.kind}{self._asked.start}"
        self.menu.close()

    def take(self) -> Offer | None:
        """Put the chosen offer into the text."""
        offer, buffer = self.menu.chosen, self._face.editor.buffer
        if offer is None:
            return None
        buffer.save_to_undo_stack()
        buffer.delete_before_cursor(buffer.cursor_position - offer.start)
        if offer.text.endswith(" ") and buffer.document.current_char == " ":
            buffer.delete(1)
        buffer.insert_text(offer.text)
        return offer

    # --- files ----------------------------------------------------------------------------------

    def _look(self, wanted: Asked) -> None:
        self._face.spawn(self.files.refresh())
        last = self._search
        if (
            last is not None
            and self._version == self.files.version
            and wanted.letters.lower().startswith(last.letters)
            and last.letters
        ):
            self._search = last.narrowed(wanted.letters)
        else:
            self._version = self.files.version
            self._search = Search(self.files.names, self.files.masks, wanted.letters)
        self._search.step(FIRST)
        self._offer(wanted)
        if not self._search.done and not self._running:
            self._face.spawn(self._go_on())

    async def _go_on(self) -> None:
        """The rest of the search, between keys: what was typed is drawn first."""
        self._running = True
        try:
            while self._search is not None and not self._search.done:
                search: Search | None = self._search
                await asyncio.sleep(PAUSE)
                if search is self._search and search.step(LATER) and self._asked:
                    self._offer(self._asked)
                    self._face.foot.invalidate()
        finally:
            self._running = False

    def _offer(self, wanted: Asked) -> None:
        if self._search is not None:
            offers = file_offers(self._search.best, wanted)
            written = len(offers) == 1 and offers[0].label == wanted.letters  # the whole path: Enter sends
            self.menu.show([] if written else offers)

    def _listed(self) -> None:
        """There is a new list of files."""
        if self._asked is not None and self._asked.kind == "file":
            wanted, self._search, self._asked = self._asked, None, None
            self._dismissed = self._dismissed if self._closed(wanted) else ""
            self.edited()
            self._face.foot.invalidate()

    # --- words ----------------------------------------------------------------------------------

    def _words(self, wanted: Asked) -> list[Offer]:
        if wanted.kind == "slash":
            known = slashes(self._face)
            words = [(slash.name, slash.help) for slash in known.values()]
            return [self._slash(name, hint, known[name].usage) for name, hint in ranked(words, wanted.letters)]
        if wanted.kind == "argument":
            slash = slashes(self._face).get(wanted.command)
            words = list(slash.arguments(self._face)) if slash else []
            found = ranked(words, wanted.letters)
            if any(value == wanted.letters for value, _ in found):
                return []
            return [Offer(value, wanted.start, hint=hint, final=True) for value, hint in found]
        return self._paths(wanted)

    @staticmethod
    def _slash(name: str, hint: str, usage: str) -> Offer:
        return Offer(f"/{name}{' ' if usage else ''}", 0, label=f"/{name}", hint=hint, final=not usage or usage.startswith("["))

    def _paths(self, wanted: Asked) -> list[Offer]:
        """What lies in the folder that a word of a shell line names; only from the project."""
        folder, _, begin = wanted.letters.rpartition("/")
        place = self._face.pairing.state.project / folder
        try:
            with os.scandir(place) as entries:
                found = sorted(entry.name + "/" * entry.is_dir() for _, entry in zip(range(_PATHS), entries, strict=False))
        except OSError:
            return []
        prefix = f"{folder}/" if folder else ""
        fitting = [
            name
            for name in found
            if name.startswith(begin) and name != begin and (begin.startswith(".") or not name.startswith("."))
        ]
        return [Offer(prefix + name.replace(" ", "\\ "), wanted.start, label=name) for name in fitting[:100]]
