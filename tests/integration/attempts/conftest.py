"""The sample project, and one with a pytest of its own; what was sent to the model is held to the rule of the prefix."""

from __future__ import annotations

import shutil
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from sample import Sample  # pyright: ignore

from prefixes import assert_announced

PYTEST = {
    ".gitignore": ".venv/\n",
    "pyproject.toml": "[project]\nname = 'calc'\nversion = '1'\n\n[tool.pytest.ini_options]\naddopts = '-p no:cacheprovider'\n",
    "calc.py": "def add(a, b):\n    return a - b\n",
    "tests/test_calc.py": (
        "from calc import add\n\n\ndef test_adds():\n    assert add(2, 3) == 5\n\n\n"
        "def test_nothing():\n    assert add(0, 0) == 0\n"
    ),
}


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    sample = Sample(tmp_path)
    yield sample
    assert_announced(sample.requests, tmp_path.rglob("log.jsonl"))


@pytest.fixture
def pytested(tmp_path: Path) -> Sample:
    """A project whose `.venv` holds a pytest of its own."""
    sample = Sample(tmp_path, PYTEST)
    venv.create(sample.project / ".venv", symlinks=True, with_pip=False)
    (site,) = (sample.project / ".venv/lib").glob("python3*/site-packages")
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in metadata.files(name) or ():
            if file.suffix != ".pyc" and ".." not in file.parts:
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    return sample
