"""Which line of a setup script failed, by real interpreters."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pullwright.attempts.setup import script as setup_script
from pullwright.attempts.setup.script import Script, telling_lines
from pullwright.sandbox.sandbox import Finished

CASES = {
    "plain": ("true\n\nfalse\ntrue", 3),
    "in a function": ("f() {\n false\n}\nf\n", 2),
    "exit": ("true\nexit 3\n", 2),
    "exit in a function": ("f(){\n true\n exit 5\n}\nf\n", 3),
    "one exit of many": ("true || exit 1\ngrep x /not-there || exit 1\n", 2),
    "exit without a number": ("true\n(exit 4) || exit\n", 2),
    "in a subshell": ("true\n(\n true\n false\n)\n", 4),
    "a pipe": ("false | true\nset -o pipefail\nfalse | true\n", 3),
    "unset variable": ("set -euo pipefail\nx=1\necho $undefined\n", 3),
    "not found": ("if true; then\n  nosuchcommand --x\nfi\n", 2),
    "syntax": ("true\nif then\n", 2),
    "exec": ("true\nexec nosuch\n", 2),
    "its own exit trap": ("trap 'echo bye' EXIT\ntrue\nfalse", 3),
    "its own exit trap, and exit": ("trap 'echo bye' EXIT\ntrue\nexit 4", 3),
    "its own error trap": ('trap "" ERR\nset -u\nfalse\n', 3),
    "set +E": ("set +E\nf(){\nfalse\n}\nf\n", 3),
    "failures that it allows": ("set +e\nfalse\nset -e\nfalse || true\ntrue\nls /not-there\n", 6),
    "its last command": ("set +e\nfalse\ntrue\nfalse", 4),
    "odd settings": ("set -f -C -x\nIFS=,\n\ncat /not-there\n", 4),
    "another bash": ("true\nbash -c 'exit 7'\n", 2),
    "a file that it sources": ("true\nsource ./broken.sh\n", 2),
    "of bash by name": ("#!/usr/bin/env bash\ntrue\nfalse\n", 3),
    "windows": ("true\r\nfalse\r\n", 2),
    "python": ("#!/usr/bin/env python3\nx = 1\n1 / 0\n", 3),
    "sh, a missing program": ("#!/bin/sh\ntrue\nnosuch\n", 3),
    "sh, which does not say": ("#!/bin/sh -e\ntrue\nfalse\n", 0),
    "killed": ("true\nkill -9 $$\n", 0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_line_is_known(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, line = CASES[name]
    monkeypatch.setattr(setup_script, "AT", str(tmp_path / "script"))
    monkeypatch.setattr(setup_script, "TRAP_AT", str(setup_script.TRAP))
    (tmp_path / "broken.sh").write_text("true\nfalse\n")
    script, notes = Script.of(text), tmp_path / "notes"
    script.write(tmp_path / "script")
    command = script.command(str(notes), env={}, timeout=10, keep=tmp_path / "log")
    done = subprocess.run(command.argv, env={**os.environ, **command.env}, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode
    code = done.returncode if done.returncode > 0 else None
    finished = Finished(
        exit_code=code,
        signal="" if code else "SIGKILL",
        seconds=1,
        head=b"",
        tail=done.stdout + done.stderr,
        output_bytes=0,
        sha256="",
    )
    failure = script.failure(finished, notes.read_text() if notes.exists() else "")
    assert failure.line == line, failure
    assert (f"line {line} (" in failure.words) == bool(line)


def test_notes_that_the_script_forges_do_no_harm() -> None:
    finished = Finished(exit_code=1, signal="", seconds=1, head=b"", tail=b"", output_bytes=0, sha256="")
    for notes in ("failed\t1\t0\t/x:99999|\tfalse", "failed\tone\t\t\t", "\t\t\t\t\n" * 1000, "failed\t1\t0\t:::|\tx"):
        assert Script.of("false").failure(finished, notes).line == 0


def test_a_script_that_ends_well_is_as_if_nothing_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_script, "AT", str(tmp_path / "script"))
    monkeypatch.setattr(setup_script, "TRAP_AT", str(setup_script.TRAP))
    script = Script.of(
        'echo "$0" "${BASH_ENV-unset}" "${PULLWRIGHT_NOTES-unset}"; bash -c "set -o | grep -c errexit.*off"; exit 0'
    )
    script.write(tmp_path / "script")
    command = script.command(str(tmp_path / "notes"), env={}, timeout=10, keep=tmp_path / "log")
    done = subprocess.run(command.argv, env={**os.environ, **command.env}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path}/script unset unset\n1\n", "")


def test_what_a_failed_script_said_is_its_errors_or_its_last_lines() -> None:
    log = "Collecting x\nERROR: there is no x\n\nERROR: there is no x\n× pip stopped\nnote: not pip\n"
    assert telling_lines(log) == ["ERROR: there is no x"]
    assert telling_lines("one\ntwo\n\nthree\n", most=2) == ["two", "three"]
    assert telling_lines("") == []
