"""The JSON result file of jest (`--json --outputFile=…`), which vitest writes too (`--reporter=json`).

    parse(data, at) -> Results

Names are `file::describe::test`, the file relative to `at`. A file that could not be loaded is one red entry of its name.
Source of the format: `FormattedTestResults` of @jest/test-result.
"""

from __future__ import annotations

import msgspec

from pullwright.attempts.results.tests import LARGEST, Found, Results, State, Unreadable, check_sum

_STATES: dict[str, State] = {
    "passed": "passed",
    "failed": "failed",
    "pending": "skipped",
    "skipped": "skipped",
    "todo": "skipped",
    "disabled": "skipped",
    "focused": "passed",
}


class _Assertion(msgspec.Struct, rename="camel"):
    title: str
    status: str
    ancestor_titles: list[str] = []
    duration: float | None = None
    failure_messages: list[str] | None = None


class _File(msgspec.Struct, rename="camel"):
    name: str
    status: str = ""
    message: str = ""
    assertion_results: list[_Assertion] = []


class _Whole(msgspec.Struct, rename="camel"):
    test_results: list[_File]
    num_failed_tests: int = 0
    num_passed_tests: int = 0


def parse(data: bytes, at: str = "") -> Results:
    """The tests of a result file. Raises `Unreadable`."""
    if len(data) > LARGEST:
        raise Unreadable(f"{len(data)} bytes, more than {LARGEST}")
    try:
        whole = msgspec.json.decode(data, type=_Whole)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"not the JSON of a test run: {error}") from None
    found, counted = Found(), {"failed": 0, "passed": 0}
    for file in whole.test_results:
        path = file.name.removeprefix(at.rstrip("/") + "/") if at else file.name
        for test in file.assertion_results:
            state = _STATES.get(test.status)
            if state is None:
                raise Unreadable(f"a test's status is {test.status[:40]!r}")
            counted[state] = counted.get(state, 0) + 1
            names = (name.replace("::", ":") for name in (*test.ancestor_titles, test.title))
            found.add(
                "::".join((path, *names)),
                state,
                message=(test.failure_messages or [""])[0],
                seconds=test.duration / 1000 if test.duration is not None else None,
            )
        if file.status == "failed" and not any(test.status == "failed" for test in file.assertion_results):
            found.add(path, "error", message=file.message)
    check_sum({"failed": whole.num_failed_tests, "passed": whole.num_passed_tests}, counted)
    return found.results()
