"""What a person says of what is to be reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.attempts.review.target import Target, in_words, parse_range, sort_words, target_of
from pullwright.protocol.errors import FixSettings


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({}, Target(kind="auto")),
        ({"uncommitted": True}, Target(kind="uncommitted", uncommitted=True)),
        ({"base": "main"}, Target(kind="base", ref="main")),
        ({"base": "main", "uncommitted": True}, Target(kind="base", ref="main", uncommitted=True)),
        ({"commit": "HEAD~2"}, Target(kind="commit", ref="HEAD~2")),
        ({"span": "v1.2..v1.3"}, Target(kind="range", ref="v1.2", until="v1.3")),
        ({"span": "main...feature/x"}, Target(kind="range", ref="main", until="feature/x", merged=True)),
        ({"span": "main.."}, Target(kind="range", ref="main", until="HEAD")),
        ({"base": "main", "paths": ("src",)}, Target(kind="base", ref="main", paths=("src",))),
    ],
)
def test_flags_and_a_range_make_a_target(given: dict[str, object], target: Target) -> None:
    assert target_of(**given) == target  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {"base": "main", "commit": "HEAD"},
        {"base": "main", "span": "a..b"},
        {"commit": "HEAD", "uncommitted": True},
        {"span": "a..b", "uncommitted": True},
    ],
)
def test_two_targets_at_once_are_refused_with_the_fix(given: dict[str, object]) -> None:
    with pytest.raises(FixSettings, match="two things") as caught:
        target_of(**given)  # type: ignore[arg-type]
    assert caught.value.fix


@pytest.mark.parametrize("text", ["..", "main", "....", "a..b c"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(FixSettings, match="no range"):
        parse_range(text)


def test_arguments_are_sorted_by_their_form(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "odd..name").touch()
    words = sort_words(("A..B", "src/", "odd..name", "look at the locks"), tmp_path, tmp_path)
    assert words.range == "A..B"
    assert words.paths == ("src", "odd..name")
    assert words.focus == "look at the locks"
    assert sort_words(("..", "x.py"), tmp_path, tmp_path / "src").paths == ("src/x.py",), "from where the person stands"


def test_a_path_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    for word in ("../other", "/etc/passwd"):
        with pytest.raises(FixSettings, match="outside"):
            sort_words((word,), tmp_path / "project", tmp_path / "project")
    with pytest.raises(FixSettings, match="two ranges"):
        sort_words(("a..b", "c..d"), tmp_path, tmp_path)


def test_a_target_in_words() -> None:
    assert in_words(Target(kind="base", ref="main", uncommitted=True)) == "changes since main and what is not committed"
    assert in_words(Target(kind="commit", ref="HEAD", paths=tuple("abcd"))) == "commit HEAD, in a, b, c and 1 more"
