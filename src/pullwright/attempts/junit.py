"""JUnit XML as test runners write it, read as what it is: a file made by code that nobody has judged yet.

    parse(xml) -> Results        states by test name
    Results.counts()             how many passed, failed, …
    disagreement(results, code)  why file and exit code cannot both be true

Bounded in size, depth and number; a document type or an entity is refused, so that nothing expands. Source of the
format: what pytest (`xunit1`), unittest-xml-reporting and Jenkins share; there is no standard.
"""

from __future__ import annotations

from typing import Literal
from xml.parsers import expat

import msgspec

LARGEST = 64 << 20
MOST_TESTS = 500_000
DEEPEST = 32
LONGEST_NAME = 500

State = Literal["passed", "failed", "error", "skipped"]
_WORST: tuple[State, ...] = ("passed", "skipped", "failed", "error")


class Unreadable(ValueError):
    """Not a JUnit file that we accept; says why."""


class Results(msgspec.Struct, frozen=True):
    """Tests by name (`file::Class::test`, or the runner's own) with their state, and a line on each that is red."""

    states: dict[str, State]
    messages: dict[str, str] = {}

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


class _Case:
    """One `<testcase>` while it is read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state: State = "passed"
        self.message = ""


class _Reader:
    """Collects test cases from expat's callbacks."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.messages: dict[str, str] = {}
        self.case: _Case | None = None
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"nested deeper than {DEEPEST} elements")
        if self.depth == 1 and tag not in ("testsuites", "testsuite"):
            raise Unreadable(f"the outermost element is <{tag[:40]}>, not <testsuites>")
        if tag == "testcase":
            if self.case:
                raise Unreadable("a <testcase> inside a <testcase>")
            self.case = _Case(_name(attributes))
        elif self.case and tag in ("failure", "error", "skipped"):
            state: State = "failed" if tag == "failure" else "error" if tag == "error" else "skipped"
            if _WORST.index(state) > _WORST.index(self.case.state):
                self.case.state = state
                self.case.message = " ".join(attributes.get("message", "").split())[:LONGEST_NAME]

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag != "testcase" or not self.case:
            return
        case, self.case = self.case, None
        before = self.states.get(case.name, "passed")
        if case.name not in self.states or _WORST.index(case.state) > _WORST.index(before):
            self.states[case.name] = case.state
            if case.message and case.state in ("failed", "error"):
                self.messages[case.name] = case.message
        if len(self.states) > MOST_TESTS:
            raise Unreadable(f"more than {MOST_TESTS} tests")


def _name(attributes: dict[str, str]) -> str:
    """`file::Class::test` where the file is known, else `classname::test`. The same in every run of one suite."""
    classname, name, file = (attributes.get(key, "") for key in ("classname", "name", "file"))
    if file:  # a file that could not be loaded is an entry of its own, named like its module: it is called by its path
        module = file.removesuffix(".py").replace("/", ".").replace("\\", ".")
        classes = classname.removeprefix(module).lstrip(".") if classname.startswith(module) else classname
        parts = [file, *filter(None, classes.split(".")), "" if name == module and not classname else name]
    else:
        parts = [classname, name]
    return "::".join(filter(None, parts))[:LONGEST_NAME] or "unnamed"


def parse(xml: bytes) -> Results:
    """The tests of a JUnit file. A test that is named twice has its worst state. Raises `Unreadable`."""
    if len(xml) > LARGEST:
        raise Unreadable(f"{len(xml)} bytes, more than {LARGEST}")
    reader = _Reader()

    def refuse(*_: object) -> None:
        raise Unreadable("it declares a document type or an entity")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not well-formed XML: {error}") from None
    except UnicodeError as error:
        raise Unreadable(f"not readable text: {error}") from None
    return Results(reader.states, reader.messages)


def disagreement(results: Results, exit_code: int | None) -> str:
    """Why the file and the command's exit code cannot both be true; empty when they agree.

    A runner that says "all well" leaves with 0, one that says "something is red" never does. A file that was replaced
    by the tested code, or an exit forced by it, shows up here unless both were forged to match.
    """
    red = len(results.red)
    if exit_code == 0 and red:
        return f"the result file names {red} red tests, but the command ended with exit code 0"
    if exit_code == 5 and not results.states:
        return ""  # pytest and unittest say so when there is no test at all
    if exit_code != 0 and not red:
        return f"the result file names no red test, but the command ended with exit code {exit_code}"
    return ""
