"""Templates of a task: what each holds a change to, on whole turns in the real sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sample import FILES, FIX, RUN, Sample, edit, exec_, write  # pyright: ignore

from pullwright.attempts.workloads import backfill
from pullwright.models.mock.script import Answer, SaidCall
from pullwright.protocol.events import Reported, Verified, WorkloadCheck, WorkloadChecked
from pullwright.protocol.outcomes import Succeeded

DONE = Answer(text="Fix add, which subtracted. All tests pass.")
GREEN = {**FILES, "calc.py": "def add(a, b):\n    return a + b\n"}


def checked(sample: Sample) -> tuple[WorkloadChecked, dict[str, WorkloadCheck]]:
    """The event, and its checks by name."""
    (event,) = sample.of(WorkloadChecked)
    return event, {check.name: check for check in event.checks}


def report(sample: Sample) -> str:
    (event,) = sample.of(Reported)
    return sample.artifact(event.markdown)


# --- bug triage -----------------------------------------------------------------------------------


def test_triage_reproduced_first_is_verified_and_says_which_events_show_it(sample: Sample) -> None:
    outcome = sample.turn(
        [Answer(calls=(exec_(RUN),)), Answer(calls=(FIX, exec_(RUN))), DONE], verify=True, workload="bug-triage"
    )
    event, checks = checked(sample)
    assert outcome.verdict == event.verdict == "verified"
    assert checks["reproduced"].found == ("test_calc.py::AddTest::test_adds",)
    (proof,) = checks["reproduced"].events
    assert isinstance(sample.events()[proof - 1], Verified)
    assert checks["order"].state == "passed"
    red, edited = checks["order"].events
    assert red < edited
    assert b"Reproduce it before you touch the source" in sample.requests[0].body
    assert "Checked for bug-triage" in report(sample)


def test_triage_without_a_red_test_is_not_verified_and_says_why(tmp_path: Path) -> None:
    sample = Sample(tmp_path, GREEN)
    calls = (edit("calc.py", "a + b", "b + a"), exec_(RUN))
    outcome = sample.turn([Answer(calls=calls), DONE], verify=True, workload="bug-triage")
    event, checks = checked(sample)
    assert isinstance(outcome, Succeeded)
    assert outcome.verdict == event.verdict == "not-verified"
    assert "a test that is red on the base" in event.why
    assert checks["reproduced"].state == "failed"
    assert checks["order"].state == "failed"
    assert "bug-triage: reproduced failed" in report(sample)


# --- refactor -------------------------------------------------------------------------------------

RENAMING = {
    **GREEN,
    "use.py": "from calc import add\n\n# add is quick\nprint(add(1, 2), 'add')\n",
}
RENAME = (
    edit("calc.py", "def add", "def plus"),
    write("test_calc.py", FILES["test_calc.py"].replace("import add", "import plus").replace("(add(", "(plus(")),
)
USE = write("use.py", "from calc import plus\n\n# plus is quick\nprint(plus(1, 2), 'add')\n")
PLAN = SaidCall("plan", {"steps": [{"text": ".: 3 files", "status": "done"}]})
RENAMED = Answer(text="Rename add to plus.\n\nThe tests pass.\n\nRenamed: add -> plus")


def test_a_half_renamed_refactoring_is_not_verified_and_its_leftovers_are_listed(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING)
    outcome = sample.turn([Answer(calls=RENAME), RENAMED], "rename add to plus", verify=True, workload="refactor")
    event, checks = checked(sample)
    assert outcome.verdict == "not-verified"
    assert "half done" in event.why
    left = checks["leftovers"]
    assert left.state == "failed"
    assert any(line.startswith("use.py:1:") and line.endswith("(code)") for line in left.found)
    assert any("(comment)" in line for line in left.found)
    assert checks["worklist"].state == "noted"


def test_a_whole_renaming_is_verified_though_no_test_was_red(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING)
    answers = [Answer(calls=(*RENAME, USE, PLAN)), RENAMED]
    outcome = sample.turn(answers, "rename add to plus", verify=True, workload="refactor")
    event, checks = checked(sample)
    assert outcome.verdict == event.verdict == "verified", event
    assert checks["leftovers"].state == "noted"
    assert checks["leftovers"].found == ("use.py:4: print(plus(1, 2), 'add') (string)",)
    assert checks["worklist"].text == "1 of 1 batches done, 3 of 3 files"


CONFTEST = "from calc import add\n\nassert add(0, 0) == 0\n"


def test_a_conftest_that_follows_the_renaming_is_used_with_the_change(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING | {"conftest.py": CONFTEST, "pytest.ini": "[pytest]\n"})
    follows = write("conftest.py", CONFTEST.replace("add", "plus"))
    answers = [Answer(calls=(*RENAME, USE, follows, PLAN)), RENAMED]
    outcome = sample.turn(answers, "rename add to plus", verify=True, workload="refactor")
    event, checks = checked(sample)
    assert outcome.verdict == event.verdict == "verified", event
    assert checks["tests"].found == ("conftest.py: follows the renaming, so the change's was used with the change",)
    assert checks["tests"].events[0] > 0


def test_a_conftest_that_does_more_than_follow_is_the_bases(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING | {"conftest.py": CONFTEST, "pytest.ini": "[pytest]\n"})
    more = write("conftest.py", CONFTEST.replace("add", "plus") + "collect_ignore = ['test_calc.py']\n")
    answers = [Answer(calls=(*RENAME, USE, more, PLAN)), RENAMED]
    outcome = sample.turn(answers, "rename add to plus", verify=True, workload="refactor")
    _, checks = checked(sample)
    assert outcome.verdict == "not-verified"
    assert checks["tests"].text == "the run with the change told no results, only exit code 4"


def test_a_later_turn_is_held_to_what_an_earlier_one_renamed(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING)
    sample.turn([Answer(calls=(*RENAME, PLAN)), RENAMED], "rename add to plus", workload="refactor")
    again = Answer(text="Say what plus does.")
    sample.turn(
        [Answer(calls=(edit("calc.py", "def plus(a, b):", "def plus(a, b):  # sum"),)), again], "a remark", workload="refactor"
    )
    checks = {check.name: check for check in sample.of(WorkloadChecked)[-1].checks}
    assert checks["leftovers"].state == "failed", "use.py still imports add"


def test_a_name_that_is_gone_unsaid_and_still_in_use_is_found(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING | {"spare.py": "import use\n\nprint(use.add)\n"})
    calls = (*RENAME, edit("use.py", "from calc import add", "from calc import plus as addition"))
    sample.turn([Answer(calls=calls), Answer(text="Tidy up.")], "tidy up", workload="refactor")
    _, checks = checked(sample)
    assert checks["leftovers"].state == "not-measured"
    assert checks["unstated names"].state == "noted"
    assert "spare.py:3: print(use.add) (code)" in checks["unstated names"].found


def test_a_refactoring_that_bends_a_test_is_not_verified(tmp_path: Path) -> None:
    sample = Sample(tmp_path, RENAMING)
    bent = write(
        "test_calc.py",
        FILES["test_calc.py"]
        .replace("import add", "import plus")
        .replace("(add(2, 3), 5)", "(plus(2, 3), 6)")
        .replace("(add(", "(plus("),
    )
    broken = write("calc.py", "def plus(a, b):\n    return a + b + (1 if a else 0)\n")
    outcome = sample.turn([Answer(calls=(broken, bent, USE)), RENAMED], "rename add to plus", verify=True, workload="refactor")
    assert outcome.verdict != "verified"
    assert checked(sample)[1]["tests"].state == "failed"


# --- test backfill --------------------------------------------------------------------------------

BARE = {
    "calc.py": "def sign(a):\n    if a < 0:\n        return -1\n    return 1\n\n\ndef add(a, b):\n    return a + b\n",
    "test_calc.py": FILES["test_calc.py"],
}
GOOD = """\
import unittest

from calc import sign


class SignTest(unittest.TestCase):
    def test_sign(self):
        self.assertEqual([sign(-1), sign(0), sign(1)], [-1, 1, 1])
"""
IDLE = GOOD.replace("self.assertEqual([sign(-1), sign(0), sign(1)], [-1, 1, 1])", "self.assertIsNot(sign(-1), sign)")
WRITTEN = Answer(text="Test sign.")


def test_new_tests_that_can_fail_are_verified_with_coverage_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "MOST", 4)
    sample = Sample(tmp_path, BARE)
    outcome = sample.turn([Answer(calls=(write("test_sign.py", GOOD),)), WRITTEN], verify=True, workload="test-backfill")
    event, checks = checked(sample)
    assert outcome.verdict == event.verdict == "verified", event
    assert checks["only tests"].state == "passed"
    assert checks["coverage"].state == "passed"
    assert "50.0 % (3 of 6 lines) before, 100.0 %" in checks["coverage"].text
    assert checks["faults"].state == "passed"
    assert all(line.startswith(("noticed", "survived")) for line in checks["faults"].found)


@pytest.mark.slow
def test_new_tests_that_cannot_fail_prove_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "MOST", 4)
    sample = Sample(tmp_path, BARE)
    outcome = sample.turn([Answer(calls=(write("test_sign.py", IDLE),)), WRITTEN], verify=True, workload="test-backfill")
    event, checks = checked(sample)
    assert outcome.verdict == "not-verified"
    assert checks["faults"].state == "failed"
    assert "prove little" in event.why


def test_a_backfill_that_edits_source_is_flagged(tmp_path: Path) -> None:
    sample = Sample(tmp_path, BARE)
    calls = (write("test_sign.py", GOOD), edit("calc.py", "return 1", "return +1"))
    outcome = sample.turn([Answer(calls=calls), WRITTEN], verify=True, workload="test-backfill")
    event, checks = checked(sample)
    assert outcome.verdict == "not-verified"
    assert checks["only tests"].found == ("calc.py",)
    assert "changes tests alone" in event.why


NODE = {
    "package.json": '{"name": "calc", "version": "1.0.0", "scripts": {"test": "node --test"}}',
    "calc.js": "exports.sign = (a) => {\n  if (a < 0) {\n    return -1;\n  }\n  return 1;\n};\n",
    "test/calc.test.js": "require('node:test')('loads', () => require('../calc.js'));\n",
}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_coverage_of_node_is_v8s_own(tmp_path: Path) -> None:
    sample = Sample(tmp_path, NODE)
    new = "require('node:test')('sign', () => require('assert').strictEqual(require('../calc.js').sign(2), 1));\n"
    sample.turn([Answer(calls=(write("test/sign.test.js", new),)), WRITTEN], verify=True, workload="test-backfill")
    _, checks = checked(sample)
    assert checks["coverage"].text == "25.0 % (1 of 4 lines) before, 75.0 % (3 of 4 lines) after, by V8"
    assert checks["faults"].state == "not-measured"


# --- dependency upgrade ---------------------------------------------------------------------------

ASKING = {
    **GREEN,
    "requirements.in": "left>=1\n",
    "requirements.txt": "left==1.2\n",
    "CHANGELOG.md": "# 2.0\n\nEverything moved.\n",
}


def test_an_upgrade_tells_versions_changelog_and_lock(tmp_path: Path) -> None:
    sample = Sample(tmp_path, ASKING)
    calls = (exec_("cat CHANGELOG.md"), edit("requirements.txt", "1.2", "2.0"), edit("requirements.in", ">=1", ">=2"))
    sample.turn([Answer(calls=calls), Answer(text="Raise left to 2.0.")], verify=True, workload="dependency-upgrade")
    _, checks = checked(sample)
    assert checks["versions"].found == ("left >=1 -> >=2 in requirements.in", "left 1.2 -> 2.0 in requirements.txt")
    assert (checks["changelog"].state, checks["changelog"].found) == ("passed", ("CHANGELOG.md",))
    assert checks["lock"].state == "passed"
    assert checks["installed"].state == "not-measured"
    assert checks["tests"].state == "passed"


def test_what_the_test_command_installs_is_the_version_of_the_clean_runs(tmp_path: Path) -> None:
    install = "mkdir -p left.dist-info && sed -n 's/==/\\nVersion: /; s/^/Name: /p' requirements.txt > left.dist-info/METADATA"
    calls = (edit("requirements.txt", "1.2", "2.0"), edit("requirements.in", ">=1", ">=2"))
    answers = [Answer(calls=calls), Answer(text="Raise left to 2.0.")]
    sample = Sample(tmp_path, ASKING)
    sample.turn(answers, verify=True, workload="dependency-upgrade", test_command=f"{install} && {RUN}")
    _, checks = checked(sample)
    assert checks["installed"].text == "the clean runs had left 2.0"


def test_a_lock_file_left_behind_is_not_verified(tmp_path: Path) -> None:
    sample = Sample(tmp_path, ASKING)
    calls = (edit("requirements.in", ">=1", ">=2"),)
    outcome = sample.turn([Answer(calls=calls), Answer(text="Raise left to 2.0.")], verify=True, workload="dependency-upgrade")
    event, checks = checked(sample)
    assert outcome.verdict == "not-verified"
    assert checks["lock"].found == ("left >=2 is asked for, requirements.txt has 1.2",)
    assert checks["changelog"].state == "noted"
    assert "the lock file: left >=2 is asked for" in event.why


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["refactor", "test-backfill", "dependency-upgrade", "bug-triage"])
def test_without_clean_runs_each_template_says_what_it_did_not_measure(sample: Sample, name: str) -> None:
    outcome = sample.turn([Answer(calls=(FIX,)), DONE], workload=name)
    event, _ = checked(sample)
    assert outcome.verdict == event.verdict == "not-run"
    assert "not-measured" in {check.state for check in event.checks}


def test_a_template_is_told_once_and_the_system_prompt_is_the_same(sample: Sample) -> None:
    sample.turn([DONE], workload="refactor")
    sample.turn([DONE], "And now?", workload="refactor")
    first, last = sample.requests[0].json["messages"], sample.requests[-1].json["messages"]
    assert first[0] == last[0]
    assert "refactoring" not in str(first[0]).lower()
    assert str(last).count("This is a refactoring") == 1
