"""What pytest prints with `-v`, `-rA` or by its short summary, where its result file cannot be asked for.

    parse(text) -> Results

Reads `tests/a.py::test_x PASSED [ 50%]` and the short summary's `FAILED tests/a.py::test_x - why`; dots name no test, so that
a plain run is unreadable unless it was asked for more. The closing sum ("1 failed, 2 passed in 0.1s") must fit.
"""

from __future__ import annotations

import re

from pullwright.attempts.results.tests import Found, Results, State, Unreadable, check_sum, lines_of

_WORDS: dict[str, State] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "error",
    "SKIPPED": "skipped",
    "XFAIL": "xfailed",
    "XPASS": "xpassed",
}
_VERBOSE = re.compile(r"(\S+\.py(?:::.+?)?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?:\s+\[\s*\d+%\])?")
_SUMMARY = re.compile(r"(PASSED|FAILED|ERROR|XFAIL|XPASS) (\S+\.py(?:::.+?)?)(?: - (.*))?")
_SUM = re.compile(r"=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?\s*=*")
_SUMMED = ("passed", "failed", "xfailed", "xpassed")


def parse(text: str) -> Results:
    """The tests. Raises `Unreadable` where not all are named."""
    lines = lines_of(text)
    total = next((found[1] for line in reversed(lines) if (found := _SUM.fullmatch(line))), None)
    if total is None:
        raise Unreadable("there is no sum of pytest's in it")
    found = Found()
    for line in lines:
        if test := _VERBOSE.fullmatch(line):
            found.add(test[1], _WORDS[test[2]])
        elif test := _SUMMARY.fullmatch(line):
            found.add(test[2], _WORDS[test[1]], message=test[3] or "")
    told = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", total) if word in _SUMMED}
    states = list(found.states.values())
    check_sum({"passed": 0, "failed": 0, **told}, {state: states.count(state) for state in _SUMMED})
    return found.results()
