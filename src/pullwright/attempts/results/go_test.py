"""What `go test` prints, as JSON lines (`-json`), or in words with `-v`.

    parse(text) -> Results

Names are `package::TestName/subtest`; a package that does not build, or ends outside of a test, is one red entry of its
name. Source of the formats: cmd/test2json of Go (`{"Action":"pass","Package":…,"Test":…,"Elapsed":…}`) and the lines that
`testing` prints (`--- PASS: TestName (0.00s)`, `ok  package 0.1s`, `FAIL package [build failed]`). A test that is begun and
has no end is red: its package died. A parent of subtests counts too: what is around them is its own.
"""

from __future__ import annotations

import re

import msgspec

from pullwright.attempts.results.tests import Found, Results, State, Unreadable, lines_of

_ENDED = re.compile(r"\s*--- (PASS|FAIL|SKIP): (\S+) \((\d+(?:\.\d+)?)s\)")
_BEGUN = re.compile(r"=== RUN\s+(\S+)")
_PACKAGE = re.compile(r"(ok|FAIL|\?|---)\s+(\S+)(?:\s+(.*))?")
_STATES: dict[str, State] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


class _Line(msgspec.Struct, rename="pascal"):
    action: str
    package: str = ""
    import_path: str = ""
    test: str = ""
    elapsed: float | None = None
    output: str = ""


def parse(text: str) -> Results:
    """The tests, whichever of the two formats it is. Raises `Unreadable`."""
    beginning = text.lstrip()[:200]
    return _json(text) if beginning.startswith("{") or '\n{"Time":' in text[:20_000] else _plain(text)


def _json(text: str) -> Results:
    decoder = msgspec.json.Decoder(_Line)
    found, begun, packages = Found(), set[tuple[str, str]](), dict[str, str]()
    red: set[str] = set()
    for line in lines_of(text):
        if not line.startswith("{"):
            continue
        try:
            event = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        package = event.package or event.import_path.partition(" ")[0]
        if event.test and event.action == "run":
            begun.add((package, event.test))
        elif event.test and event.action in _STATES:
            begun.discard((package, event.test))
            if event.action == "fail":
                red.add(package)
            found.add(f"{package}::{event.test}", _STATES[event.action], seconds=event.elapsed)
        elif event.action in ("pass", "fail", "skip", "build-fail") and package:
            packages[package] = event.action
    _close(found, begun, packages, red)
    if not packages:
        raise Unreadable("no package of `go test -json` came to its end")
    return found.results()


def _plain(text: str) -> Results:
    found, packages, red = Found(), dict[str, str](), set[str]()
    waiting: list[tuple[str, State, float]] = []
    open_: set[str] = set()
    for line in lines_of(text):
        if begun := _BEGUN.fullmatch(line):
            open_.add(begun[1])
        elif ended := _ENDED.fullmatch(line):
            open_.discard(ended[2])
            waiting.append((ended[2], _STATES[ended[1].lower()], float(ended[3])))
        elif (package := _PACKAGE.fullmatch(line)) and package[1] != "---" and _is_package(package):
            name, word = package[2], "fail" if package[1] == "FAIL" else "pass"
            packages[name] = word
            for test, state, seconds in waiting:
                found.add(f"{name}::{test}", state, seconds=seconds)
            if any(state == "failed" for _, state, _ in waiting):
                red.add(name)
            for test in open_:
                found.add(f"{name}::{test}", "error", message="it has no end")
                red.add(name)
            waiting, open_ = [], set()
    if not packages:
        raise Unreadable("there is no test run of Go's in it")
    if waiting or open_:
        raise Unreadable("a package's tests have no end")
    _close(found, set(), packages, red)
    if packages and not found.states:
        raise Unreadable("it names no tests (run with -v or -json)")
    return found.results()


def _is_package(line: re.Match[str]) -> bool:
    """`FAIL` alone on its line is the whole's, and a package line has a time or a reason."""
    return bool(line[3]) and (line[1] != "ok" or bool(re.match(r"\(cached\)|[\d.]+s", line[3])))


def _close(found: Found, begun: set[tuple[str, str]], packages: dict[str, str], red: set[str]) -> None:
    """What did not end, and packages that are red without a red test."""
    for package, test in begun:
        found.add(f"{package}::{test}", "error", message="it has no end: its package died")
        red.add(package)
    for package, word in packages.items():
        if word in ("fail", "build-fail") and package not in red:
            found.add(package, "error", message="the package failed outside of a test, or does not build")
