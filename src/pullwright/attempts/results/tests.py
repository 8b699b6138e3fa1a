"""The tests of one run: the same record whatever runner they are of.

Results                        tests by name, with state, duration and a line on each that is red
Found                          collects them while a reader reads, bounded
disagreement(results, code)    why results and exit code cannot both be true
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LARGEST = 64 << 20
"""Bytes of a result file, or of what was printed, that are read at all."""
MOST_TESTS = 500_000
MOST_TEXT = 16 << 20
"""Bytes of what was printed, of which every line is looked at."""
LONGEST_LINE = 1_000
"""Characters of a line that a pattern is held against: what patterns cost may grow with its square."""
LONGEST_NAME = 500
LONGEST_MESSAGE = 500

State = Literal["passed", "xpassed", "xfailed", "skipped", "failed", "error"]
"""`xfailed` failed as it said it would, `xpassed` passed although it said that it would not."""
_WORST: tuple[State, ...] = ("passed", "xpassed", "xfailed", "skipped", "failed", "error")
ASIDE: tuple[State, ...] = ("skipped", "xfailed", "xpassed")
"""States of tests that tell nothing of the code: neither green nor red."""


class Unreadable(ValueError):
    """Not results that we accept; says why."""


class Results(msgspec.Struct, frozen=True):
    """Tests by name (`file::Class::test`, or the runner's own) with their state, and a line on each that is red.

    `seconds` are the durations of those whose runner told them; `form` is the format that they were read in.
    """

    states: dict[str, State]
    messages: dict[str, str] = {}
    seconds: dict[str, float] = {}
    form: str = "file"

    def counts(self) -> dict[str, int]:
        """How many tests are in each state, states without a test left out."""
        counts: dict[str, int] = {}
        for state in self.states.values():
            counts[state] = counts.get(state, 0) + 1
        return counts

    def within(self, *states: State) -> set[str]:
        """The names of the tests in one of `states`."""
        return {name for name, state in self.states.items() if state in states}

    def blocks(self, test: str) -> bool:
        """True when the file of `test` could not even be loaded here, so that none of its tests ran.

        Runners report that as one red entry that is named like the file or its module, without a `::`.
        """
        file = test.partition("::")[0]
        module = "." + file.removesuffix(".py").replace("/", ".")
        return any(
            name in (file, module[1:]) or module.endswith(f".{name}")
            for name, state in self.states.items()
            if "::" not in name and state in ("failed", "error")
        )

    @property
    def green(self) -> set[str]:
        """Tests that passed."""
        return self.within("passed")

    @property
    def red(self) -> set[str]:
        """Tests that failed or could not run."""
        return self.within("failed", "error")


class Found:
    """Tests while they are read. A test that is named twice has its worst state, and its longest duration."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.messages: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    def add(self, name: str, state: State, *, message: str = "", seconds: float | None = None) -> None:
        """Take one test. Raises `Unreadable` when there are too many."""
        name = name[:LONGEST_NAME] or "unnamed"
        before = self.states.get(name)
        if before is None or worst((state, before)) != before:
            self.states[name] = state
            if message and state in ("failed", "error"):
                self.messages[name] = " ".join(message.split())[:LONGEST_MESSAGE]
        if seconds is not None and 0 <= seconds < 1e6:
            self.seconds[name] = max(round(seconds, 6), self.seconds.get(name, 0.0))
        if len(self.states) > MOST_TESTS:
            raise Unreadable(f"more than {MOST_TESTS} tests")

    def results(self) -> Results:
        """All of them."""
        return Results(self.states, self.messages, self.seconds)


def worst(states: Iterable[State]) -> State:
    """The worst of some states of one test."""
    return max(states, key=_WORST.index)


def seconds_of(text: str | float | None) -> float | None:
    """A duration that somebody wrote, None when it is none."""
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None


def lines_of(text: str) -> list[str]:
    """The lines without colours; what is longer than a line of a runner's is an empty one. Raises `Unreadable` for too much."""
    if len(text) > MOST_TEXT:
        raise Unreadable(f"{len(text)} characters, more than {MOST_TEXT}")
    return [line if len(line) <= LONGEST_LINE else "" for line in _COLOURS.sub("", text).splitlines()]


def check_sum(told: Mapping[str, int], counted: Mapping[str, int]) -> None:
    """Raises `Unreadable` when a runner's own sum is not that of the tests it named: something else printed among them."""
    for what, number in told.items():
        if counted.get(what, 0) != number:
            raise Unreadable(f"the runner's sum says {number} {what}, and {counted.get(what, 0)} are named")


def disagreement(results: Results, exit_code: int | None) -> str:
    """Why the results and the command's exit code cannot both be true; empty when they agree.

    A runner that says "all well" leaves with 0, one that says "something is red" never does. A file that was replaced
    by the tested code, or an exit forced by it, shows up here unless both were forged to match.
    """
    red = len(results.red)
    if exit_code == 0 and red:
        return f"the results name {red} red tests, but the command ended with exit code 0"
    if exit_code == 5 and not results.states:
        return ""  # pytest and unittest say so when there is no test at all
    if exit_code != 0 and not red:
        return f"the results name no red test, but the command ended with exit code {exit_code}"
    return ""
