"""Which letters answer an open question, and which begin a sentence. A question may open under the hands of somebody who types.

A letter that stands for an answer counts when it is typed alone: nothing printable follows for `ALONE` seconds. Any other
letter, and any that follows within that time, belongs to words of the person's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.choice import Choice

ALONE = 0.15


class Letters:
    """The letters of one question. `pick` takes an answer, `words` a sentence's beginning."""

    def __init__(self, choice: Choice, pick: Callable[[int], None], words: Callable[[str], None]) -> None:
        self._choice, self._pick, self._words = choice, pick, words
        self._letter = ""
        self._timer: asyncio.TimerHandle | None = None

    def press(self, letter: str) -> None:
        """A printable key."""
        before = self.take()
        if before:
            self._words(before + letter)
        elif self._choice.answers(letter):
            self._letter = letter
            self._timer = asyncio.get_running_loop().call_later(ALONE, self.settle)
        elif letter.strip():
            self._words(letter)

    def settle(self) -> bool:
        """No letter follows: the one that waits is the answer. False when none waits."""
        letter = self.take()
        answer = self._choice.press(letter) if letter else None
        if answer is not None:
            self._pick(answer)
        return answer is not None

    def take(self) -> str:
        """The letter that waits, which is no answer then."""
        letter, self._letter = self._letter, ""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return letter
