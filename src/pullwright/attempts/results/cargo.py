"""What `cargo test` prints: libtest's lines, target by target.

    parse(text) -> Results

Names are `tests/it.rs::name` for an integration test, `crate/src/lib.rs::module::name` for tests inside a crate and
`src/lib.rs::doc line 3` for those in documentation. Each target's tests must be as many as libtest announced ("running 3
tests") and sum up as it says ("test result: …"): what the tested code printed among them shows. Source of the format:
library/test/src/formatters/pretty.rs of Rust; cargo says "Running … (path)" before each target.
"""

from __future__ import annotations

import re

from pullwright.attempts.results.tests import Found, Results, State, Unreadable, check_sum, lines_of

_TARGET = re.compile(r"\s+Running (?:(unittests) )?(\S+) \((?:.*[/\\])?([\w-]+?)-[0-9a-f]{16}(?:\.exe)?\)")
_DOCS = re.compile(r"\s+Doc-tests (\S+)")
_RUNNING = re.compile(r"running (\d+) tests?")
_TEST = re.compile(
    r"test (.+?)(?: - (?:should panic|compile|compile fail))* \.\.\. (ok|FAILED|ignored|bench:)(?:[, ].*)?(?: <([\d.]+)s>)?"
)
_RESULT = re.compile(r"test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; .*")
_DOC_NAME = re.compile(r"(\S+) - (?:(\S+) )?\(line (\d+)\)")
_NOT_BUILT = re.compile(r"error: could not compile `([^`]+)`(?: \((lib|test|bin)(?: \"([^\"]+)\")?( test)?\))?.*")
_STATES: dict[str, State] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped", "bench:": "passed"}


class _Block:
    """One target's tests."""

    def __init__(self, announced: int) -> None:
        self.announced = announced
        self.tests: list[tuple[str, State]] = []
        self.begun = 0

    def close(self, result: re.Match[str]) -> None:
        """Raises `Unreadable` when libtest's sum is another."""
        states = [state for _, state in self.tests]
        told = {"passed": int(result[1]), "failed": int(result[2]), "skipped": int(result[3])}
        check_sum(told, {state: states.count(state) for state in told})
        if len(self.tests) != self.announced:
            raise Unreadable(f"libtest announced {self.announced} tests, and {len(self.tests)} are named")


def parse(text: str) -> Results:
    """The tests of all targets. A crate that does not build is one red entry of its name. Raises `Unreadable`."""
    found, block, target, blocks = Found(), None, "", 0
    for line in lines_of(text):
        if running := _TARGET.fullmatch(line):
            target = f"{running[3]}/{running[2]}" if running[1] else running[2]
        elif docs := _DOCS.fullmatch(line):
            target = f"{docs[1]} (documentation)"
        elif announced := _RUNNING.fullmatch(line):
            if block is not None:
                raise Unreadable("a target's tests have no end: it was killed, or ended the process")
            block, blocks = _Block(int(announced[1])), blocks + 1
        elif block is not None and (result := _RESULT.fullmatch(line)):
            block.close(result)
            for name, state in block.tests:
                found.add(_name(target, name), state)
            block = None
        elif block is not None and (test := _TEST.fullmatch(line)):
            block.tests.append((test[1], _STATES[test[2]]))
        elif broken := _NOT_BUILT.fullmatch(line):
            found.add(_target_of(broken), "error", message=line)
    if block is not None:
        raise Unreadable("a target's tests have no end: it was killed, or ended the process")
    if not blocks and not found.states:
        raise Unreadable("there is no test run of cargo's in it")
    return found.results()


def _target_of(broken: re.Match[str]) -> str:
    """What did not build, called as its tests would be; the crate where that is not one file's."""
    crate, kind, name, tests = broken.groups()
    if kind == "test":
        return f"tests/{name}.rs"
    if tests:
        return f"{crate.replace('-', '_')}/src/lib.rs" if kind == "lib" else f"{name.replace('-', '_')}/src/main.rs"
    return crate


def _name(target: str, name: str) -> str:
    if doc := _DOC_NAME.fullmatch(name):
        return f"{doc[1]}::{doc[2] or 'doc'} (documentation)"
    return f"{target}::{name}" if target else name
