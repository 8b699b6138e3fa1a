"""Tests that take longer with the change, as far as figures of a busy machine can tell.

    slower(before, after) -> Slower by name      from the durations of the runs of each side, two of each at least

A test counts when the median of its runs is at least `TIMES` as long and `LEAST` seconds longer, when even its fastest run
after is slower than its slowest before, and when all this stands after the pace of the whole has been taken out: where most
tests took longer, the machine was busy. It is told, and changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from pullwright.attempts.results.tests import Results

TIMES = 1.5
LEAST = 0.25
"""Seconds."""
PACED = 0.02
"""Seconds from which on a test says something of the pace of the whole, and how many of them it takes."""
ENOUGH = 5


class Slower(msgspec.Struct, frozen=True):
    """Medians of a test's durations in seconds, the later one with the pace of the whole taken out."""

    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.before:.2f} s, now {self.after:.2f} s"


def slower(before: Sequence[Results], after: Sequence[Results], *, least: int = 2) -> dict[str, Slower]:
    """Tests that passed in at least `least` runs of each side and take longer in `after`, those that lost most first."""
    old, new = _durations(before), _durations(after)
    both = {name for name in old.keys() & new.keys() if min(len(old[name]), len(new[name])) >= least}
    pace = _pace({name: median(new[name]) / median(old[name]) for name in both if median(old[name]) >= PACED})
    found: dict[str, Slower] = {}
    for name in both:
        was, now = median(old[name]), median(new[name]) / pace
        if now >= was * TIMES and now - was >= LEAST and min(new[name]) / pace > max(old[name]):
            found[name] = Slower(was, now)
    return dict(sorted(found.items(), key=lambda item: (item[1].before - item[1].after, item[0])))


def _durations(runs: Iterable[Results]) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = {}
    for run in runs:
        for name in run.green & run.seconds.keys():
            found.setdefault(name, []).append(run.seconds[name])
    return found


def _pace(ratios: Mapping[str, float]) -> float:
    """How much longer everything took; never below 1, so that a fast machine accuses nobody."""
    return max(1.0, median(ratios.values())) if len(ratios) >= ENOUGH else 1.0
