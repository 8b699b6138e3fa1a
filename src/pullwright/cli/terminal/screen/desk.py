"""Questions to the person, one at a time, in the place of the editor.

    Desk
    ├── choose(…) -> int | None       one of several; None: Esc
    ├── ask(…) -> str | None          a line or more of text; None: Esc
    └── turn()                        several questions that belong together, with nobody else's between them

A question that the person did not call for must not be answered by what they happened to be typing: it takes no key
before `GUARD` seconds have passed without one. Until then keys go to the editor, as does everything that is pasted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.choice import Choice
from pullwright.cli.terminal.screen.sgr import joined

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.formatted_text import StyleAndTextTuples

GUARD = 0.3
Body = Callable[[int], Sequence[str]]


class Entry:
    """A question that is answered with text, which is written into the desk's own buffer."""

    def __init__(self, title: str, *, body: Body | None = None, secret: bool = False) -> None:
        self.title, self.body, self.secret = title, body, secret
        self.answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()


class Desk:
    """The open question, and those that wait for their turn. `redraw` is called when what shows has changed."""

    def __init__(self, buffer: Buffer, redraw: Callable[[], None]) -> None:
        self.buffer = buffer
        self._redraw = redraw
        self.choice: Choice | None = None
        self.entry: Entry | None = None
        self._picked: asyncio.Future[int | None] | None = None
        self._turn = asyncio.Lock()
        self._armed_at = 0.0

    @property
    def open(self) -> bool:
        """A question shows."""
        return self.choice is not None or self.entry is not None

    @property
    def armed(self) -> bool:
        """Keys answer it."""
        return self.open and time.monotonic() >= self._armed_at

    @property
    def between(self) -> bool:
        """It is answered, and what follows from the answer has not begun: keys must wait for that."""
        return bool((self._picked and self._picked.done()) or (self.entry and self.entry.answer.done()))

    def typed(self) -> None:
        """A key went to the editor while the question was not armed: whoever types goes on typing."""
        if time.monotonic() < self._armed_at:
            self._guard()

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
        filtered: bool = False,
        compact: bool = False,
    ) -> int | None:
        """The number of the option that was chosen, None for Esc. The caller holds the turn."""
        self.choice = Choice(title, tuple(options), body=body, at=default, filtered=filtered, compact=compact)
        self._picked = picked = asyncio.get_running_loop().create_future()
        self._armed_at = 0.0
        if guard:
            self._guard()
        self._redraw()
        try:
            return await picked
        finally:
            self.choice = self._picked = None
            self._redraw()

    def press(self, key: str) -> None:
        """A key for the open choice."""
        if self.choice is None or self._picked is None or self._picked.done():
            return
        answer = self.choice.press(key)
        if answer is not None:
            self._picked.set_result(None if answer < 0 else answer)
        self._redraw()

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
            return self.choice.drawn(width, height, armed=self.armed)
        if self.entry is None:
            return []
        found: StyleAndTextTuples = [("class:dialog.title", self.entry.title)]
        body = list(self.entry.body(width))[: max(0, height - 3)] if self.entry.body else []
        if body:
            found += [("", "\n"), *joined(body)]
        return [*found, ("class:dim", "\nEnter sends it, Esc goes back")]
