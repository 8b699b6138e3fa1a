"""Where an edit belongs in a file: exactly, then ignoring trailing space, then normalised.

Level 0   the lines are equal
Level 1   equal but for space at their ends
Level 2   equal after typographic quotes, dashes and spaces are made plain and indentation is ignored
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("“”„‟", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        "\ufeff": None,
        "\u200b": None,
        "…": "...",
    }
)


def _plain(line: str) -> str:
    return " ".join(line.translate(_PLAIN).split())


_LEVELS: tuple[Callable[[str], str], ...] = (lambda line: line, str.rstrip, _plain)


class Match(msgspec.Struct, frozen=True):
    """`old` was found at line `at` (0 is the first), at a level; `others` are further places at that level."""

    at: int
    level: int
    others: tuple[int, ...] = ()


def find(lines: Sequence[str], old: Sequence[str], start: int = 0) -> Match | None:
    """The first place from `start` on where `old` lies, at the strictest level that finds one.

    Lines without any text match exactly only.
    """
    levels = _LEVELS if any(line.strip() for line in old) else _LEVELS[:1]
    for level, look in enumerate(levels):
        found = _places([look(line) for line in lines], [look(line) for line in old], start)
        if found:
            return Match(found[0], level, tuple(found[1:]))
    return None


def _places(lines: list[str], old: list[str], start: int) -> list[int]:
    if not old:
        return []
    found: list[int] = []
    at, last = start, len(lines) - len(old)
    while at <= last:
        try:
            at = lines.index(old[0], at, last + 1)
        except ValueError:
            break
        if lines[at : at + len(old)] == old:
            found.append(at)
        at += 1
    return found


def adapt(new: Sequence[str], old: Sequence[str], there: Sequence[str], level: int) -> list[str]:
    """The new lines as they belong where `old` was found as `there`: its indentation and line ends.

    Each indentation of `old` stands for the one found in its place; a deeper one keeps what it has more.
    """
    if level == 0:
        return list(new)
    adapted = list(new)
    if level == 2:
        indents = {_indent(said): _indent(is_) for said, is_ in zip(old, there, strict=True) if said.strip()}
        adapted = [_reindent(line, indents) for line in new]
    if there and all(line.endswith("\r") for line in there):
        adapted = [line if line.endswith("\r") else line + "\r" for line in adapted]
    return adapted


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _reindent(line: str, indents: dict[str, str]) -> str:
    if not line.strip():
        return line
    indent = _indent(line)
    known = max((said for said in indents if indent.startswith(said)), key=len, default=None)
    if known is None:  # shallower than all that was said: take off as much as the shallowest lost or gained
        said = min(indents, key=len)
        there = indents[said]
        less = len(said) - len(indent)
        return there[: max(0, len(there) - less)] + line.lstrip()
    return indents[known] + indent[len(known) :] + line.lstrip()


def nearest(lines: Sequence[str], old: Sequence[str]) -> tuple[int, int] | None:
    """The region (first line, line after the last) that looks most like `old`; None when nothing does."""
    wanted = [_plain(line) for line in old if line.strip()]
    if not wanted or not lines:
        return None
    plain = [_plain(line) for line in lines]
    size = len(old)
    scores: dict[int, float] = {}
    places: dict[str, list[int]] = {}
    for at, line in enumerate(plain):
        places.setdefault(line, []).append(at)
    for offset, line in enumerate(_plain(line) for line in old):
        for at in places.get(line, ())[:200] if line else ():
            start = max(0, at - offset)
            scores[start] = scores.get(start, 0) + min(len(line), 40)
    if not scores:
        import difflib

        longest = max(wanted, key=len)
        close = difflib.get_close_matches(longest, dict.fromkeys(line for line in plain[:20_000] if line), n=1, cutoff=0.55)
        if not close:
            return None
        offset = next(index for index, line in enumerate(old) if _plain(line) == longest)
        scores[max(0, plain.index(close[0]) - offset)] = 1
    start = max(scores, key=lambda at: (scores[at], -at))
    return start, min(len(lines), start + size)
