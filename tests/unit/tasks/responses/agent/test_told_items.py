"""Commands and edits as items: what ended how, and whose diff is whose."""

from __future__ import annotations

from typing import Any

import pytest

from pullwright.protocol.events import CommandRan, FilesChanged
from pullwright.protocol.items import FunctionCall, FunctionOutput
from pullwright.tasks.responses.agent.items import UNKNOWN_EXIT, call_item, result_item
from pullwright.tasks.responses.agent.patches import NOT_SHOWN, operations
from pullwright.tools.diff import unified


def ran(**more: Any) -> CommandRan:
    return CommandRan(call_id="c", command="-", cwd="/w", **more)


def result(output: str, *runs: CommandRan) -> dict[str, Any]:
    call = FunctionCall(call_id="c", name="exec", arguments='{"command": "make"}')
    return result_item("out_1", call, FunctionOutput(call_id="c", output=output), runs)


@pytest.mark.parametrize(
    ("output", "run", "stdout", "outcome", "status"),
    [
        ("ok\n[exit 0]", ran(exit_code=0), "ok\n", {"type": "exit", "exit_code": 0}, "completed"),
        ("[exit 2, 3.1 s; pipe: 2 0]", ran(exit_code=2), "", {"type": "exit", "exit_code": 2}, "completed"),
        ("[killed by SIGKILL]", ran(signal="SIGKILL"), "[killed by SIGKILL]", {"type": "exit", "exit_code": 137}, "completed"),
        ("[timed out after 1 s]", ran(timed_out=True), "[timed out after 1 s]", {"type": "timeout"}, "completed"),
        ("[still running as p1]", ran(background=True), "[still running as p1]", {"type": "exit", "exit_code": -1}, "incomplete"),
        ("refused\n[exit 0]", None, "refused\n[exit 0]", {"type": "exit", "exit_code": UNKNOWN_EXIT}, "incomplete"),
    ],
)
def test_a_command_ends_as_the_log_says(output: str, run: CommandRan | None, stdout: str, outcome: Any, status: str) -> None:
    item = result(output, *([run] if run else []))
    assert item["output"] == [{"stdout": stdout, "stderr": "", "outcome": outcome}]
    assert item["status"] == status


def test_commands_of_one_call_are_told_apart_or_not_at_all() -> None:
    both = (ran(exit_code=0), ran(exit_code=3))
    for said, stdout in (
        ("a\n[1 exit 0]\nb\n[2 exit 3]", ["a\n", "b\n"]),
        ("[2 exit 9]\n[1 exit 0]\nb\n[2 exit 3]", ["[2 exit 9]\n", "b\n"]),
        ("cut off in the middle", ["cut off in the middle", ""]),
        ("[this output is no longer kept]", ["[this output is no longer kept]", ""]),
    ):
        assert [(one["stdout"], one["outcome"]["exit_code"]) for one in result(said, *both)["output"]] == list(
            zip(stdout, (0, 3), strict=True)
        )


def test_a_call_that_cannot_be_read_is_told_as_it_was_made() -> None:
    call = FunctionCall(call_id="c", name="exec", arguments='{"command": 3')
    assert call_item("call_1", call)["type"] == "function_call"
    moved = FunctionCall(call_id="c", name="read", arguments="pullwright-artifact:strings/abc.json")
    assert call_item("call_1", moved)["arguments"] == "[kept as the artifact strings/abc.json]"


def test_each_file_of_an_edit_has_its_own_diff() -> None:
    parts = [
        unified("new.py", None, "--- a/x\n+++ b/x\n")[0],
        unified("gone.py", "-- a/x\n++ b/x\n", None)[0],
        unified("to.py", "one\ntwo\n", "one\n2\n", "from.py")[0],
        unified("odd.py", "a\x0cb\u2028c\n", "a\x0cb\n")[0],
    ]
    change = FilesChanged(call_id="c", paths=("new.py", "gone.py", "to.py", "from.py", "odd.py", "x.bin"), diff="".join(parts))
    made = operations(change)
    assert [(one["type"], one["path"]) for one in made] == [
        ("create_file", "new.py"),
        ("delete_file", "gone.py"),
        ("update_file", "from.py"),
        ("update_file", "odd.py"),
        ("update_file", "x.bin"),
    ]
    assert made[0]["diff"] == "+--- a/x\n++++ b/x\n"
    assert made[2]["diff"].startswith("*** Move to: to.py\n@@ ")
    assert made[4]["diff"] == NOT_SHOWN


def test_a_diff_that_was_cut_is_told_as_far_as_it_goes() -> None:
    diff = unified("a.py", "".join(f"{n}\n" for n in range(50)), "")[0]
    (one,) = operations(FilesChanged(call_id="c", paths=("a.py",), diff=diff[:60]))
    assert one["diff"].startswith("@@ -1,50")
