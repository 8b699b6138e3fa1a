"""The short tree shows every top-level name first, then the source and the tests, and stays short."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.attempts.tree import BUDGET, tree


def make(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def test_a_src_project_hides_neither_its_package_nor_its_tests(tmp_path: Path) -> None:
    docs = [f"docs/{number}-a-chapter-with-a-long-name.md" for number in range(60)]
    modules = [f"src/pkg/module_{number:02}.py" for number in range(60)]
    more = [".github/workflows/a.yml", "examples/one/a.py", "benchmarks/b.py", "src/pkg/__init__.py", "src/pkg/inner/c.py"]
    root = make(
        tmp_path, *docs, *modules, *more, "tests/test_a.py", "tests/unit/test_b.py", "pyproject.toml", ".venv/x", ".git/y"
    )
    lines = tree(root).splitlines()
    assert lines[0] == ".github/, benchmarks/, docs/, examples/, src/, tests/, pyproject.toml"
    assert lines[1].startswith("  src/pkg/: inner/, module_00.py")
    assert lines[1].endswith(" more")
    assert lines[2] == "  tests/: test_a.py, unit/"
    assert lines[3] == "  src/pkg/inner/: c.py"
    assert not any(line.lstrip().startswith(("docs/", "examples/", "benchmarks/", ".github/")) for line in lines[1:])


def test_a_flat_package_is_opened_two_levels_deep(tmp_path: Path) -> None:
    root = make(
        tmp_path, "pkg/__init__.py", "pkg/core.py", "pkg/engine/__init__.py", "pkg/engine/run.py", "test/test_a.py", "a.txt"
    )
    assert tree(root) == "pkg/, test/, a.txt\n  pkg/: core.py, engine/\n  test/: test_a.py\n  pkg/engine/: run.py"


def test_sources_of_other_languages(tmp_path: Path) -> None:
    root = make(tmp_path, "src/main.rs", "src/lib.rs", "src/bin/x.rs", "Cargo.toml", "tests/it.rs")
    assert "\n  src/: bin/, lib.rs, main.rs\n  tests/: it.rs" in tree(root)
    other = make(tmp_path / "go", "parser/p.go", "docs/a.md", "go.mod")
    assert tree(other) == "docs/, parser/, go.mod\n  parser/: p.go"


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert tree(tmp_path) == "none"
    assert tree(tmp_path / "nothing") == "none"


def test_a_crowd_at_the_top_is_counted(tmp_path: Path) -> None:
    root = make(tmp_path, *(f"a-rather-long-folder-name-{number}/a.txt" for number in range(300)))
    first = tree(root).splitlines()[0]
    assert first.endswith(" more")
    assert first.count(",") + int(first.split("and ")[1].split()[0]) == 300


names = st.text(alphabet="abcdefgh-_.", min_size=1, max_size=30).filter(lambda name: name.strip("."))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(names, min_size=1, max_size=4), max_size=60))
def test_it_is_short_whatever_the_project(paths: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path in paths:
            try:
                make(root, "/".join(["tests" if path[0] < "c" else path[0], *path[1:]]))
            except OSError:
                continue
        text = tree(root)
        assert len(text) <= BUDGET + 60
        top = {entry.name for entry in root.iterdir()}
        first = text.splitlines()[0]
        assert " more" in first or all(
            top_name in first for top_name in top if "cache" not in top_name and top_name not in (".env", "env")
        )
