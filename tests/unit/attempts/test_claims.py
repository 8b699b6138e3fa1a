"""What the agent says it ran is held against what ran; what cannot be matched is said to be unmatched."""

from __future__ import annotations

import pytest

from pullwright.attempts.claims import check, says_green, sentences
from pullwright.protocol.events import CommandRan, Event, FilesChanged, PersonEdited, Rewound


def command(seq: int, line: str, code: int | None = 0) -> CommandRan:
    return CommandRan(seq=seq, call_id="c", command=line, cwd="/p", exit_code=code)


def edit(seq: int) -> FilesChanged:
    return FilesChanged(seq=seq, call_id="c", paths=("a.py",), diff="")


@pytest.mark.parametrize(
    "message",
    [
        "All tests pass.",
        "Fixed the off-by-one.\n\n- `python -m pytest` now passes\n- The whole test suite is green.",
        "The suite passes with no failures.",
        "I fixed the failing test.",
    ],
)
def test_says_that_tests_pass(message: str) -> None:
    assert says_green(message)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Renamed the module.",
        "The tests should pass.",
        "Two tests still fail.",
        "Tests do not pass yet.",
        "I could not run the tests.",
        "```\nall tests pass\n```",
    ],
)
def test_does_not_say_that_tests_pass(message: str) -> None:
    assert not says_green(message)


def test_a_claim_is_matched_to_the_newest_command_that_fits() -> None:
    events: list[Event] = [command(3, "python -m pytest -q", 1), edit(4), command(6, "python -m pytest -q", 0)]
    (claim,) = check("Ran `python -m pytest -q` and it passes.", events)
    assert (claim.standing, claim.seq) == ("seen", 6)


def test_a_claim_that_differs_from_what_ran_is_named() -> None:
    (claim,) = check("All tests pass.", [command(3, "python -m pytest -q", 1)])
    assert (claim.standing, claim.seq, claim.note) == ("differs", 3, "exit code 1")


def test_a_result_from_before_the_last_edit_is_outdated() -> None:
    by_them = PersonEdited(seq=5, paths=("a.py",), diff="", before="", tree="")
    for later in (edit(5), by_them, Rewound(seq=5, to=2)):
        (claim,) = check("All tests pass.", [command(3, "pytest", 0), later])
        assert (claim.standing, claim.seq) == ("outdated", 3)


@pytest.mark.parametrize(
    "line", ["cat tests/test_a.py", "git diff tests", "grep -rn test src | head", "echo pytest", "ls tests; pwd"]
)
def test_to_look_at_tests_is_not_to_run_them(line: str) -> None:
    (claim,) = check("All tests pass.", [command(2, "pytest", 1), command(3, line)])
    assert (claim.standing, claim.seq) == ("differs", 2)
    (claim,) = check("All tests pass.", [command(3, line)])
    assert claim.standing == "not seen"


@pytest.mark.parametrize("line", ["pytest -q | tail -3", "pytest -q || true", "cd a && pytest -q; echo done", "pytest -q & wait"])
def test_an_exit_code_that_can_hide_a_failure_bears_nothing_out(line: str) -> None:
    (claim,) = check("All tests pass.", [command(3, line)])
    assert (claim.standing, claim.seq) == ("not seen", 3)
    assert "hide" in claim.note
    (claim,) = check("Two tests still fail.", [command(3, line)])
    assert claim.standing == "seen"


@pytest.mark.parametrize(
    "line", ["cd sub && pytest -q && echo ok", "set -o pipefail; pytest | tail", "pytest -q 2>&1;", "make test"]
)
def test_an_exit_code_that_is_the_tests_own_bears_a_claim_out(line: str) -> None:
    (claim,) = check("All tests pass.", [command(3, line)])
    assert claim.standing == "seen"


@pytest.mark.parametrize(
    ("line", "pipe", "standing"),
    [
        ("pytest -q | tail -3", (0, 0), "seen"),
        ("cd a; pytest -q 2>&1 | grep -v x | tail -3", (0, 1, 0), "seen"),
        ("pytest -q | tail -3", (1, 0), "differs"),
        ("pytest -q | tail -3; ls | head", (0, 0), "not seen"),
        ("pytest -q || true | cat", (0, 0), "not seen"),
    ],
)
def test_what_the_members_of_a_pipe_ended_with_counts(line: str, pipe: tuple[int, ...], standing: str) -> None:
    (claim,) = check("All tests pass.", [CommandRan(seq=3, call_id="c", command=line, cwd="/p", exit_code=0, pipe=pipe)])
    assert (claim.standing, claim.seq) == (standing, 3)


@pytest.mark.parametrize(
    "message", ["Not verified: `mypy` is not installed.", "- Not yet run: `tox`", "**Not checked** with `ruff`."]
)
def test_what_was_not_looked_at_is_no_claim(message: str) -> None:
    assert check(message, [command(3, "pytest")]) == ()


def test_what_never_ran_is_claimed_not_seen() -> None:
    claims = check("The build succeeded. I ran `cargo clippy --all` too.", [command(2, "ls -la")])
    assert [claim.standing for claim in claims] == ["not seen", "not seen"]


def test_an_honest_failure_is_seen() -> None:
    (claim,) = check("One test still fails.", [command(3, "pytest", 1)])
    assert claim.standing == "seen"


def test_sentences_without_results_are_no_claims() -> None:
    assert check("I renamed the function and updated its callers.", [command(1, "pytest")]) == ()


def test_sentences_leave_code_blocks_out_and_take_list_items_apart() -> None:
    text = "First one. Second `x.y` here!\n\n- item one\n- item two\n```\nnot. This.\n```\n1. numbered"
    assert sentences(text) == ["First one.", "Second `x.y` here!", "item one", "item two", "numbered"]
