"""What changed between two texts: a unified diff, counts, and the regions as they now read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

CONTEXT = 3


class Hunk(msgspec.Struct, frozen=True):
    """Old lines `old[0]:old[1]` became new lines `new[0]:new[1]` (0 is the first; no context)."""

    old: tuple[int, int]
    new: tuple[int, int]


def split(text: str) -> list[str]:
    """The lines of a text without their newline; a last one that has none is a line too."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Where two texts differ. What is equal at both ends costs next to nothing."""
    front, most = 0, min(len(old), len(new))
    while front < most and old[front] == new[front]:
        front += 1
    back = 0
    while back < most - front and old[len(old) - 1 - back] == new[len(new) - 1 - back]:
        back += 1
    if front + back >= len(old) or front + back >= len(new):  # lines were only added, or only removed
        change = Hunk((front, len(old) - back), (front, len(new) - back))
        return [change] if change.old[0] < change.old[1] or change.new[0] < change.new[1] else []
    import difflib

    matcher = difflib.SequenceMatcher(None, old[front : len(old) - back], new[front : len(new) - back])
    return [Hunk((front + a, front + b), (front + c, front + d)) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def unified(path: str, before: str | None, after: str | None, was: str = "") -> tuple[str, int, int]:
    """A unified diff as git writes it, and how many lines were added and removed. None: no such file."""
    old, new = split(before or ""), split(after or "")
    changes = hunks(old, new)
    name = was or path
    lines = [
        f"--- {'/dev/null' if before is None else 'a/' + name}",
        f"+++ {'/dev/null' if after is None else 'b/' + path}",
    ]
    for group in _groups(changes):
        lines.extend(_render(group, old, new))
    added = sum(change.new[1] - change.new[0] for change in changes)
    removed = sum(change.old[1] - change.old[0] for change in changes)
    moved = f"rename from {was}\nrename to {path}\n" if was and was != path else ""
    return moved + "\n".join(lines) + "\n", added, removed


def _groups(changes: list[Hunk]) -> Iterator[list[Hunk]]:
    """Changes that are so near to one another that their context would touch."""
    group: list[Hunk] = []
    for change in changes:
        if group and change.old[0] - group[-1].old[1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _render(group: list[Hunk], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    first, last = group[0], group[-1]
    start, end = max(0, first.old[0] - CONTEXT), min(len(old), last.old[1] + CONTEXT)
    new_start = max(0, first.new[0] - (first.old[0] - start))
    new_count = last.new[1] + (end - last.old[1]) - new_start
    yield f"@@ -{_range(start, end - start)} +{_range(new_start, new_count)} @@"
    at = start
    for change in group:
        yield from (" " + line for line in old[at : change.old[0]])
        yield from ("-" + line for line in old[change.old[0] : change.old[1]])
        yield from ("+" + line for line in new[change.new[0] : change.new[1]])
        at = change.old[1]
    yield from (" " + line for line in old[at:end])


def _range(start: int, count: int) -> str:
    return f"{start + 1 if count else start},{count}"


def numbered(lines: Sequence[str], start: int, end: int) -> str:
    """Lines `start` to `end` (0 is the first), each behind its number."""
    return "\n".join(f"{number}\t{line}" for number, line in enumerate(lines[start:end], start + 1))


def regions(before: str, after: str, *, context: int = 2, longest: int = 40, ends: int = 3) -> str:
    """The changed regions as they now read, with line numbers; the middle of a long one left out.

    Of lines that were only added, and of none else that is not longer than `longest`, just the first and last `ends` are
    shown: who wrote them knows them.
    """
    new = split(after)
    spans: list[list[int]] = []
    gaps: list[tuple[int, int]] = []
    for change in hunks(split(before), new):
        start, end = max(0, change.new[0] - context), min(len(new), change.new[1] + context)
        room = ends if change.old[0] == change.old[1] else longest // 2
        if change.new[1] - change.new[0] > 2 * room + 1:
            gaps.append((change.new[0] + room, change.new[1] - room))
        if spans and start <= spans[-1][1]:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return "\n…\n".join(_shown(new, start, end, [gap for gap in gaps if start <= gap[0] < end]) for start, end in spans)


def _shown(lines: Sequence[str], start: int, end: int, gaps: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    for gap_start, gap_end in gaps:
        parts += [numbered(lines, start, gap_start), f"… ({gap_end - gap_start} lines as given)"]
        start = gap_end
    return "\n".join([*parts, numbered(lines, start, end)])
