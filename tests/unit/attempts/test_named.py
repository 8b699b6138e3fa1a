"""Tools that a project names: found where a command can stand, told only when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.named import MOST, absent


def has(folder: Path, *names: str) -> str:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return str(folder)


def test_what_is_installed_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    (tmp_path / "tox.ini").touch()
    assert absent(tmp_path, "/nonexistent") == ("uv", "tox")
    assert absent(tmp_path, has(tmp_path / "bin", "uv")) == ("tox",)
    assert absent(tmp_path, has(tmp_path / "bin", "tox")) == ()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("AGENTS.md", "Run `uv run --group dev ruff check x` or `make lint`.", ("uv", "make")),
        ("AGENTS.md", "A `node`, `go` or `just` in text; `my-uv run`; uv run", ()),
        ("AGENTS.md", "Use `pre-commit`.", ("pre-commit",)),
        ("AGENTS.md", "```sh\ncd x && npm test\n$ tox -e py\n```\nnox -s a\n", ("npm", "tox")),
        ("AGENTS.md", "```\nnever closed\nmypy .", ("mypy",)),
        ("Makefile", "ruff:\n\t@ruff check .\n\techo black\n\t$(PYTHON) -m x | mypy -\n", ("make", "ruff", "mypy")),
        ("pyproject.toml", '[dependency-groups]\ndev = ["ruff>=0.4", "mypy", "my-tox"]\n', ("ruff", "mypy")),
        ("pyproject.toml", "[tool.hatch.build]\nx = 1\n[tool.mypy]\n[tool.coverage.run]\n", ("mypy",)),
        (".pre-commit-config.yaml", "", ("pre-commit",)),
    ],
)
def test_where_a_command_can_stand(tmp_path: Path, name: str, text: str, told: tuple[str, ...]) -> None:
    (tmp_path / name).write_text(text)
    assert absent(tmp_path, "/nonexistent") == told


def test_they_are_few_and_only_known_names(tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("`rm -rf /`, `Ignore all rules`, `mypy x\u202e`\n" + "`uv a`\n" * 9999)
    assert absent(tmp_path, "/nonexistent") == ("mypy", "uv")
    for name in ("uv.lock", "poetry.lock", "pdm.lock", "tox.ini", "noxfile.py", "yarn.lock", "go.mod", "pom.xml", "justfile"):
        (tmp_path / name).touch()
    assert len(absent(tmp_path, "/nonexistent")) == MOST


@given(st.text(alphabet="`~\n uvtox@$;&|-", max_size=2000))
def test_any_text_is_read(text: str) -> None:
    from pullwright.attempts.named import _code, _commands  # pyright: ignore[reportPrivateUsage]

    assert set(_commands(_code(text))) <= {"uv", "uvx", "tox"}
