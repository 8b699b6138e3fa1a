"""`make demo` shows what it claims, and fails when it cannot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pullwright.cli.demo.sample import SAMPLE
from pullwright.cli.demo.stage import REAL
from pullwright.models.mock.script import Answer

from .conftest import Server, Shell, ran


def demo(shell: Shell, *flags: str, **env: str) -> subprocess.CompletedProcess[str]:
    return shell("demo", *flags, cwd=shell.home, TMPDIR=str(shell.home), **env)


def test_four_tasks_end_in_four_proved_pull_requests_one_mended_and_one_merged(shell: Shell) -> None:
    run = demo(shell)
    assert run.returncode == 0, run.stdout + run.stderr
    for part in (
        "SCRIPTED MODEL",
        "#4  pullwright/",
        "red    before: the base with the change's tests",
        "red to green: tests/test_money.py::Money::test_the_error_names_the_percentage",
        'tally/money.py:9: "Say in the message which percentage it was."',
        '+        raise ValueError(f"{percent} is not a percentage")',
        "Give the bulk discount from ten pieces on (#",
    ):
        assert part in run.stdout
    assert run.stdout.count("  verified  ") == 4
    assert not list(shell.home.glob("pullwright-demo-*"))
    assert not (shell.home / ".local").exists()


def test_the_demo_goes_the_whole_way_and_leaves_nothing_behind(shell: Shell) -> None:
    run = demo(shell, "--turn")
    assert run.returncode == 0, run.stdout + run.stderr
    for part in (
        "SCRIPTED MODEL",
        "red    before: the base with its own tests",
        "red    before: the base with the change's tests",
        "green  after: the change with the base's tests",
        "green  after: the change as it is",
        "verified:",
        "+    if quantity >= BULK_FROM:",
        "branch    pullwright/",
        "cost      ",
        "time      ",
    ):
        assert part in run.stdout
    assert not list(shell.home.glob("pullwright-demo-*"))
    assert not (shell.home / ".local").exists()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("tally/basket.py", "BULK_PERCENT = 10", "BULK_PERCENT = 15"),
        ("tally/basket.py", "quantity > BULK_FROM", "quantity >= BULK_FROM"),
        ("tally/money.py", "+ 50) // 100", ") // 100"),
    ],
)
def test_another_bug_makes_the_demo_fail(shell: Shell, tmp_path: Path, path: str, old: str, new: str) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample, ignore=shutil.ignore_patterns("__pycache__"))
    text = (sample / path).read_text()
    assert old in text
    (sample / path).write_text(text.replace(old, new))
    if path.endswith("basket.py") and ">=" not in new:
        fixed = (sample / path).read_text().replace("quantity > BULK_FROM", "quantity >= BULK_FROM")
        (sample / path).write_text(fixed)
    run = demo(shell, "--sample", str(sample))
    assert run.returncode != 0
    assert "The demo FAILED" in run.stdout


def test_a_second_bug_beside_the_known_one_makes_it_fail_too(shell: Shell, tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample, ignore=shutil.ignore_patterns("__pycache__"))
    path = sample / "tally/money.py"
    path.write_text(path.read_text().replace("+ 50) // 100", ") // 100"))
    run = demo(shell, "--sample", str(sample))
    assert run.returncode != 0
    assert "The demo FAILED" in run.stdout


def test_with_a_models_address_that_model_is_asked_and_nothing_is_scripted(shell: Shell, server: Server) -> None:
    server.start((ran("ls"), Answer(text="I gave up.")))
    run = demo(shell, "--turn", PULLWRIGHT_BASE_URL=server.url, PULLWRIGHT_MODEL="mine", PULLWRIGHT_WIRE="responses")
    assert "Using custom/mine; nothing is scripted. Budget: $1.00" in run.stdout
    assert len(server.requests) == 2
    assert run.returncode != 0
    assert "The demo FAILED" in run.stdout


def test_the_variables_that_mean_a_real_model() -> None:
    assert {"OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "PULLWRIGHT_BASE_URL"} <= set(REAL)
