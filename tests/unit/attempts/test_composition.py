"""The four trees: each changed path is taken from the side that its run needs, and nothing else moves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.attempts.composition import Parts, compose, entries, name_of
from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.objects import EMPTY_TREE, FILE, FOLDER, Entry, Objects

BASE = {
    "src/a.py": "def a(): return 1\n",
    "tests/test_a.py": "def test_a():\n    assert a() == 2\n",
    "pyproject.toml": "[project]\nname = 'x'\n\n[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
    "README.md": "x\n",
}


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[Objects]:
    found = open_objects(tmp_path)
    yield found
    found.close()


def open_objects(folder: Path) -> Objects:
    make_git_dir(folder / "git")
    return Objects(folder / "git/objects", Git.own(folder / "git"))


def tree(objects: Objects, files: dict[str, str]) -> str:
    return compose(
        objects, EMPTY_TREE, {path.encode(): Entry(FILE, objects.write(b"blob", text.encode())) for path, text in files.items()}
    )


def content(objects: Objects, oid: str, below: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, entry in objects.read_tree(oid).items():
        path = below + name.decode()
        found |= (
            content(objects, entry.oid, f"{path}/") if entry.mode == FOLDER else {path: objects.read_blob(entry.oid).decode()}
        )
    return found


def parts(objects: Objects, change: dict[str, str]) -> Parts:
    objects.write(b"tree", b"")
    return Parts.of(objects, tree(objects, BASE), tree(objects, change))


def test_paths_are_sorted_into_source_tests_and_runner(objects: Objects) -> None:
    found = parts(objects, {**BASE, "src/a.py": "2", "tests/test_b.py": "3", "conftest.py": "4", "README.md": "5"})
    assert [name_of(each) for each in found.source] == ["README.md", "src/a.py"]
    assert [name_of(each) for each in found.tests] == ["tests/test_b.py"]
    assert [name_of(each) for each in found.runner] == ["conftest.py"]


@pytest.mark.parametrize(
    ("path", "text", "is_runner"),
    [
        ("pyproject.toml", BASE["pyproject.toml"].replace("'x'", "'y'"), False),
        ("pyproject.toml", BASE["pyproject.toml"] + "addopts = '-k nothing'\n", True),
        ("setup.cfg", "[metadata]\nname = x\n", False),
        ("setup.cfg", "[tool:pytest]\naddopts = -x\n", True),
        ("package.json", '{"version": "2"}', False),
        ("package.json", '{"scripts": {"test": "true"}}', True),
        ("Makefile", "build:\n\tcc a.c\n", False),
        ("Makefile", "test:\n\ttrue\n", True),
        ("tests/conftest.py", "collect_ignore = ['test_a.py']\n", True),
        ("pytest.ini", "[pytest]\n", True),
    ],
)
def test_an_edit_counts_as_runner_configuration_only_where_it_reaches_the_runner(
    objects: Objects, path: str, text: str, is_runner: bool
) -> None:
    assert bool(parts(objects, {**BASE, path: text}).runner) is is_runner


paths = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "d/e/b", "f/a"])
trees = st.dictionaries(paths, st.sampled_from(["1", "2"]), max_size=7)


@settings(max_examples=60, deadline=None)
@given(base=trees, change=trees)
def test_taking_every_path_from_one_side_gives_that_side(
    tmp_path_factory: pytest.TempPathFactory, base: dict[str, str], change: dict[str, str]
) -> None:
    objects = open_objects(tmp_path_factory.mktemp("compose"))
    objects.write(b"tree", b"")
    old, new = tree(objects, base), tree(objects, change)
    found = Parts.of(objects, old, new)
    every = (*found.source, *found.tests, *found.runner)
    assert compose(objects, old, entries("new", every)) == new
    assert compose(objects, new, entries("old", every)) == old
    objects.close()


def test_git_agrees_with_a_composed_tree(objects: Objects, tmp_path: Path) -> None:
    oid = compose(
        objects, tree(objects, BASE), {b"tests/test_a.py": None, b"src/new/deep.py": Entry(FILE, objects.write(b"blob", b"n"))}
    )
    objects.settle()
    shown = subprocess.run(
        ["git", "--git-dir", tmp_path / "git", "ls-tree", "-r", "--name-only", oid], capture_output=True, text=True
    )
    assert shown.stdout.split() == ["README.md", "pyproject.toml", "src/a.py", "src/new/deep.py"]
    assert content(objects, oid)["src/new/deep.py"] == "n"
