"""Commands that a project's own files name and that are not there: known before the first of them fails.

    absent(root, path) -> ("uv", "ruff")
    ├── files that stand for a tool      uv.lock · tox.ini · noxfile.py · .pre-commit-config.yaml · Cargo.toml …
    ├── pyproject.toml                   its development tools: quoted requirements and [tool.…] tables
    └── command lines                    in Makefile recipes, and in the code of AGENTS.md and CLAUDE.md

Only tools that are known by name count, where a command can stand. A few small reads; nothing is run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pullwright.attempts.detection import Files

MOST = 8
_LONGEST = 300
_STANDS_FOR = {
    "uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "tox.ini": "tox", "noxfile.py": "nox",
    ".pre-commit-config.yaml": "pre-commit", "package-lock.json": "npm", "yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm",
    "bun.lock": "bun", "deno.lock": "deno", "Cargo.toml": "cargo", "go.mod": "go", "Gemfile": "bundle", "pom.xml": "mvn",
    "CMakeLists.txt": "cmake", "meson.build": "meson", "Makefile": "make", "justfile": "just", "composer.json": "composer",
}  # fmt: skip
_PYTHON_TOOLS = "ruff|mypy|pyright|black|isort|flake8|pylint|tox|nox|pre-commit|hatch|coverage|towncrier"
_OTHER_TOOLS = (
    "uv|uvx|poetry|pdm|pipenv|flit|twine|sphinx-build|mkdocs|npm|npx|yarn|pnpm|bun|deno|tsc|eslint|prettier|cargo|go|just|make"
    "|cmake|ninja|meson|bazel|bundle|rake|mvn|gradle|docker|shellcheck|composer"
)
_REQUIRED = re.compile(rf"""["']({_PYTHON_TOOLS})(?=["'\[<>=~!; @])|^\[tool\.({_PYTHON_TOOLS})[.\]]""", re.MULTILINE)
_SET_UP_FOR_OTHERS = {"hatch", "coverage"}
"""Their [tool.…] table alone does not say that the command is used: a build backend or a plugin of pytest reads it too."""

_BEFORE = r"(?:^|&&|\|\|?|;|\b(?:run|exec|npx|uvx)\s)[ \t]*[@$-]*[ \t]*"
_COMMAND = re.compile(rf"{_BEFORE}({_PYTHON_TOOLS}|{_OTHER_TOOLS})(?=[ \t]+\S|[ \t]*$)")
_SPAN = re.compile(r"`([^`\n]+)`")
_WORDS = {"go", "make", "just", "black", "composer", "bundle", "coverage", "run"}
"""A code span of one of these alone need not be a command."""


def absent(root: Path, path: str | None) -> tuple[str, ...]:
    """Commands that the files in `root` name and that `path` (a PATH) does not have, at most `MOST`, in a stable order."""
    names = dict.fromkeys(_named(Files((root,))))
    return tuple(name for name in names if shutil.which(name, path=path) is None)[:MOST]


def _named(files: Files) -> Iterator[str]:
    there = set(files.names())
    yield from (tool for name, tool in _STANDS_FOR.items() if name in there)
    for match in _REQUIRED.finditer(files.text("pyproject.toml")):
        if match[1] or match[2] not in _SET_UP_FOR_OTHERS:
            yield match[1] or match[2]
    yield from _commands(line for line in files.text("Makefile").splitlines() if line.startswith("\t"))
    for name in ("AGENTS.md", "CLAUDE.md"):
        yield from _commands(_code(files.text(name)))


def _code(text: str) -> Iterator[str]:
    """The lines of fenced code, and code spans."""
    fence = ""
    for line in text.splitlines():
        mark = line.strip()[:3]
        if fence:
            if mark == fence:
                fence = ""
            else:
                yield line
        elif mark in ("```", "~~~"):
            fence = mark
        else:
            yield from (span for match in _SPAN.finditer(line) if (span := match[1].strip()) not in _WORDS)


def _commands(lines: Iterable[str]) -> Iterator[str]:
    return (match[1] for line in lines for match in _COMMAND.finditer(line.strip()[:_LONGEST]))
