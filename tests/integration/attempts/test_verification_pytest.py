"""The clean runs with the project's own pytest, in its own virtual environment."""

from __future__ import annotations

import msgspec
import pytest
from sample import FIX, Sample, edit, exec_, write  # pyright: ignore

from pullwright.attempts.kept import KeptRun
from pullwright.attempts.results.tests import Results
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import CommandRan, VerificationRan, Verified
from pullwright.protocol.ids import new_id
from pullwright.protocol.outcomes import Outcome

TEST = "tests/test_calc.py::test_adds"


def run(sample: Sample, *answers: Answer) -> tuple[Outcome, Verified]:
    outcome = sample.turn([*answers, Answer(text="Changed add.")], verify=True)
    (event,) = sample.of(Verified)
    return outcome, event


def test_the_detected_command_is_told_works_inside_and_proves_the_fix(pytested: Sample) -> None:
    outcome, event = run(pytested, Answer(calls=(exec_(".venv/bin/python -m pytest -q"),)), Answer(calls=(FIX,)))
    assert b".venv/bin/python -m pytest" in pytested.requests[0].body
    assert [ran.exit_code for ran in pytested.of(CommandRan)] == [1]
    assert (outcome.verdict, event.red_to_green) == ("verified", (TEST,)), event
    assert event.command == ".venv/bin/python -m pytest"


def test_new_tests_that_cannot_be_loaded_on_the_base_do_not_stop_the_others(pytested: Sample) -> None:
    new = "from calc import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
    code = "def add(a, b):\n    return a + b\n\n\ndef double(a):\n    return add(a, a)\n"
    _, event = run(pytested, Answer(calls=(write("tests/test_double.py", new), write("calc.py", code))))
    assert event.verdict == "verified"
    assert event.red_to_green == (TEST, "tests/test_double.py::test_double")
    runs = {each.run.name: each.run.tests for each in pytested.of(VerificationRan)}
    assert runs["base+new-tests"] == {"error": 1, "failed": 1, "passed": 1}


@pytest.mark.parametrize(
    "call",
    [
        write("conftest.py", "collect_ignore = ['tests/test_calc.py']\n"),
        write("pytest.ini", "[pytest]\naddopts = -k nothing\n"),
        edit("pyproject.toml", "no:cacheprovider", "no:cacheprovider --deselect tests/test_calc.py::test_adds"),
    ],
)
def test_editing_the_runners_configuration_is_flagged_and_left_out(pytested: Sample, call: object) -> None:
    outcome, event = run(pytested, Answer(calls=(call,)))  # type: ignore[arg-type]
    assert outcome.verdict == "not-verified"
    assert any("test-runner configuration" in flag for flag in event.flags)
    runs = {each.run.name: each.run.tests for each in pytested.of(VerificationRan)}
    assert runs["change"] == runs["base"] == {"failed": 1, "passed": 1}


def test_skipping_the_failing_test_proves_nothing(pytested: Sample) -> None:
    skip = edit("tests/test_calc.py", "def test_adds", "import pytest\n\n\n@pytest.mark.skip\ndef test_adds")
    outcome, event = run(pytested, Answer(calls=(skip,)))
    assert outcome.verdict == "not-verified"
    assert any("skip or expected failure added" in flag for flag in event.flags)


def test_a_clean_run_that_cannot_be_made_is_told_and_the_change_kept(pytested: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    from pullwright.attempts import verification
    from pullwright.protocol.errors import FixMachine

    async def broken(*_: object) -> None:
        raise FixMachine("the disk is full")

    monkeypatch.setattr(verification, "run", broken)
    outcome, event = run(pytested, Answer(calls=(FIX,)))
    assert outcome.change
    assert (outcome.verdict, event.why) == ("not-run", "the clean runs could not be made: the disk is full")


LEAKY = "import calc\n\n\ndef test_alone():\n    assert getattr(calc, 'ready', False)\n"


def test_a_test_that_is_red_only_when_it_runs_alone_proves_nothing(pytested: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs what another file leaves behind: red in the limited run without the change, green in the whole one with it."""
    monkeypatch.setattr("pullwright.attempts.verification.SHORT", 0.0)
    pytested.project.joinpath("tests/test_a.py").write_text("import calc\n\n\ndef test_sets():\n    calc.ready = True\n")
    pytested.git("add", "-A")
    pytested.git("commit", "-qm", "Leak")
    _, event = run(pytested, Answer(calls=(write("tests/test_z.py", LEAKY), write("notes.txt", "nothing\n"))))
    runs = {each.run.name: each.run.tests for each in pytested.of(VerificationRan)}
    assert runs["base+new-tests"] == {"failed": 1}
    assert runs["change"] == {"failed": 1, "passed": 3}
    assert (event.verdict, event.red_to_green) == ("not-verified", ())


def test_the_bases_run_is_reused_by_the_next_session_and_not_after_an_install(pytested: Sample) -> None:
    def notes(sample: Sample) -> dict[str, str]:
        return {each.run.name: each.run.note for each in sample.of(VerificationRan)}

    _, event = run(pytested, Answer(calls=(FIX,)))
    assert "earlier" not in notes(pytested)["base"]
    pytested.session = new_id("ses")
    _, again = run(pytested, Answer(calls=(FIX,)))
    assert "an earlier turn" in notes(pytested)["base"]
    assert notes(pytested)["before-again"] == "only 1 deciding test", "what decides is red in a fresh sandbox, too"
    assert (again.verdict, again.red_to_green) == (event.verdict, event.red_to_green) == ("verified", (TEST,))
    (site,) = (pytested.project / ".venv/lib").glob("python3*/site-packages")
    (site / "new.py").write_text("")
    pytested.session = new_id("ses")
    run(pytested, Answer(calls=(FIX,)))
    assert "earlier" not in notes(pytested)["base"]


def test_a_kept_run_that_is_no_longer_true_verifies_nothing(pytested: Sample) -> None:
    """The base is said to be red, and is green by now: neither proof nor, the other way round, a contradiction."""
    pytested.project.joinpath("calc.py").write_text("def add(a, b):\n    return a + b\n")
    pytested.git("commit", "-qam", "Right")
    run(pytested, Answer(calls=(write("notes.txt", "a\n"),)))
    (kept,) = (pytested.folder / "cache/verification").glob("*.msgpack")
    true = msgspec.msgpack.decode(kept.read_bytes(), type=KeptRun)
    false = KeptRun(exit_code=1, seconds=1.0, results=Results({**true.results.states, TEST: "failed"}), output=b"")
    kept.write_bytes(msgspec.msgpack.encode(false))
    pytested.session = new_id("ses")
    _, event = run(pytested, Answer(calls=(write("notes.txt", "b\n"),)))
    assert (event.verdict, event.red_to_green) == ("not-verified", ())
    assert not kept.exists()


def test_of_a_long_suite_only_the_changed_tests_are_run_on_the_base(pytested: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.attempts.verification.SHORT", 0.0)
    more = edit("tests/test_calc.py", "def test_nothing", "def test_more():\n    assert add(4, 1) == 5\n\n\ndef test_nothing")
    _, event = run(pytested, Answer(calls=(FIX, more)))
    runs = {each.run.name: each.run for each in pytested.of(VerificationRan)}
    assert (runs["base+new-tests"].tests, runs["base+new-tests"].note) == ({"failed": 1}, "only the 1 changed test")
    assert (event.verdict, len(event.red_to_green)) == ("verified", 2)
