"""Which names fit the letters that were typed, and how well: letters in order, best at the beginnings of words.

    score(name, letters) -> how well, or None
    Search(names, masks, letters)     over many names, in bounded steps: `step(seconds)` until `done`, `best` meanwhile

A hundred thousand names are looked through without a pause that a person notices: a mask of the letters that a name has
rules most of them out in one machine operation each, the search runs in slices of a few milliseconds, and a search for
more letters goes through what the one for fewer letters left over.
"""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Iterator, Sequence

BEST = 200
"""How many are kept; nobody scrolls through more."""

STARTS = 6
"""Placements of the first letter that are tried, from the name's end."""

_CHUNK = 256
_BOUNDARY = "/_-. "


def mask(text: str) -> int:
    """The letters that `text` (in lower case) has, as bits: a to z, 0 to 9, and one bit for all others."""
    found = 0
    for letter in set(text):
        code = ord(letter)
        if 97 <= code <= 122:
            found |= 1 << (code - 97)
        elif 48 <= code <= 57:
            found |= 1 << (code - 22)
        elif letter not in "/":
            found |= 1 << 36
    return found


def score(name: str, letters: str) -> int | None:
    """How well `letters` (in lower case) fit `name`, None when they do not occur in this order.

    The name's last part counts most: letters that begin it, or a word in it, or follow one another. Shorter is better.
    """
    lower = name.lower()
    if len(lower) != len(name):  # a letter whose small form is two: places in both must be the same
        lower = "".join(small if len(small := letter.lower()) == 1 else letter for letter in name)
    base = lower.rstrip("/").rfind("/") + 1
    inside = _placed(lower, name, letters, base)
    whole = _placed(lower, name, letters, 0) if base else None
    values = [value for value in (whole, None if inside is None else inside + 40) if value is not None]
    return max(values) - len(name) // 4 if values else None


def _placed(lower: str, name: str, letters: str, start: int) -> int | None:
    """The value of the best of two placements from `start` on: one run of letters together, or each at the next place it has."""
    together = lower.find(letters, start)
    if together >= 0:
        # A later occurrence at a word's beginning beats an earlier one in a word's middle.
        better = together
        while better >= 0 and not _begins(name, better):
            better = lower.find(letters, better + 1)
        at = better if better >= 0 else together
        return 20 + 8 * len(letters) + (20 if at == start else 12 if _begins(name, at) else 0)
    first = letters[0]
    starts = [at for at in _places(lower, first, start) if _begins(name, at)][-STARTS:]
    values = [_from(lower, name, letters, at) for at in (*starts, lower.find(first, start)) if at >= 0]
    found = [value for value in values if value is not None]
    # Places at beginnings of words may leave too little for the letters that follow: then each at its next place.
    return max(found) if found else (0 if _in_order(lower, letters, start) else None)


def _in_order(lower: str, letters: str, at: int) -> bool:
    for letter in letters:
        at = lower.find(letter, at) + 1
        if at == 0:
            return False
    return True


def _places(lower: str, letter: str, at: int) -> Iterator[int]:
    """Where the letter is, from `at` on; of a very long name the first places only."""
    for _ in range(40):
        at = lower.find(letter, at)
        if at < 0:
            return
        yield at
        at += 1


def _from(lower: str, name: str, letters: str, start: int) -> int | None:
    """The value when the first letter is at `start` or after it, and each other one at the next good place."""
    value, at, last = 0, start, -2
    for letter in letters:
        at = _next(lower, name, letter, at, last)
        if at < 0:
            return None
        value += 6 if at == last + 1 else 5 if _begins(name, at) else 0
        last = at
        at += 1
    return value


def _next(lower: str, name: str, letter: str, at: int, last: int) -> int:
    """Where the letter is placed: right after the last one, at the next beginning of a word, or at its next place."""
    first = lower.find(letter, at)
    if first < 0 or first == last + 1 or _begins(name, first):
        return first
    place = lower.find(letter, first + 1)
    for _ in range(4):  # bounded: a name of thousands of letters is not worth more
        if place < 0:
            return first
        if _begins(name, place):
            return place
        place = lower.find(letter, place + 1)
    return first


def _begins(name: str, at: int) -> bool:
    """A word begins there: after a separator, or a capital after a small letter."""
    return at == 0 or name[at - 1] in _BOUNDARY or (name[at].isupper() and name[at - 1].islower())


class Search:
    """One search. `narrowed` gives the search for more letters, over what this one has found so far and not looked at yet."""

    def __init__(self, names: Sequence[str], masks: Sequence[int], letters: str, candidates: Sequence[int] | None = None) -> None:
        self.names, self.masks = names, masks
        self.letters = letters.lower().replace(" ", "")
        self._wanted = mask(self.letters)
        self._pattern = re.compile("[^\n]*?".join(re.escape(letter) for letter in self.letters), re.IGNORECASE)
        self._candidates = range(len(names)) if candidates is None else candidates
        self._at = 0
        self._left: list[int] = []
        self._heap: list[tuple[int, int]] = []

    @property
    def done(self) -> bool:
        """Everything was looked at."""
        return self._at >= len(self._candidates)

    @property
    def best(self) -> list[str]:
        """The best so far, best first."""
        return [self.names[-number] for _, number in sorted(self._heap, reverse=True)]

    def step(self, seconds: float) -> bool:
        """Go on for about that long; True when all is done."""
        end = time.perf_counter() + seconds
        names, masks, wanted, match = self.names, self.masks, self._wanted, self._pattern.search
        while self._at < len(self._candidates):
            chunk = self._candidates[self._at : self._at + _CHUNK]
            self._at += _CHUNK
            fitting = [number for number in chunk if masks[number] & wanted == wanted and match(names[number])]
            self._left += fitting
            for number in fitting:
                self._take(number)
            if time.perf_counter() >= end:
                break
        return self.done

    def _take(self, number: int) -> None:
        value = score(self.names[number], self.letters)
        if value is None:
            return
        if len(self._heap) < BEST:
            heapq.heappush(self._heap, (value, -number))
        elif (value, -number) > self._heap[0]:
            heapq.heapreplace(self._heap, (value, -number))

    def narrowed(self, letters: str) -> Search:
        """The search for `letters`, which begin with this one's."""
        return Search(self.names, self.masks, letters, [*self._left, *self._candidates[self._at :]])
