"""Which words of a changed line are new: pairs of removed and added lines compared word by word, within bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 400
"""Longer lines are not compared: what changed in them is seen by nobody anyway."""

MOST_PAIRS = 60

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
Range = tuple[int, int]


def changed(old: str, new: str) -> tuple[list[Range], list[Range]] | None:
    """The ranges of characters that only the old line has, and those that only the new one has.

    None where the lines have too little in common for that to help a reader, or are too long.
    """
    if max(len(old), len(new)) > LONGEST or not old.strip() or not new.strip():
        return None
    import difflib

    left, right = _WORD.findall(old), _WORD.findall(new)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    gone: list[Range] = []
    come: list[Range] = []
    left_at, right_at = _starts(left), _starts(right)
    same = 0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            same += sum(len(word) for word in left[a:b] if not word.isspace())
            continue
        _add(gone, left_at[a], left_at[b], old)
        _add(come, right_at[c], right_at[d], new)
    if same * 3 < max(len(old.strip()), len(new.strip())):
        return None
    return gone, come


def _add(ranges: list[Range], start: int, end: int, line: str) -> None:
    """One more range; a gap of spaces between two is closed."""
    if start == end:
        return
    if ranges and not line[ranges[-1][1] : start].strip():
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))


def _starts(words: Sequence[str]) -> list[int]:
    found = [0]
    for word in words:
        found.append(found[-1] + len(word))
    return found
