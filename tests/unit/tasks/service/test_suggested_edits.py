"""A suggested edit is told to the agent as the text that the reviewer wants."""

from __future__ import annotations

from pullwright.tasks.service.notes import Remark, notes_text


def told(text: str, **place: int) -> str:
    return notes_text("", [Remark(text=text, path="a.py", **place)], "mia")  # type: ignore[arg-type]


def test_a_suggestion_is_wanted_text() -> None:
    said = told("Shorter:\n```suggestion\n    return 1\n```\nPlease.", line=3, end_line=4)
    assert "In place of lines 3 to 4 the reviewer wants exactly this:" in said
    assert "       return 1\n" in said  # its own indentation, below that of the remark
    assert "suggestion" not in said
    assert said.index("Shorter:") < said.index("return 1") < said.index("Please.")


def test_an_empty_suggestion_takes_lines_away() -> None:
    assert "In place of line 3 the reviewer wants nothing: remove it." in told("```suggestion\n```", line=3, end_line=3)


def test_a_longer_fence_holds_a_shorter_one() -> None:
    said = told("````suggestion\n```\ncode\n```\n````", line=1, end_line=1)
    assert said.count("```") == 4
    assert "wants exactly this" in said


def test_what_is_no_whole_suggestion_stays_as_it_is() -> None:
    assert "```suggestion" in told("```suggestion\nnever closed", line=1)
