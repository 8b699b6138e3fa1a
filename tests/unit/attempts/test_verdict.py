"""Four runs are judged so that only a test which source alone turns green counts, and nothing that got worse is passed over."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.results.tests import Results, State
from pullwright.attempts.verdict import Judgement, Ran, RunName, judge

NAMES: tuple[RunName, ...] = ("base", "base+new-tests", "change+base-tests", "change")
F = "tests/test_a.py"


def ran(*four: dict[str, State], trees: str = "bndc", codes: tuple[int, ...] | None = None) -> dict[RunName, Ran]:
    return {
        name: Ran(
            tree=trees[at],
            exit_code=codes[at] if codes else int(any(state in ("failed", "error") for state in tests.values())),
            results=Results({test if test.startswith("tests.") else f"{F}::{test}": state for test, state in tests.items()}),
        )
        for at, (name, tests) in enumerate(zip(NAMES, four, strict=True))
    }


def judged(*four: dict[str, State], **options: Any) -> Judgement:
    return judge(ran(*four), **options)


def test_a_failing_test_that_the_source_alone_turns_green_proves_the_change() -> None:
    found = judged(
        {"t": "failed", "u": "passed"},
        {"t": "failed", "u": "passed"},
        {"t": "passed", "u": "passed"},
        {"t": "passed", "u": "passed"},
    )
    assert found.verdict == "verified"
    assert found.red_to_green == (f"{F}::t",)


def test_a_new_test_must_be_red_without_the_source() -> None:
    proof = judged({}, {"n": "failed"}, {}, {"n": "passed"})
    assert (proof.verdict, proof.red_to_green) == ("verified", (f"{F}::n",))
    empty = judged({}, {"n": "passed"}, {}, {"n": "passed"})
    assert (empty.verdict, empty.red_to_green) == ("not-verified", ())


def test_a_new_test_file_that_cannot_be_loaded_without_the_source_is_red() -> None:
    assert judged({}, {"tests.test_a": "error"}, {}, {"n": "passed"}).verdict == "verified"


def test_weakening_a_failing_test_proves_nothing() -> None:
    found = judged(
        {"t": "failed"}, {"t": "passed"}, {"t": "failed"}, {"t": "passed"}, weakened={F: "1 assertion removed, 0 added"}
    )
    assert (found.verdict, found.red_to_green) == ("not-verified", ())


WEAK = {f"{F}::t": "1 assertion rewritten"}


def test_a_flagged_test_counts_when_the_bases_own_version_of_it_is_green_with_the_change() -> None:
    """A base test gets a case more, and the edit looks like a weakening: what was taken out of it is green all the same."""
    four: tuple[dict[str, State], ...] = ({"t": "passed"}, {"t": "failed"}, {"t": "passed"}, {"t": "passed"})
    for weakened in ({}, WEAK, {F: "1 assertion rewritten"}):
        assert judged(*four, weakened=weakened).red_to_green == (f"{F}::t",)
    parameters: tuple[dict[str, State], ...] = ({"t[1]": "passed"}, {"t[2]": "failed"}, {"t[1]": "failed"}, {"t[2]": "passed"})
    assert judged(*parameters, weakened=WEAK).verdict == "contradicted"


def test_a_weakened_test_and_half_a_fix_prove_nothing_and_the_reason_is_said() -> None:
    four: tuple[dict[str, State], ...] = ({"t": "failed"}, {"t": "failed"}, {"t": "failed"}, {"t": "passed"})
    assert judged(*four).verdict == "verified", "a test and the source mended together, nothing flagged"
    found = judged(*four, weakened=WEAK)
    assert (found.verdict, found.red_to_green) == ("not-verified", ())
    assert found.why.startswith(f"{F}::t went from red to green, but its edit is flagged (1 assertion rewritten)")
    assert judged(*four, weakened={F: "1 assertion rewritten"}).verdict == "not-verified"


@pytest.mark.parametrize("end", [{"t": "passed"}, {"t": "skipped"}, {}])
def test_a_red_test_that_is_weakened_skipped_or_removed_is_not_hidden_by_another_proof(end: dict[str, State]) -> None:
    four = ({"t": "failed"}, {"n": "failed", **end}, {"t": "failed"}, {"n": "passed", **end})
    found = judged(*four)  # type: ignore[arg-type]
    assert found.verdict == "not-verified"
    assert any("t: of the base is red with and without" in flag for flag in found.flags)


def test_a_renamed_test_is_proved_by_the_base_own_version() -> None:
    found = judged({"t": "failed"}, {"renamed": "failed"}, {"t": "passed"}, {"renamed": "passed"}, weakened=WEAK)
    assert (found.verdict, found.red_to_green) == ("verified", (f"{F}::renamed", f"{F}::t"))


def test_a_new_test_in_a_flagged_file_counts_but_not_a_flagged_one_that_the_base_never_ran() -> None:
    four: tuple[dict[str, State], ...] = (
        {"u": "passed"},
        {"u": "passed", "t": "failed"},
        {"u": "passed"},
        {"u": "passed", "t": "passed"},
    )
    assert judged(*four, weakened={F: "1 assertion rewritten"}).verdict == "verified"
    assert judged(*four, weakened=WEAK).verdict == "not-verified"


def test_a_limited_or_reused_run_proves_nothing_until_a_second_run_says_the_same() -> None:
    runs = ran({"t": "failed"}, {"n": "failed"}, {"t": "passed"}, {"t": "passed", "n": "passed"})
    runs["base"] = msgspec.structs.replace(runs["base"], reused=True)
    runs["base+new-tests"] = msgspec.structs.replace(runs["base+new-tests"], only=(f"{F}::n",))
    assert len(judge(runs, again=None).red_to_green) == 2
    assert judge(runs).red_to_green == ()
    second = ran({"t": "failed"}, {"n": "failed"}, {"t": "passed"}, {"n": "passed"})
    again = [msgspec.structs.replace(run, only=(f"{F}::t", f"{F}::n")) for run in second.values()]
    assert len(judge(runs, again=again[:1]).red_to_green) == 1
    found = judge(runs, again=[again[0], again[3]])
    assert found.red_to_green == (f"{F}::n",)
    assert found.flaky == (f"{F}::t",), "it ran in the change and is not in the second run's results"


def test_a_second_run_that_ends_differently_takes_proof_and_contradiction_away() -> None:
    runs = ran({"t": "failed", "u": "passed"}, {}, {"t": "passed", "u": "passed"}, {"t": "passed", "u": "failed"})
    assert judge(runs, again=None).verdict == "contradicted"
    steady = ran({}, {}, {}, {"t": "passed", "u": "passed"})["change"]
    assert judge(runs, again=[steady]).verdict == "verified"
    flickering = ran({}, {}, {}, {"t": "failed", "u": "failed"})["change"]
    assert judge(runs, again=[flickering]).verdict == "contradicted"
    codes: dict[RunName, Ran] = {name: Ran(tree=name, exit_code=int(name == "change")) for name in NAMES}
    assert judge(codes).verdict == "contradicted"
    assert judge(codes, again=[Ran(tree="change", exit_code=0)]).verdict == "not-verified"


def test_what_was_green_and_is_red_contradicts() -> None:
    found = judged(
        {"t": "failed", "u": "passed"},
        {"t": "failed", "u": "passed"},
        {"t": "passed", "u": "failed"},
        {"t": "passed", "u": "failed"},
    )
    assert (found.verdict, found.newly_failing) == ("contradicted", (f"{F}::u",))


def test_deleting_the_test_that_the_change_breaks_does_not_hide_it() -> None:
    found = judged({"t": "failed", "u": "passed"}, {"t": "failed"}, {"t": "passed", "u": "failed"}, {"t": "passed"})
    assert found.verdict == "contradicted"
    assert found.removed == (f"{F}::u",)


def test_rewriting_the_test_that_the_change_breaks_is_told_and_not_verified() -> None:
    found = judged(
        {"t": "failed", "u": "passed"},
        {"t": "failed", "u": "passed"},
        {"t": "passed", "u": "failed"},
        {"t": "passed", "u": "passed"},
    )
    assert found.verdict == "not-verified"
    assert any("u: of the base fails" in flag for flag in found.flags)


def test_a_red_test_contradicts_who_says_that_tests_pass() -> None:
    four: tuple[dict[str, State], ...] = ({"t": "failed"},) * 4
    assert judged(*four).verdict == "not-verified"
    assert judged(*four, claims_green=True).verdict == "contradicted"


def test_skipping_a_green_test_is_flagged() -> None:
    found = judged({"t": "passed"}, {"t": "skipped"}, {"t": "passed"}, {"t": "skipped"})
    assert found.skipped == (f"{F}::t",)
    assert found.verdict == "not-verified"


def test_a_test_that_flickers_on_the_same_files_counts_for_nothing() -> None:
    runs = ran({"t": "failed"}, {"t": "passed"}, {"t": "passed"}, {"t": "passed"}, trees="bbcc")
    found = judge(runs)
    assert (found.verdict, found.red_to_green) == ("not-verified", ())
    assert found.flaky == (f"{F}::t",)


def test_the_changes_tests_that_need_its_own_runner_configuration_are_not_held_against_it() -> None:
    four: tuple[dict[str, State], ...] = (
        {"u": "passed"},
        {"u": "passed", "n": "error"},
        {"u": "passed"},
        {"u": "passed", "n": "error"},
    )
    assert judged(*four).verdict == "contradicted"
    assert judged(*four, runner_edited=True).verdict == "not-verified"


def test_exit_codes_alone_never_verify() -> None:
    def codes(*four: int) -> dict[RunName, Ran]:
        return {name: Ran(tree=str(at), exit_code=four[at]) for at, name in enumerate(NAMES)}

    assert judge(codes(1, 1, 0, 0)).verdict == "not-verified"
    assert judge(codes(0, 0, 1, 1)).verdict == "contradicted"
    assert judge(codes(1, 1, 1, 1), claims_green=True).verdict == "contradicted"
    assert judge(codes(127, 127, 127, 127), claims_green=True).verdict == "not-verified"


def test_one_unreadable_result_file_takes_the_proof_away_and_is_named() -> None:
    runs = ran({"t": "failed"}, {"t": "failed"}, {"t": "passed"}, {"t": "passed"})
    assert judge(runs).verdict == "verified"
    runs["change"] = Ran(tree="c", exit_code=0, trouble="it left no result file")
    found = judge(runs)
    assert found.verdict == "not-verified"
    assert "change: it left no result file" in found.why


tests = st.dictionaries(st.sampled_from("tuvw"), st.sampled_from(["passed", "failed", "error", "skipped"]), max_size=4)


@given(tests, tests, tests, tests, st.booleans(), st.booleans(), st.booleans())
def test_no_verdict_is_kinder_than_the_runs(
    base: Any, new: Any, old: Any, full: Any, weak: bool, runner: bool, claims: bool
) -> None:
    found = judged(
        base, new, old, full, weakened={F: "1 assertion rewritten"} if weak else {}, runner_edited=runner, claims_green=claims
    )
    red = {name for name, state in full.items() if state in ("failed", "error")}
    for test in found.red_to_green:
        name = test.rpartition("::")[2]
        assert name not in red
        assert base.get(name) in ("failed", "error") or new.get(name) in ("failed", "error")
        assert not weak or name not in base or old.get(name) == "passed", "what the base asks of it is green with the change"
    if found.verdict == "verified":
        assert found.red_to_green
        assert not found.newly_failing
        assert not (claims and red)
        assert all(base.get(name) in ("failed", "error") for name in red)
        both_red = {name for name in base if {base[name], old.get(name)} <= {"failed", "error"}}
        assert all(name in red or f"{F}::{name}" in found.red_to_green for name in both_red)
        assert not any(state == "passed" and old.get(name) in ("failed", "error") for name, state in base.items())


@given(tests)
def test_doing_nothing_is_never_verified(one: Any) -> None:
    runs = ran(one, one, one, one, trees="bbbb")
    assert judge(runs).verdict == "not-verified"
