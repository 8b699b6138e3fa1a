"""The guard of the whole run: what was left is found and fails it, and what belongs to others is not."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from left_behind import VARIABLE, Guard, place_prefix

TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this run's other tests keep running (a database) is no part of what is looked at here."""
    monkeypatch.setenv(VARIABLE, os.urandom(4).hex())


@contextmanager
def sleeping(cwd: Path, *words: str) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", "import time; print(flush=True); time.sleep(300)", *words], cwd=cwd, stdout=-1
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def test_a_process_is_known_by_its_folder_and_its_words(tmp_path: Path) -> None:
    guard, base = Guard(), tmp_path / "pytest-1"
    for folder in (base / "deep", tmp_path / "pytest-10"):
        folder.mkdir(parents=True)
    place = f"/var/tmp/{place_prefix()}x"
    with sleeping(base / "deep") as one, sleeping(Path("/"), f"{base}/file") as two, sleeping(Path("/"), place) as three:
        left = guard.found(base, 0)
        assert {int(line.split()[1]) for line in left} == {one, two, three}
    with sleeping(tmp_path / "pytest-10"), sleeping(Path("/"), "/var/tmp/pullwright-test-another-x"):
        assert guard.found(base, 0) == []


def test_a_group_is_ours_when_it_is_new_and_nobody_holds_it(tmp_path: Path) -> None:
    (tmp_path / "pullwright-before").mkdir()
    guard = Guard([tmp_path])
    assert guard.found(tmp_path / "base", 0) == []
    for name in ("pullwright-dead", "pullwright-alive", "other"):
        (tmp_path / name).mkdir()
    alive = os.open(tmp_path / "pullwright-alive", os.O_RDONLY)
    try:
        fcntl.flock(alive, fcntl.LOCK_SH)
        assert guard.found(tmp_path / "base", 0) == [f"cgroup {tmp_path / 'pullwright-dead'}"]
    finally:
        os.close(alive)


LEAKY = """
import subprocess
def test_that_leaks(tmp_path):
    process = subprocess.Popen(["sleep", "30"], cwd=tmp_path, start_new_session=True)
    process.returncode = 0  # nobody notices
    print("leaked", process.pid, flush=True)
"""


@pytest.mark.parametrize("how", [(), ("-n", "1")], ids=["plain", "xdist"])
def test_a_run_that_leaves_a_process_fails_and_names_it(tmp_path: Path, how: tuple[str, ...]) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY)
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        "base",
        *how,
        "test_leaky.py",
    ]
    run = subprocess.run(
        argv, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(TESTS)}, check=False
    )
    assert "1 passed" in run.stdout, run.stdout + run.stderr
    assert run.returncode == 1
    told = run.stdout.partition("The run has left behind:")[2]
    assert "sleep 30" in told
    os.kill(int(told.split("process ")[1].split()[0]), 9)
