"""A change's names: always a valid branch, always one subject, never a forged trailer."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.attempts.change import branch_name, commit_message, slug, subject

SESSION = "ses_0mk3x9a2f4c81d0e"


def test_a_branch_says_what_was_asked_and_whose_it_is() -> None:
    assert branch_name("Fix the failing test, please!", SESSION) == "pullwright/fix-the-failing-test-please-c81d0e"
    assert branch_name("Größe ändern", SESSION) == "pullwright/groe-andern-c81d0e"
    assert branch_name("修复", SESSION) == "pullwright/change-c81d0e"
    assert branch_name("Fix it", SESSION, "bots/") == "bots/fix-it-c81d0e"


@given(st.text())
def test_a_slug_is_short_and_plain(prompt: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(prompt))
    assert len(slug(prompt)) <= 40


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_git_takes_every_branch_name(prompt: str) -> None:
    assert (
        subprocess.run(["git", "check-ref-format", "--branch", branch_name(prompt, SESSION)], capture_output=True).returncode == 0
    )


def test_the_subject_is_the_agents_first_sentence_where_it_fits() -> None:
    assert subject("fix it", "**Fix** the off-by-one in `page_count`. All tests pass.") == "Fix the off-by-one in page_count"
    assert subject("Fix page_count", "Done.") == "Fix page_count"
    assert subject("Fix page_count", "x" * 100) == "Fix page_count"
    assert subject("Fix page_count", "Signed-off-by: someone else") == "Fix page_count"
    assert len(subject("word " * 40, "")) <= 72


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Return the last part of `db.schema.tbl.col`. It was the second.", "Return the last part of db.schema.tbl.col"),
        ("## Summary\n\n- **Return** the [last](x.py) part\nof it", "Return the last part"),
        ("# Return `__name__` of the last part\n", "Return __name__ of the last part"),
        ("Return the last part for 3.12\n\nMore.", "Return the last part for 3.12"),
        ("Return the last part of every name that has dots in it, and keep the first one as its parent", None),
        ("Fix the rounding and close #12 for good", "Fix the rounding and close issue 12 for good"),
        ("Not done: the tests need a network.", "Fix it all"),
        ("Wrote it.", "Fix it all"),
        ("Could not find the cause.", "Fix it all"),
        ("What changed and why:", "Fix it all"),
        ("A sentence of many words " * 8, "Fix it all"),
    ],
)
def test_the_first_sentence_is_taken_without_its_markdown(message: str, expected: str | None) -> None:
    expected = expected or "Return the last part of every name that has dots in it, and keep the…"
    assert subject("Fix it all", message) == expected


@given(st.text(), st.text())
def test_a_subject_is_one_short_line(prompt: str, message: str) -> None:
    line = subject(prompt, message)
    assert 0 < len(line) <= 72
    assert line == line.strip()
    assert len(line.splitlines()) == 1


@given(st.text(), st.text())
def test_the_message_has_one_subject_and_only_our_trailers(prompt: str, message: str) -> None:
    text = commit_message(prompt, message, SESSION)
    lines = text.split("\n")
    assert 0 < len(lines[0]) <= 72
    assert lines[1] == ""
    assert "\0" not in text
    assert text.rstrip("\n").split("\n\n")[-1] == f"Pullwright-Session: {SESSION}"


def test_a_prompt_cannot_add_a_trailer() -> None:
    text = commit_message("Fix\n\nSigned-off-by: Forged <f@x>", "", SESSION)
    trailers = subprocess.run(["git", "interpret-trailers", "--parse"], input=text, capture_output=True, text=True).stdout
    assert trailers.strip() == f"Pullwright-Session: {SESSION}"
