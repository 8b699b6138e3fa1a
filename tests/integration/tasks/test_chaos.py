"""A minute of the chaos bench: everything is killed, and what must hold does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).parents[3] / "bench/chaos.py"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_minute_of_chaos_loses_doubles_and_leaves_nothing() -> None:
    words = [sys.executable, str(CHAOS), "--seconds", "60", "--attempts", "15", "--every", "3"]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    blows = next(line for line in run.stdout.splitlines() if "blows" in line)
    assert int(blows.split("s, ")[1].split()[0]) >= 10, blows
