"""Folders of `pullwright sandbox`: the dead ones go, the living ones stay."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pullwright.cli.run.scratch import scratch

HELD = """
import sys, time
from pathlib import Path
from pullwright.cli.run.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "closed/in").mkdir(parents=True)
    (folder / "closed").chmod(0)
    print(folder, flush=True)
    time.sleep(300)
"""


def test_a_killed_ones_folder_goes_at_the_next_start_and_never_while_it_lives(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HELD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        left = Path(child.stdout.readline().strip())
        with scratch(tmp_path) as own:
            assert own.is_dir()
            assert left.is_dir(), "it lives"
        assert not own.exists()
        child.send_signal(signal.SIGKILL)
    assert left.is_dir(), "the control: nobody was left to remove it"
    with scratch(tmp_path) as own:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([own.name, "sandbox.lock"])


def test_a_launch_that_still_cleans_up_keeps_its_folder(tmp_path: Path) -> None:
    attempt = tmp_path / "sandbox-dying/attempt"
    attempt.mkdir(parents=True)
    launch = os.open(attempt, os.O_RDONLY)
    fcntl.flock(launch, fcntl.LOCK_EX)
    with scratch(tmp_path):
        assert attempt.is_dir()
    os.close(launch)
    with scratch(tmp_path):
        assert not attempt.exists()


def test_links_and_what_is_not_ours_stay(tmp_path: Path) -> None:
    other = tmp_path / "sessions"
    other.mkdir()
    (tmp_path / "sandbox-link").symlink_to(other)
    with pytest.raises(KeyError), scratch(tmp_path):
        raise KeyError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sandbox-link", "sandbox.lock", "sessions"]
