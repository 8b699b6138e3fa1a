"""Ignore patterns decide what `git check-ignore` decides."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.ignore import Rules, parse

PIECES = [
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "/",
    "!",
    "[ab]",
    "[!a]",
    "[a-",
    "]",
    "\\",
    " ",
    ".",
    "#",
    "[[:alpha:]]",
    "-",
    "\\ ",
    "é",
]
NAMES = ["a", "b", "ab", "a b", "a.b", "-", "]", "#", "!a", "a ", "é", "*", "\\"]

patterns = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), min_size=1, max_size=4).map("\n".join)
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


def ours(root: str, nested: str, path: str) -> bool:
    rules = Rules.root(b"").below(b"", lambda: os.fsencode(root))
    *folders, name = os.fsencode(path).split(b"/")
    for number, folder in enumerate(folders):
        if rules.ignores(folder, folder=True):
            return True
        rules = rules.below(folder, lambda number=number: os.fsencode(nested) if number == 0 else b"")
    return rules.ignores(name, folder=False)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ignore")


@settings(max_examples=150, deadline=None)
@given(root=patterns, nested=patterns, asked=st.lists(paths, min_size=1, max_size=8, unique=True))
@example("a/**", "", ["a/b", "a"])
@example("**/a", "", ["a", "b/a", "b/b/a"])
@example("a/**/b", "", ["a/b", "a/a/b", "a/a/a/b"])
@example("*\n!a/", "", ["a/b", "b/a"])
@example("a/\n!a", "!b", ["a/b"])
@example("[!a]", "", ["b", "]"])
@example("a\\ \n b ", "", ["a ", "a", "b"])
def test_as_git_does(scratch: Path, root: str, nested: str, asked: list[str]) -> None:
    asked = [path for path in asked if not any(other.startswith(path + "/") for other in asked)]
    tree = scratch / str(len(list(scratch.iterdir())))
    make_git_dir(tree / "git", bare=False)
    work = tree / "work"
    for path in asked:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).touch()
        if "/" in path:
            (work / path.partition("/")[0] / ".gitignore").write_text(nested)
    (work / ".gitignore").write_text(root)
    told = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin", "--no-index"],
        input="".join(path + "\0" for path in asked).encode(),
        env={**Git.own(tree / "git", work_tree=work).env, "GIT_LITERAL_PATHSPECS": "0"},
        cwd=work,
        capture_output=True,
    )
    assert not told.stderr
    expected = {path.decode() for path in told.stdout.split(b"\0") if path}
    assert {path for path in asked if ours(root, nested, path)} == expected


def test_comments_blanks_and_marks_are_no_patterns() -> None:
    assert parse(b"# note\n\n   \n!\n/\n\\#x\r\n") == parse(b"\\#x")


def test_a_pattern_is_read_only_when_it_is_needed() -> None:
    def never() -> bytes:
        raise AssertionError("nothing was to be decided")

    assert Rules.root(b"x").below(b"", never) is not None
