"""TAP (Test Anything Protocol), versions 12 to 14, nested subtests too, as node's runner, mocha and prove write it.

    parse(text, at) -> Results

Source of the format: the TAP 14 specification (`ok`/`not ok`, plan `1..N`, `# SKIP`, `# TODO`, `Bail out!`, a YAML block
of diagnostics indented by two, subtests indented by four). What counts here are leaves: a test that has subtests is not one
itself. A plan that does not fit the tests, or none, is unreadable: then something was cut, or printed among it.
"""

from __future__ import annotations

import re

from pullwright.attempts.results.tests import Found, Results, State, Unreadable, lines_of, seconds_of

_POINT = re.compile(r"(?P<not>not )?ok\b(?: (?P<number>\d+))?(?: ?- ?| |$)(?P<rest>.*)", re.DOTALL)
_PLAN = re.compile(r"1\.\.(\d+)\s*(#.*)?")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)\S*", re.IGNORECASE)
_ENVELOPE = re.compile(r"\s*(duration_ms|error):\s*'?(.*?)'?\s*")
DEEPEST = 32


_Leaf = tuple[tuple[str, ...], State, dict[str, str]]
"""A test's name below its suites', its state, and what its diagnostics say."""


class _Level:
    """One level of nesting: its points so far, its plan, and the name above."""

    def __init__(self) -> None:
        self.points = 0
        self.plan: int | None = None
        self.leaves: list[_Leaf] = []

    def close(self) -> None:
        """Raises `Unreadable` when the plan does not fit."""
        if self.points and self.plan is None:
            raise Unreadable("it has no plan: something was cut off")
        if self.plan is not None and self.plan != self.points:
            raise Unreadable(f"the plan says {self.plan} tests, and {self.points} are told")


def parse(text: str, at: str = "") -> Results:
    """The tests of a TAP text; names are `suite::test`; a path below `at` is told from there. Raises `Unreadable`."""
    levels = [_Level()]
    for line in lines_of(text):
        _line(line, levels)
    if len(levels) > 1:
        raise Unreadable("it ends inside a subtest")
    levels[0].close()
    if levels[0].plan is None:
        raise Unreadable("there is no TAP in it")
    found = Found()
    for names, state, facts in levels[0].leaves:
        milliseconds = seconds_of(facts.get("duration_ms"))
        seconds = milliseconds / 1000 if milliseconds is not None else None
        name = "::".join(names).removeprefix(f"{at.rstrip('/')}/") if at else "::".join(names)
        found.add(name, state, message=facts.get("error", ""), seconds=seconds)
    return found.results()


def _line(line: str, levels: list[_Level]) -> None:
    indent = len(line) - len(line.lstrip(" "))
    depth, rest = indent // 4, line.lstrip(" ")
    if indent % 4 == 0 and depth <= DEEPEST:
        if (plan := _PLAN.fullmatch(rest)) and depth <= len(levels):
            _open(levels, depth)
            if levels[depth].plan is not None:
                raise Unreadable("it has two plans")
            levels[depth].plan = int(plan[1][:9])
            return
        if (point := _POINT.fullmatch(rest)) and depth <= len(levels) and not _is_diagnostic(line, levels):
            _point(point, levels, depth)
            return
    if rest.startswith("Bail out!"):
        raise Unreadable("the runner bailed out")
    if (fact := _ENVELOPE.fullmatch(line)) and levels[-1].leaves:
        levels[-1].leaves[-1][2].setdefault(fact[1], fact[2][:2_000])


def _is_diagnostic(line: str, levels: list[_Level]) -> bool:
    """A point more than one level deeper than what is open is text of something else."""
    return (len(line) - len(line.lstrip(" "))) // 4 > len(levels)


def _open(levels: list[_Level], depth: int) -> None:
    while len(levels) <= depth:
        levels.append(_Level())


def _point(point: re.Match[str], levels: list[_Level], depth: int) -> None:
    _open(levels, depth)
    inner: list[_Leaf] = []
    while len(levels) > depth + 1:
        below = levels.pop()
        below.close()
        inner = below.leaves + inner
    level = levels[depth]
    level.points += 1
    if point["number"] and int(point["number"][:9]) != level.points:
        raise Unreadable(f"test {level.points} is numbered {point['number'][:9]}: something else was printed among them")
    name = _DIRECTIVE.split(point["rest"])[0].strip().replace("\\#", "#").replace("::", ":") or f"test {level.points}"
    state = _state(point)
    if inner:
        deeper: list[_Leaf] = [((name, *names), each, facts) for names, each, facts in inner]
        level.leaves += deeper
        if state == "failed" and not any(each in ("failed", "error") for _, each, _ in inner):
            level.leaves.append(((name,), "error", {}))  # what is around them failed: a hook
    else:
        level.leaves.append(((name,), state, {}))


def _state(point: re.Match[str]) -> State:
    directive = _DIRECTIVE.search(point["rest"])
    word = directive[1].lower() if directive else ""
    if word == "skip":
        return "skipped"
    if word == "todo":
        return "xfailed" if point["not"] else "xpassed"
    return "failed" if point["not"] else "passed"
