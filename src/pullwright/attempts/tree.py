"""The short tree: every name of the root, then what is in the folders where source and tests are.

    tree(root) -> "…/, src/, tests/, pyproject.toml"
                  "  src/click/: core.py, …"
                  "  tests/: test_basic.py, … +20"

Folders of documents, examples, benchmarks and those with a dot are never opened. Only names are read, nothing is run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pullwright.attempts.detection import VENVS

BUDGET = 900
"""Characters, about."""

_FEWEST = 80
_HIDDEN = {".git", "node_modules", "__pycache__", ".hypothesis", ".tox", ".nox", ".idea", *VENVS}
_UNINTERESTING = {"__init__.py", "py.typed"}
_SOURCES = ("src", "lib", "app", "pkg", "cmd", "internal", "crates", "packages", "source")
_TESTS = ("tests", "test", "testing", "spec", "__tests__")
_NEVER = {"doc", "docs", "example", "examples", "sample", "samples", "demo", "demos", "benchmark", "benchmarks", "bench"}


def tree(root: Path) -> str:
    """The root's names on the first line, then a line for each folder that is worth it, about `BUDGET` characters."""
    names = [f"{name}/" if folder else name for name, folder in sorted(entries(root), key=lambda entry: not entry[1])]
    lines = [_fitting(names, BUDGET) or "none"]
    left = BUDGET - len(lines[0])
    folders = list(_opened(root))
    for at, folder in enumerate(folders):
        # A large package leaves room for the tests.
        room = left if at == len(folders) - 1 else max(_FEWEST, left * 3 // 5)
        line = _line(root, folder, room)
        if len(line) > left:
            break
        if line:
            lines.append(line)
            left -= len(line)
    return "\n".join(lines)


def entries(folder: Path) -> list[tuple[str, bool]]:
    """Names and whether each is a folder, sorted; names that could be taken for text around them are left out."""
    try:
        with os.scandir(folder) as found:
            there = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    except OSError:
        return []
    return sorted((name, is_folder) for name, is_folder in there if not _is_hidden(name) and name.isprintable())


def _is_hidden(name: str) -> bool:
    return name in _HIDDEN or (name.startswith(".") and "cache" in name)


def _opened(root: Path) -> Iterator[str]:
    """The folders to open, the most telling first: packages of the source and the tests, then folders in packages."""
    tops = [name for name, is_folder in entries(root) if is_folder and not name.startswith(".") and name.lower() not in _NEVER]
    tests = [name for name in tops if name.lower() in _TESTS]
    packages = [name for name in tops if name not in tests and (root / name / "__init__.py").exists()]
    holders = [name for name in _SOURCES if name in tops and name not in packages]
    sources = [*packages[:4], *(folder for name in holders for folder in _inside(root, name))]
    yield from sources[:4]
    yield from tests[:2]
    if not sources:
        yield from [name for name in tops if name not in tests][:6]
    for folder in sources[:4]:
        yield from [f"{folder}/{name}" for name, is_folder in entries(root / folder) if is_folder][:6]


def _inside(root: Path, holder: str) -> list[str]:
    """What to open of a folder like `src`: the folders in it, or itself where its files are the source."""
    found = entries(root / holder)
    folders = [f"{holder}/{name}" for name, is_folder in found if is_folder and not name.endswith(".egg-info")]
    return folders if folders and all(is_folder for _, is_folder in found) else [holder]


def _line(root: Path, folder: str, room: int) -> str:
    names = [f"{name}/" if is_folder else name for name, is_folder in entries(root / folder) if name not in _UNINTERESTING]
    start = f"  {folder}/: "
    return start + _fitting(names, room - len(start)) if names else ""


def _fitting(names: list[str], room: int) -> str:
    """As many names as there is room for, and how many more there are."""
    shown: list[str] = []
    for name in names:
        room -= len(name) + 2
        if room < 8 and len(shown) < len(names) - 1:
            break
        shown.append(name)
    more = [f"and {len(names) - len(shown)} more"] if len(shown) < len(names) else []
    return ", ".join(shown + more)
