"""Pullwright's own clean runs: proof where there is proof, contradiction where there is one, flags for what weakens tests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sample import FIX, RUN, SOLVED, TESTS, Sample, edit, exec_, write  # pyright: ignore

from pullwright.log.inbox import MemoryInbox
from pullwright.models.mock.script import Answer, SaidCall
from pullwright.protocol.events import ChangeMade, VerificationRan, Verified
from pullwright.protocol.inputs import Interrupt
from pullwright.protocol.outcomes import Cancelled, Outcome, Succeeded

COMMAND = {"verify": True, "test_command": "python3 -m unittest"}
WEAKER = TESTS.replace("self.assertEqual(add(2, 3), 5)", "add(2, 3)")


def verified(sample: Sample, *calls: SaidCall, says: str = "Changed add.", **options: Any) -> Verified:
    outcome = sample.turn([Answer(calls=calls), Answer(text=says)], **{**COMMAND, **options})
    assert isinstance(outcome, Succeeded), outcome
    (event,) = sample.of(Verified)
    assert outcome.verdict == event.verdict
    return event


def test_a_right_fix_is_verified_by_four_runs(sample: Sample) -> None:
    outcome = sample.turn(SOLVED, **COMMAND)
    (event,) = sample.of(Verified)
    assert (outcome.verdict, event.red_to_green) == ("verified", ("test_calc.py::AddTest::test_adds",))
    runs = {each.run.name: each.run for each in sample.of(VerificationRan)}
    assert {name: run.exit_code for name, run in runs.items()} == {
        "before-again": 1,
        "after-again": 0,
        "must-fail": 1,
        "base": 1,
        "base+new-tests": 1,
        "change+base-tests": 0,
        "change": 0,
    }
    assert runs["base"].tests == {"failed": 1, "passed": 1}
    assert runs["before-again"].tests == {"failed": 1}
    told_twice = {name for name, run in runs.items() if "told twice" in run.note}
    assert told_twice == {"base+new-tests", "change+base-tests"}, "the change touches no test: two trees, not four"
    assert "test_adds" in sample.artifact(runs["base"].artifact)
    assert not (sample.folder / "sessions" / sample.session / "verification").exists()


def test_a_wrong_fix_is_contradicted(sample: Sample) -> None:
    event = verified(sample, edit("calc.py", "a - b", "a * b"), says="Fixed add. All tests pass now.")
    assert event.verdict == "contradicted"
    assert not event.red_to_green


def test_a_fix_that_breaks_another_test_is_contradicted(sample: Sample) -> None:
    event = verified(sample, edit("calc.py", "a - b", "5"))
    assert (event.verdict, event.newly_failing) == ("contradicted", ("test_calc.py::AddTest::test_nothing",))


def test_weakening_the_test_is_flagged_and_proves_nothing(sample: Sample) -> None:
    event = verified(sample, write("test_calc.py", WEAKER), says="Adjusted the test. All tests pass.")
    assert event.verdict == "not-verified"
    assert any("1 assertion removed" in flag for flag in event.flags)


SUBTESTS = """\
import unittest
from calc import add
class AddTest(unittest.TestCase):
    def test_adds(self):
        for args, expected in [((0, 0), 0)]:
            self.assertEqual(add(*args), expected)
"""
WRAPPED = SUBTESTS.replace("0)]", "0), ((2, 3), 5)]").replace(
    "            self.assertEqual(add(*args), expected)",
    "            with self.subTest(args=args):\n                self.assertEqual(\n"
    "                    add(*args), expected\n                )",
)


def test_an_assertion_that_is_wrapped_and_given_more_cases_is_proof(sample: Sample) -> None:
    (sample.project / "test_calc.py").write_text(SUBTESTS)
    sample.git("commit", "-qam", "Subtests")
    event = verified(sample, FIX, write("test_calc.py", WRAPPED))
    assert (event.verdict, event.flags) == ("verified", ())
    assert event.red_to_green == ("test_calc.py::AddTest::test_adds",)


def test_half_a_fix_with_a_weakened_test_is_not_verified_and_the_reason_is_said(sample: Sample) -> None:
    weaker = TESTS.replace("add(2, 3), 5)", "add(2, 3), 7)")
    event = verified(sample, edit("calc.py", "a - b", "a + b + (2 if a else 0)"), write("test_calc.py", weaker))
    assert (event.verdict, event.red_to_green) == ("not-verified", ())
    assert "test_adds went from red to green, but its edit is flagged (1 assertion rewritten)" in event.why


def test_a_weakened_test_does_not_take_a_real_fix_away(sample: Sample) -> None:
    """The base's own version of the test is green with the change: that is proof, and the flag is told."""
    event = verified(sample, FIX, write("test_calc.py", WEAKER))
    assert (event.verdict, event.red_to_green) == ("verified", ("test_calc.py::AddTest::test_adds",))
    assert any("1 assertion removed" in flag for flag in event.flags)


def test_skipping_the_failing_test_beside_a_new_green_one_is_not_verified(sample: Sample) -> None:
    skipped = TESTS.replace("    def test_adds", "    @unittest.skip('later')\n    def test_adds")
    extra = skipped + "\n    def test_more(self):\n        import calc\n        self.assertEqual(calc.more(), 1)\n"
    event = verified(sample, edit("calc.py", "def add", "def more():\n    return 1\ndef add"), write("test_calc.py", extra))
    assert event.verdict == "not-verified"
    assert event.red_to_green == ("test_calc.py::AddTest::test_more",)
    assert "still red with the change" in event.why


FLICKERS = TESTS.replace("import unittest\n", "import random, unittest\n").replace(
    "add(0, 0), 0)", "add(0, 0), int(random.random() < 0.5))"
)


def test_a_test_that_flickers_never_contradicts_by_one_run(sample: Sample) -> None:
    (sample.project / "test_calc.py").write_text(FLICKERS)
    sample.git("commit", "-qam", "Flicker")
    event = verified(sample, FIX)
    second = {each.run.name: each.run for each in sample.of(VerificationRan)}
    assert event.verdict in ("verified", "contradicted")
    assert event.verdict == "verified" or second["after-again"].tests.get("failed")


def test_deleting_the_failing_test_is_flagged_and_proves_nothing(sample: Sample) -> None:
    event = verified(sample, exec_("rm test_calc.py"))
    assert event.verdict != "verified"
    assert any("deletes a test file" in flag for flag in event.flags)


def test_a_new_test_that_is_green_without_the_source_proves_nothing(sample: Sample) -> None:
    new = "import unittest\nclass New(unittest.TestCase):\n    def test_nothing(self):\n        self.assertTrue(True)\n"
    event = verified(sample, write("test_new.py", new))
    assert (event.verdict, event.red_to_green) == ("not-verified", ())


def test_a_new_function_with_its_test_is_verified(sample: Sample) -> None:
    new = (
        "import unittest\nfrom calc import double\n"
        "class New(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n"
    )
    event = verified(
        sample,
        write("test_new.py", new),
        write("calc.py", "def add(a, b):\n    return a - b\ndef double(a):\n    return 2 * a\n"),
    )
    assert (event.verdict, event.red_to_green) == ("verified", ("test_new.py::New::test_double",))


def test_what_the_agent_left_beside_the_change_does_not_help_it(sample: Sample) -> None:
    """An ignored file makes the tests pass for the agent; the clean runs do not have it."""
    sample.project.joinpath(".gitignore").write_text("helper.py\n")
    sample.git("add", "-A")
    sample.git("commit", "-qm", "Ignore")
    calls = (write("helper.py", "def add(a, b): return a + b\n"), write("calc.py", "from helper import add\n"), exec_(RUN))
    event = verified(sample, *calls, says="All tests pass.")
    assert event.verdict == "contradicted"


def test_a_project_without_tests_is_not_run(sample: Sample) -> None:
    sample.git("rm", "-q", "test_calc.py")
    sample.git("commit", "-qm", "No tests")
    outcome = sample.turn([Answer(calls=(FIX,)), Answer(text="Fixed.")], verify=True)
    assert outcome.verdict == "not-run"


FORGED = """
import atexit
def add(a, b):
    return a - b
def forge():
    for path in [word for word in open("/proc/self/cmdline").read().split("\\0") if word.endswith(".xml")]:
        test = "<testcase file='test_calc.py' classname='test_calc.AddTest' name='test_adds'/>"
        open(path, "w").write("<testsuites><testsuite>" + test + "</testsuite></testsuites>")
atexit.register(forge)
"""


def test_a_forged_result_file_is_noticed_when_the_exit_code_differs(sample: Sample) -> None:
    event = verified(sample, write("calc.py", FORGED))
    assert event.verdict != "verified"
    assert "exit code" in event.why


@pytest.mark.parametrize("quits", ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)"])
def test_a_run_that_quits_early_proves_nothing(sample: Sample, quits: str) -> None:
    event = verified(sample, write("calc.py", f"{quits}\ndef add(a, b): return a + b\n"))
    assert event.verdict in ("not-verified", "contradicted")
    assert not event.red_to_green


def test_a_change_that_hangs_is_given_up_when_the_base_was_quick(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.attempts.clean_run.LEAST", 0.5)
    monkeypatch.setattr("pullwright.attempts.clean_run.TIMES", 2.0)
    event = verified(sample, write("calc.py", "import time\ndef add(a, b):\n    time.sleep(3_000)\n"))
    runs = [each.run for each in sample.of(VerificationRan)]
    assert event.verdict != "verified"
    assert {run.name for run in runs if run.timed_out} == {"change", "change+base-tests"}
    assert not any(run.name == "after-again" for run in runs), "what hung once is not run again"


def test_another_runner_has_its_exit_code_alone(sample: Sample) -> None:
    sample.project.joinpath("check.sh").write_text("python3 -c 'from calc import add; assert add(2, 3) == 5'\n")
    sample.git("add", "-A")
    sample.git("commit", "-qm", "Check")
    event = verified(sample, FIX, test_command="sh check.sh")
    assert event.verdict == "not-verified"
    assert "exit code 1 on the base, 0 with the change" in event.why


def test_an_interrupt_while_verifying_stops_it_and_keeps_the_change(sample: Sample) -> None:
    slow = "import time\ntime.sleep(30)\n" + TESTS
    (sample.project / "test_calc.py").write_text(slow)
    sample.git("commit", "-qam", "Slow")
    inbox = MemoryInbox()

    async def interrupted() -> Outcome:
        task = asyncio.ensure_future(sample.turning([Answer(calls=(FIX,)), Answer(text="Fix add.")], "Fix", inbox, **COMMAND))
        while not any(isinstance(event, ChangeMade) for event in sample.shown):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        inbox.put(Interrupt(id="i1"))
        return await task

    outcome = asyncio.run(interrupted())
    assert isinstance(outcome, Cancelled)
    assert outcome.change
    assert not sample.of(Verified)
    assert not (sample.folder / "sessions" / sample.session / "verification").exists()


def test_a_missing_runner_proves_nothing_and_contradicts_nobody(sample: Sample) -> None:
    event = verified(sample, FIX, says="Fixed. All tests pass.", test_command="no-such-program-at-all")
    assert event.verdict == "not-verified"
    assert "127" in event.why
