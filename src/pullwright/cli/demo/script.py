"""The scripted model of the demo: rules over what it reads, for the one bug that it knows.

    test output ─▶ which test is red, in which file, what was expected
    that file   ─▶ the module under test
    the module  ─▶ the line with the fault, or nothing: then it says so and gives up
    a new test  ─▶ red? then the fix ─▶ all green? then the last message

There is no mind behind it, and the server that speaks it says so. It copies nothing from the sample: a different bug
leaves it without an answer, and the demo fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pullwright.cli.demo.reading import command_of, items, steps_of
from pullwright.models.mock.script import Answer, Reply, SaidCall

_RED = re.compile(
    r"^(?:FAIL|ERROR): (?P<test>\w+) \((?P<module>[\w.]+?)\.[A-Z]\w*(?:\.\w+)?\)|^FAILED (?P<path>[\w/]+\.py)::(?P<node>[\w:]+)",
    re.MULTILINE,
)
_COMPARED = re.compile(r"(?:AssertionError: )(\S+) != (\S+)")
_IMPORT = re.compile(r"^\s*\d*\W*from (\w+)\.(\w+) import", re.MULTILINE)
_FAULT = re.compile(r"if quantity > (BULK_FROM):")
_GREEN = re.compile(r"^OK\b|^=*\s*\d+ passed\b", re.MULTILINE)
_COUNT = re.compile(r"Ran (\d+) tests?|(\d+) passed")

_NEW_TEST = """
class WhereTheDiscountBegins(unittest.TestCase):
    def test_nine_ten_and_eleven(self):
        self.assertEqual([line_total(100, quantity) for quantity in (9, 10, 11)], [900, 900, 990])
"""
_ANCHOR = 'if __name__ == "__main__":'


def answer(request: Mapping[str, Any]) -> Reply:
    """The next answer to a conversation on the Responses wire."""
    outputs = steps_of(items(request))
    steps = (_run_tests, _read_test, _read_module, _write_test, _fix, _conclude)
    if len(outputs) >= len(steps):
        return Answer(text="There is nothing left in the script.")
    return steps[len(outputs)](_Seen(outputs, command_of(request)))


class _Seen:
    """What was read so far: the joined results of each step, and the project's test command."""

    def __init__(self, outputs: list[str], command: str) -> None:
        self.outputs = outputs
        self.command = command

    @property
    def red(self) -> re.Match[str] | None:
        """The first red test of the first run."""
        return _RED.search(self.outputs[0])

    @property
    def test_file(self) -> str:
        """Where that test lies."""
        red = self.red
        if red is None:
            return ""
        return red["path"] or red["module"].replace(".", "/") + ".py"

    @property
    def module(self) -> str:
        """The file that the red test imports from."""
        found = _IMPORT.search(self.outputs[1])
        return f"{found[1]}/{found[2]}.py" if found else ""

    @property
    def fault(self) -> re.Match[str] | None:
        """The line that the script knows how to mend."""
        return _FAULT.search(self.outputs[2])


def _run_tests(seen: _Seen) -> Reply:
    return _said("I run the tests first, to see what is red.", exec={"command": seen.command})


def _read_test(seen: _Seen) -> Reply:
    if not seen.test_file:
        return _give_up("no test is red")
    compared = _COMPARED.search(seen.outputs[0])
    what = f"{compared[1]} where {compared[2]} was expected" if compared else "it ended with an error"
    return _said(f"One is red: {what}. What does it ask for?", read={"paths": [_test_path(seen)]})


def _read_module(seen: _Seen) -> Reply:
    if not seen.module:
        return _give_up(f"{_test_path(seen)} imports nothing that I know")
    return _said(f"It is about {seen.module}.", read={"paths": [seen.module]})


def _write_test(seen: _Seen) -> Reply:
    if seen.fault is None:
        return _give_up(f"{seen.module} has no line that I know how to mend")
    edit = {"path": _test_path(seen), "old": _ANCHOR, "new": f"{_NEW_TEST.lstrip()}\n\n{_ANCHOR}"}
    return _said(
        f"`{seen.fault[0]}` leaves out ten itself. First a test for the edge, to see it red.",
        edit={"edits": [edit]},
        exec={"command": seen.command},
    )


def _fix(seen: _Seen) -> Reply:
    if "test_nine_ten_and_eleven" not in _red_tests(seen.outputs[3]):
        return _give_up("the new test is not red, so the line is not the cause")
    fault = seen.fault
    assert fault is not None
    mended = fault[0].replace(">", ">=")
    return _said(
        "Red for the right reason. Now the cause.",
        edit={"edits": [{"path": seen.module, "old": fault[0], "new": mended}]},
        exec={"command": seen.command},
    )


def _conclude(seen: _Seen) -> Reply:
    if _red_tests(seen.outputs[4]) or not _GREEN.search(seen.outputs[4]):
        return _give_up("the tests are still red after the fix")
    counted = _COUNT.search(seen.outputs[4])
    count = next((group for group in counted.groups() if group), "all") if counted else "all"
    fault = seen.fault
    assert fault is not None
    return Answer(
        text=f"Give the bulk discount from ten pieces on.\n\n"
        f"- `{seen.module}`: `{fault[0]}` left out ten itself; it is `>=` now, as the docstring says.\n"
        f"- `{_test_path(seen)}`: a test for nine, ten and eleven pieces, which was red before the fix.\n\n"
        f"Checked with `{seen.command}`: {count} tests pass after the last edit. Nothing was left unchecked."
    )


def _red_tests(output: str) -> set[str]:
    """The names of the tests that a run shows as red."""
    return {(found["test"] or found["node"]).rpartition("::")[2] for found in _RED.finditer(output)}


def _give_up(why: str) -> Reply:
    return Answer(text=f"I could not fix this: {why}. The script knows one bug only, and this is not the one.")


def _said(text: str, **calls: dict[str, Any]) -> Reply:
    return Answer(text=text, calls=tuple(SaidCall(name, arguments) for name, arguments in calls.items()))


def _test_path(seen: _Seen) -> str:
    path = seen.test_file
    return path if path.startswith("tests/") else f"tests/{path}"
