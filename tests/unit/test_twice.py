"""What fails is tried once more, alone; red is what fails twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TWICE = Path(__file__).parents[1] / "twice.py"
FLAKY = """
import pathlib, pytest
@pytest.mark.xdist_group("web")
@pytest.mark.parametrize("name", ["a@b"])
def test_flaky(name):
    seen = pathlib.Path("seen")
    if not seen.exists():
        seen.touch()
        assert not "the first time"
def test_good():
    with open("count", "a") as file:
        file.write("x")
"""
RED = "def test_red():\n    assert not 'ever'\n"
MANY = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_many(n):\n    assert not 'ever'\n"


def run(folder: Path, **files: str) -> tuple[int, str]:
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    words = [sys.executable, str(TWICE), "-p", "xdist", "--", ".", "-n", "1", "--dist", "loadgroup"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


def test_what_failed_once_is_green_and_told(tmp_path: Path) -> None:
    code, said = run(tmp_path, flaky=FLAKY)
    assert code == 0
    assert said.rstrip().endswith("Look into it:\ntest_flaky.py::test_flaky[a@b]")
    assert (tmp_path / "count").read_text() == "x", "what passed is not run again"


def test_what_fails_twice_is_red(tmp_path: Path) -> None:
    code, said = run(tmp_path, flaky=FLAKY, red=RED)
    assert code == 1
    assert "once more" in said
    assert "FLAKY" not in said


@pytest.mark.parametrize("text", [MANY, "import nothing_of_that_name\n"])
def test_what_is_broken_is_not_tried_again(tmp_path: Path, text: str) -> None:
    code, said = run(tmp_path, broken=text)
    assert code != 0
    assert "once more" not in said
