"""Going in circles: the same calls with the same results, once more. The model is told first, then stopped.

A step's mark is made of its calls and their results, times and addresses taken out. A circle is 1, 2 or 3
steps long (A-A-A, A-B-A-B, …).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from pullwright.protocol.items import Call, CustomCall, CustomOutput, FunctionOutput, Item

TELL_AT = 3
STOP_AT = 6
"""How many rounds of a circle are told, and how many end the turn (for waits: never)."""
LONGEST = 3

_PASSING = re.compile(rb"0x[0-9a-fA-F]+|\d+(?:\.\d+)?\s?m?s\b|\d+(?:\.\d+)? seconds|\d\d:\d\d(?::\d\d(?:\.\d+)?)?")


class Repetition:
    """Watches the steps of one turn. Calls of the tools in `waits` (polling) do not count."""

    def __init__(self, waits: Iterable[str] = ()) -> None:
        self._waits = frozenset(waits)
        self._marks: list[bytes] = []
        self._told = 0

    def step(self, calls: Sequence[Call], results: Sequence[Item]) -> Literal["", "tell", "stop"]:
        """After one more step: nothing, tell the model that it goes in circles, or stop it."""
        if all(call.name in self._waits for call in calls):
            self._marks.append(b"")
            return ""
        self._marks.append(_mark(calls, results))
        del self._marks[: -LONGEST * STOP_AT]
        rounds = max(self._rounds(length) for length in range(1, LONGEST + 1))
        if rounds >= STOP_AT:
            return "stop"
        if rounds >= TELL_AT and self._told < rounds:
            self._told = rounds
            return "tell"
        if rounds < TELL_AT:
            self._told = 0
        return ""

    def _rounds(self, length: int) -> int:
        """How often the last `length` steps came in a row."""
        circle = self._marks[-length:]
        if len(circle) < length or b"" in circle:
            return 0
        rounds, end = 1, len(self._marks) - length
        while end >= length and self._marks[end - length : end] == circle:
            rounds, end = rounds + 1, end - length
        return rounds


def _mark(calls: Sequence[Call], results: Sequence[Item]) -> bytes:
    digest = hashlib.sha256()
    for call in calls:
        text = call.input if isinstance(call, CustomCall) else call.arguments
        digest.update(f"{call.name}\0{text}\0".encode(errors="replace"))
    for item in results:
        view = item.view
        if isinstance(view, FunctionOutput | CustomOutput) and isinstance(view.output, str):
            digest.update(_PASSING.sub(b"#", view.output.encode(errors="replace")) + b"\0")
        else:
            digest.update(item.raw)
    return digest.digest()


def told(calls: Sequence[Call]) -> str:
    """What the model is told."""
    names = ", ".join(sorted({call.name for call in calls}))
    return (
        f"You are repeating yourself: the same calls ({names}) gave the same results several times. "
        "They will not give anything else. Look at what the results say, question the assumption behind the calls, "
        "and try something different; if nothing is left to try, end with what you found and what is in the way."
    )
