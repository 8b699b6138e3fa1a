"""Which reader fits a run: by its runner a result file's format, else by what was printed.

read_file(runner, data, at)      the result file that the runner was asked for
read_printed(runner, text, at)   what it printed; where the runner is not known, the first format that it is whole in
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from pullwright.attempts.results import cargo, go_test, jest_json, jest_text, junit, pytest_text, tap
from pullwright.attempts.results.tests import LARGEST, Results, Unreadable
from pullwright.attempts.testing import Runner

_TEXTS: Mapping[str, Callable[[str, str], Results]] = {
    "cargo": lambda text, _at: cargo.parse(text),
    "go": lambda text, _at: go_test.parse(text),
    "pytest": lambda text, _at: pytest_text.parse(text),
    "jest": lambda text, _at: jest_text.parse(text),
    "tap": tap.parse,
}


def read_file(runner: Runner, data: bytes, at: str = "") -> Results:
    """The tests of a result file. Raises `Unreadable`."""
    if runner in ("jest", "vitest"):
        return jest_json.parse(data, at)
    if runner == "node":
        return tap.parse(_text(data), at)
    return junit.parse(data, at)


def read_printed(runner: Runner, output: bytes, at: str = "") -> Results:
    """The tests that a run printed. Raises `Unreadable` when it is in no format whole, or in more than one."""
    text = _text(output)
    wanted = {"vitest": "jest", "mocha": "tap", "node": "tap"}.get(runner, runner)
    names = [name for name in _TEXTS if name == wanted] or list(_TEXTS)
    found: list[Results] = []
    troubles: list[str] = []
    for name in names:
        try:
            results = _TEXTS[name](text, at)
        except Unreadable as error:
            troubles.append(str(error))
            continue
        if results.states:
            found.append(msgspec.structs.replace(results, form=name))
    if len(found) == 1:
        return found[0]
    if found:
        raise Unreadable("what was printed is test results in more than one format")
    raise Unreadable(troubles[0] if len(names) == 1 and troubles else "what was printed names no tests in a known format")


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Unreadable(f"{len(data)} bytes, more than {LARGEST}")
    return data.decode("utf-8", "replace")
