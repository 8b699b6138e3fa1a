"""Tokens from bytes, learned from what a model's provider counted.

Where nothing is known a token is 3.8 bytes, in and out. By the tokenizers o200k and cl100k, which differ by 1 %, it is 2.8 of
dense JSON, 3.9 of technical prose, 4.2 of Python, 5.0 of plain prose: 3.8 is between the ends, as far from one as from the other.
What a program sends and gets is mostly of one kind. So the first calls that are counted tell more than any rule, and those of the
same key more than others'.

    input  = head + bytes x rate + images x an image's        head: what the provider puts around a request
    output = head + bytes x rate                              head: reasoning that is counted and not shown

Both lines are fitted by least squares of the relative error over the latest exact calls, and over the rule that holds without
them, with a weight so small that a few calls outweigh it.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from pullwright.models.tokens import IMAGE_TOKENS

BYTES_PER_TOKEN = 3.8
HEAD = 8.0
"""Tokens of the frame around a request."""
TYPICAL = 400
"""Output tokens of a call of which nothing is known, not even how much of it came."""
KEPT = 64
"""Exact calls of a model that are remembered."""
OWN = 50.0
"""The weight of a call of the same key; others' have 1."""
RULE = 0.05
"""The weight of each point of the rule that holds without calls."""
SPREAD = 4.0
"""How many times larger than the smallest the largest call is from which on calls alone tell what is head and what is rate."""
_SIZES = (200.0, 2_000.0, 20_000.0)


class Exact(msgspec.Struct, frozen=True, kw_only=True):
    """A call that its provider counted."""

    key_id: str
    sent: int
    images: int
    input: int
    heard: int
    output: int
    reasoning: int


class Line(msgspec.Struct, frozen=True):
    """`head + bytes x rate`."""

    head: float
    rate: float

    def at(self, size: float) -> float:
        """Tokens of `size` bytes. A head below 0 never takes more than half of them away."""
        return max(self.head + size * self.rate, 0.5 * size * self.rate)


class Rates:
    """What is known of one model. Newest calls count; the oldest are forgotten."""

    def __init__(self, calls: Iterable[Exact] = ()) -> None:
        self._calls = deque(calls, maxlen=KEPT)
        self._lines: dict[tuple[str, str], Line] = {}

    def learn(self, call: Exact) -> None:
        """The provider counted a call."""
        self._calls.append(call)
        self._lines.clear()

    def input(self, sent: int, images: int, key_id: str = "") -> int:
        """Tokens of what is sent, never 0."""
        text = self._line("in", key_id).at(sent)
        return max(1, round(text + images * self._image(key_id))) if images else max(1, round(text))

    def output(self, heard: int, key_id: str = "") -> int:
        """Tokens of what came."""
        return max(int(heard > 0), round(self._line("out", key_id).at(heard)))

    def typical(self) -> int:
        """Output tokens of a call of which it is not known what came."""
        return max(1, round(statistics.median(call.output for call in self._calls))) if self._calls else TYPICAL

    def _line(self, way: str, key_id: str) -> Line:
        if (way, key_id) not in self._lines:
            self._lines[way, key_id] = self._input_line(key_id) if way == "in" else self._output_line(key_id)
        return self._lines[way, key_id]

    def _input_line(self, key_id: str) -> Line:
        points = [(float(c.sent), float(c.input), _weight(c, key_id)) for c in self._calls if c.sent and c.input and not c.images]
        return fitted(points, HEAD)

    def _output_line(self, key_id: str) -> Line:
        shown = [call for call in self._calls if call.heard and call.output]
        points = [(float(call.heard), float(call.output), _weight(call, key_id)) for call in shown]
        hidden = [min(call.reasoning, call.output - call.heard / BYTES_PER_TOKEN) for call in shown]
        head = max(0.0, statistics.median(hidden)) if hidden else 0.0
        return fitted(points, head, straight=head < HEAD)

    def _image(self, key_id: str) -> float:
        """Tokens of one image: what the latest calls with images had beyond their text."""
        line = self._line("in", key_id)
        over = [(call.input - line.at(call.sent)) / call.images for call in self._calls if call.images]
        return max(0.0, statistics.median(over)) if over else float(IMAGE_TOKENS)


def fitted(points: Sequence[tuple[float, float, float]], head: float, *, straight: bool = False) -> Line:
    """The line through (bytes, tokens, weight) with the least relative error; `straight`: through 0."""
    sizes = [size for size, _, _ in points]
    told = len(points) if points and max(sizes) >= SPREAD * min(sizes) else 1
    rule = [(size, head + size / BYTES_PER_TOKEN, RULE / told**2) for size in _SIZES]
    rows = [(size / tokens, 1 / tokens, weight) for size, tokens, weight in [*points, *rule]]
    aa, ab, bb = (sum(w * a * a for a, _, w in rows), sum(w * a * b for a, b, w in rows), sum(w * b * b for _, b, w in rows))
    a, b = sum(w * a for a, _, w in rows), sum(w * b for _, b, w in rows)
    determinant = aa * bb - ab * ab
    if straight or determinant <= 1e-9 * aa * bb:
        return Line(0.0, a / aa)
    found = Line((aa * b - ab * a) / determinant, (bb * a - ab * b) / determinant)
    return found if found.rate > 0 else Line(0.0, a / aa)


def _weight(call: Exact, key_id: str) -> float:
    return OWN if key_id and call.key_id == key_id else 1.0
