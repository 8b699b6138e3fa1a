"""What jest (with `--verbose`) and vitest print, where no result file can be asked for.

    parse(text) -> Results

jest names each file (`PASS src/a.test.js`) and below it, by indentation, suites and tests (`✓ adds (2 ms)`); without
`--verbose`, and with several files, it names no tests: then the results are unreadable. vitest names passed tests only with its
verbose reporter (`✓ src/a.test.ts > suite > test 2ms`). Both close with a sum ("Tests: 1 failed, 2 passed, 3 total"), which
must fit.
"""

from __future__ import annotations

import re

from pullwright.attempts.results.tests import Found, Results, State, Unreadable, check_sum, lines_of

_FILE = re.compile(r"(PASS|FAIL)\s+(\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s\))?")
_JEST = re.compile(r"(\s+)(✓|✕|○|✎|√|×)\s+(?:(?:skipped|todo)\s+)?(.+?)(?: \((\d+(?:\.\d+)?) (m?s)\))?")
_SUITE = re.compile(r"(\s{2,})(\S.*)")
_VITEST = re.compile(r"\s*(✓|×|↓)\s+(?:\|\S+\|\s+)?(\S+\.[cm]?[jt]sx?) > (.+?)(?:\s+(\d+(?:\.\d+)?)(ms|s))?(?:\s+\[.*\])?")
_JEST_SUM = re.compile(r"Tests:\s+(.+), \d+ total")
_VITEST_SUM = re.compile(r"\s*Tests\s+(.+) \(\d+\)")
_BROKEN = re.compile(r"\s*● Test suite failed to run|\s*FAIL\s+(\S+) \[ \S+ \]")
_STATES: dict[str, State] = {
    "✓": "passed",
    "√": "passed",
    "✕": "failed",
    "×": "failed",
    "○": "skipped",
    "↓": "skipped",
    "✎": "skipped",
}


def parse(text: str) -> Results:
    """The tests. Raises `Unreadable` where not all are named."""
    lines = lines_of(text)
    total = next(
        (found[1] for line in reversed(lines) if (found := _JEST_SUM.fullmatch(line) or _VITEST_SUM.fullmatch(line))), None
    )
    if total is None:
        raise Unreadable("there is no sum of jest's or vitest's in it")
    found = Found()
    counted: dict[str, int] = {}
    reader = _Reader(found, counted)
    for line in lines:
        reader.line(line)
    told = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", total)}
    check_sum({"passed": 0, "failed": 0, **told}, counted)
    return found.results()


class _Reader:
    """Keeps the file and the suites that the next test belongs to."""

    def __init__(self, found: Found, counted: dict[str, int]) -> None:
        self.found = found
        self.counted = counted
        self.file = ""
        self.suites: list[tuple[int, str]] = []

    def line(self, line: str) -> None:
        """Take one line."""
        if file := _FILE.fullmatch(line):
            self.file, self.suites = file[2], []
        elif test := _VITEST.fullmatch(line):
            seconds = float(test[4]) * (0.001 if test[5] == "ms" else 1) if test[4] else None
            self._add("::".join((test[2], *test[3].split(" > "))), _STATES[test[1]], seconds)
        elif self.file and (test := _JEST.fullmatch(line)):
            self._leave(len(test[1]))
            seconds = float(test[4]) * (0.001 if test[5] == "ms" else 1) if test[4] else None
            self._add("::".join((self.file, *(name for _, name in self.suites), test[3])), _STATES[test[2]], seconds)
        elif broken := _BROKEN.fullmatch(line):
            self.found.add(broken[1] or self.file, "error")
            self.file = "" if not broken[1] else self.file
        elif not line.strip():
            self.suites = []
        elif line.lstrip().startswith("●"):
            self.file = ""  # the failures' own words follow
        elif self.file and (suite := _SUITE.fullmatch(line)):
            self._leave(len(suite[1]))
            self.suites.append((len(suite[1]), suite[2].replace("::", ":")))

    def _leave(self, indent: int) -> None:
        while self.suites and self.suites[-1][0] >= indent:
            self.suites.pop()

    def _add(self, name: str, state: State, seconds: float | None) -> None:
        self.counted[state] = self.counted.get(state, 0) + 1
        self.found.add(name, state, seconds=seconds)
