"""Four runs are judged so that only a test which source alone turns green counts, and nothing that got worse is passed over."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.junit import Results, State
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
    found = judged({"t": "failed"}, {"t": "passed"}, {"t": "failed"}, {"t": "passed"}, weakened=frozenset({F}))
    assert (found.verdict, found.red_to_green) == ("not-verified", ())


def test_an_edited_and_flagged_file_does_not_count_even_when_it_goes_from_red_to_green() -> None:
    four: tuple[dict[str, State], ...] = ({"t": "passed"}, {"t": "failed"}, {"t": "passed"}, {"t": "passed"})
    assert judged(*four).verdict == "verified"
    assert judged(*four, weakened=frozenset({F})).verdict == "not-verified"


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
    assert any("skipped by the change" in flag for flag in found.flags)
    assert found.verdict == "not-verified"


def test_a_test_that_flickers_on_the_same_files_counts_for_nothing() -> None:
    runs = ran({"t": "failed"}, {"t": "passed"}, {"t": "passed"}, {"t": "passed"}, trees="bbcc")
    found = judge(runs)
    assert (found.verdict, found.red_to_green) == ("not-verified", ())
    assert any("two runs of the same files" in flag for flag in found.flags)


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
        base, new, old, full, weakened=frozenset({F}) if weak else frozenset(), runner_edited=runner, claims_green=claims
    )
    red = {name for name, state in full.items() if state in ("failed", "error")}
    for test in found.red_to_green:
        name = test.rpartition("::")[2]
        assert name not in red
        assert base.get(name) in ("failed", "error") or (new.get(name) in ("failed", "error") and not weak)
    if found.verdict == "verified":
        assert found.red_to_green
        assert not found.newly_failing
        assert not (claims and red)
        assert all(base.get(name) in ("failed", "error") for name in red)
        assert not any(state == "passed" and old.get(name) in ("failed", "error") for name, state in base.items())


@given(tests)
def test_doing_nothing_is_never_verified(one: Any) -> None:
    runs = ran(one, one, one, one, trees="bbbb")
    assert judge(runs).verdict == "not-verified"
