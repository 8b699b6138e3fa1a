"""Stopping: Ctrl-C, SIGTERM and `kill -9`; whatever happens, the work is kept and the session goes on."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pullwright.models.mock.script import Answer, Trouble

from .conftest import Server, Shell, ran, wrote

Playing = Callable[..., Server]
SLEEP = f"sleep 61.{os.getpid()}"
"""Another one in each worker, which looks for its own only."""


def sleeping() -> list[str]:
    """The processes of ours that sleep so long."""
    found = subprocess.run(["pgrep", "-af", SLEEP], capture_output=True, text=True).stdout.splitlines()
    return [line for line in found if line.endswith(SLEEP) and "bash" not in line]


def started(process: subprocess.Popen[str], kind: str = "tool_started", name: str = "exec") -> None:
    """Read events until a tool runs."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == kind and event.get("name", name) == name:
            break
    time.sleep(0.3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_the_turn_keeps_the_work_and_says_how_to_go_on(shell: Shell, playing: Playing, number: int) -> None:
    playing(wrote("kept.txt", "kept\n"), ran(SLEEP), Answer(text="Went on."))
    with shell.start("exec", "--no-verify", "--json", "work") as process:
        started(process)
        assert sleeping()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "pullwright sessions resume ses_" in err
    assert json.loads(out.splitlines()[-1])["outcome"]["type"] == "cancelled"
    assert not sleeping()
    assert "+kept" in shell("diff").stdout
    resumed = shell("sessions", "resume", "--last")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == "Went on.\n"


def test_a_model_that_says_nothing_can_be_interrupted(shell: Shell, playing: Playing) -> None:
    playing(Answer(text="x" * 500, trouble=Trouble(silent_after=100)))
    with shell.start("exec", "--json", "work") as process:
        started(process, "item_added")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130, err


def test_three_signals_in_a_row_leave_no_process_behind(shell: Shell, playing: Playing) -> None:
    playing(ran(SLEEP))
    with shell.start("exec", "--json", "work") as process:
        started(process)
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        process.communicate(timeout=30)
        assert process.returncode == 130
    for _ in range(50):
        if not sleeping():
            break
        time.sleep(0.1)
    assert not sleeping()


def test_kill_9_in_mid_step_then_resume(shell: Shell, playing: Playing) -> None:
    server = playing(wrote("kept.txt", "kept\n"), ran(f"echo half > half.txt; {SLEEP}"), Answer(text="Went on."))
    with shell.start("exec", "--no-verify", "--json", "work") as process:
        started(process)
        process.kill()
        process.communicate(timeout=30)
    assert "interrupted" in shell("sessions", "list").stdout
    resumed = shell("sessions", "resume", "--last")
    assert resumed.returncode == 0, resumed.stderr
    assert "interrupted" in server.requests[-1].body.decode()
    diff = shell("diff").stdout
    assert "+kept" in diff
    assert "half" not in diff
    assert not sleeping()


def test_a_session_that_somebody_works_on_is_left_alone(shell: Shell, playing: Playing) -> None:
    playing(ran(SLEEP))
    with shell.start("exec", "--json", "work") as process:
        started(process)
        assert "running" in shell("sessions", "list").stdout
        for words in (("sessions", "resume", "--last"), ("undo",), ("sessions", "delete", "-y", _newest(shell))):
            refused = shell(*words)
            assert refused.returncode == 1, words
            assert "another process" in refused.stderr
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _newest(shell: Shell) -> str:
    return str(json.loads(shell("sessions", "list", "--json").stdout)[0]["id"])


def test_ctrl_c_at_a_terminal(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    playing(ran(SLEEP))
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shell.project)
        os.execve(sys.executable, [sys.executable, "-m", "pullwright", "exec", "work"], {**shell.env, "TERM": "xterm"})
    seen = b""
    while b"thinking" not in seen and b"$" not in seen and not sleeping():
        seen += os.read(terminal, 4096)
    while not sleeping():
        time.sleep(0.05)
    os.write(terminal, b"\x03")
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130, seen.decode(errors="replace")
    assert b"\x1b[" in seen
    assert b"the work is kept" in seen
    assert b"Traceback" not in seen
    assert not sleeping()
