"""Questions to the person, one at a time, in the place of the editor.

    Desk
    ├── choose(…) -> int | None       one of several; None: Esc
    ├── ask(…) -> str | None          a line or more of text; None: Esc
    └── turn()                        several questions that belong together, with nobody else's between them

A question that the person did not call for must not be answered by what they happened to be typing: it takes no key
before `GUARD` seconds have passed without one. Until then keys go to the editor, as does everything that is pasted. Nor
does it take one while the editor holds something (`Desk.waits`), and of the letters only those typed alone (`letters.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import fit
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.choice import CANCEL, Choice
from pullwright.cli.terminal.screen.letters import Letters
from pullwright.cli.terminal.screen.sgr import joined

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.formatted_text import StyleAndTextTuples

GUARD = 0.3
WAITS = "  Enter says what you write; Esc goes back to the question"
Body = Callable[[int], Sequence[str]]


class Entry:
    """A question that is answered with text, which is written into the desk's own buffer."""

    def __init__(self, title: str, *, body: Body | None = None, secret: bool = False) -> None:
        self.title, self.body, self.secret = title, body, secret
        self.answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()


class Desk:
    """The open question, and those that wait for their turn. `redraw` is called when what shows has changed, `write` puts
    words into the editor, `written` says whether it holds some."""

    def __init__(
        self, buffer: Buffer, redraw: Callable[[], None], *, write: Callable[[str], None], written: Callable[[], bool]
    ) -> None:
        self.buffer = buffer
        self._redraw, self._write, self._written = redraw, write, written
        self.choice: Choice | None = None
        self.entry: Entry | None = None
        self._picked: asyncio.Future[int | None] | None = None
        self._letters: Letters | None = None
        self._aside = False
        self._left = ""
        self._turn = asyncio.Lock()
        self._armed_at = 0.0

    @property
    def open(self) -> bool:
        """A question shows."""
        return self.choice is not None or self.entry is not None

    @property
    def armed(self) -> bool:
        """Keys answer it."""
        return self.open and time.monotonic() >= self._armed_at and not self.waits

    @property
    def waits(self) -> bool:
        """Nobody called for it, and the editor holds something: first that is sent or cleared, or left with Esc."""
        return self._letters is not None and not self._aside and self._written()

    @property
    def uncalled(self) -> bool:
        """The open question is one that the person did not call for."""
        return self._letters is not None

    def back(self) -> None:
        """From what is being written, which stays, to the question."""
        self._aside = True
        self._redraw()

    @property
    def between(self) -> bool:
        """It is answered, and what follows from the answer has not begun: keys must wait for that."""
        return bool((self._picked and self._picked.done()) or (self.entry and self.entry.answer.done()))

    def typed(self) -> None:
        """The editor's text has changed while the question was not armed: whoever types goes on typing."""
        self._aside = False
        if (self._letters is not None and not self._written()) or time.monotonic() < self._armed_at:
            self._guard()
        if self._letters is not None:
            self._redraw()

    def _guard(self) -> None:
        self._armed_at = time.monotonic() + GUARD
        asyncio.get_running_loop().call_later(GUARD + 0.01, self._redraw)

    async def settled(self) -> None:
        """Wait until nobody has typed for a moment: what opens next takes keys at once."""
        self._armed_at = time.monotonic() + GUARD
        left = GUARD
        while left > 0:
            await asyncio.sleep(left)
            left = self._armed_at - time.monotonic()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until no other question is open; hold the place until the block ends."""
        async with self._turn:
            yield

    async def choose(
        self,
        title: str,
        options: Sequence[Option],
        *,
        body: Body | None = None,
        default: int = 0,
        guard: bool = False,
        called: bool = True,
        words: int | None = None,
        filtered: bool = False,
        compact: bool = False,
        note: str = "",
    ) -> int | None:
        """The number of the option that was chosen, None for Esc. The caller holds the turn. `called`: the person opened it
        themselves, so that every key is meant for it. `words`: the option that stands for words of one's own."""
        self.choice = Choice(title, tuple(options), body=body, at=default, filtered=filtered, compact=compact, note=note)
        self._picked = picked = asyncio.get_running_loop().create_future()
        self._armed_at = 0.0
        self._aside = False
        self._letters = None if called else Letters(self.choice, self._pick, partial(self._sentence, words))
        if guard:
            self._guard()
        self._redraw()
        try:
            return await picked
        finally:
            if self._letters is not None:
                self._letters.take()
            self.choice = self._picked = self._letters = None
            self._redraw()

    def press(self, key: str) -> str | None:
        """A key for the open choice. Where it is meant for what follows from the answer: the letters that go before it."""
        self._left = ""
        if self.choice is None or self._picked is None or self._picked.done():
            return None
        if self._letters is not None and len(key) == 1:
            self._letters.press(key)
            return self._left if self._picked.done() else None
        if self._letters is not None and self._letters.settle():
            return ""
        answer = self.choice.press(key)
        if answer is not None:
            self._pick(answer)
        self._redraw()
        return None

    def said(self, text: str) -> bool:
        """An answer that was written out: `yes`, `no`, or its letter. False for anything else."""
        word = text.strip().lower()
        key = {"yes": "y", "no": "n"}.get(word, word)
        options = self.choice.options if self.choice is not None else ()
        found = [number for number, option in enumerate(options) if option.key and option.key == key]
        if found:
            self._pick(found[0])
        return bool(found)

    def leaf(self, key: str) -> None:
        """PgUp or PgDn, also while something is being written."""
        if self.choice is not None:
            self.choice.press(key)
            self._redraw()

    def paste(self, paste: Callable[[], None]) -> None:
        """Something is pasted, which never answers; nor does a letter right before it."""
        if self._letters is not None and (letter := self._letters.take()):
            self._write(letter)
        paste()

    def _pick(self, answer: int) -> None:
        if self._picked is not None and not self._picked.done():
            self._picked.set_result(None if answer == CANCEL else answer)
        self._redraw()

    def _sentence(self, words: int | None, text: str) -> None:
        """Words of the person's own begin: the answer where one stands for such, else a remark in the editor."""
        if words is None:
            self._write(text)
        else:
            self._left = text[:-1]
            self._pick(words)

    async def ask(self, title: str, *, default: str = "", secret: bool = False, body: Body | None = None) -> str | None:
        """The text that was written, None for Esc. The caller holds the turn."""
        self.buffer.reset()
        self.buffer.insert_text(default)
        self.entry = Entry(title, body=body, secret=secret)
        self._armed_at = 0.0
        self._redraw()
        try:
            return await self.entry.answer
        finally:
            self.entry = None
            self.buffer.reset()
            self._redraw()

    def close(self, *, text: bool) -> None:
        """The text is what was asked for, or (`text` false) Esc was pressed."""
        if self.entry is not None and not self.entry.answer.done():
            self.entry.answer.set_result(self.buffer.text if text else None)

    def drawn(self, width: int, height: int) -> StyleAndTextTuples:
        """The question for a foot of `width` columns and at most `height` rows."""
        if self.choice is not None:
            waits = self.waits
            found = self.choice.drawn(width, height - waits, armed=self.armed)
            return [*found, ("class:dim", f"\n{fit(WAITS, width)}")] if waits else found
        if self.entry is None:
            return []
        found: StyleAndTextTuples = [("class:dialog.title", self.entry.title)]
        body = list(self.entry.body(width))[: max(0, height - 3)] if self.entry.body else []
        if body:
            found += [("", "\n"), *joined(body)]
        return [*found, ("class:dim", "\nEnter sends it, Esc goes back")]
