"""Every end is a message, a fix and an exit code; nobody is shown a traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import click
import pytest

from pullwright.cli.failures import report
from pullwright.cli.run.exits import exit_code
from pullwright.protocol.errors import (
    Bug,
    FixMachine,
    FixRepository,
    FixSettings,
    MissingCredential,
    ModelBusy,
    NoIsolation,
    SandboxLost,
)
from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput, Outcome, OverBudget, Succeeded


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FixSettings("wrong", fix="mend"), 2),
        (MissingCredential("wrong", fix="mend"), 2),
        (FixRepository("wrong", fix="mend"), 2),
        (NoIsolation("wrong", fix="mend"), 1),
        (FixMachine("wrong", fix="mend"), 1),
        (ModelBusy("wrong", fix="mend"), 1),
        (SandboxLost("wrong", fix="mend"), 1),
        (Bug("wrong", fix="mend"), 1),
        (ExceptionGroup("tasks", [ExceptionGroup("inner", [FixSettings("wrong", fix="mend")])]), 2),
    ],
)
def test_an_error_on_purpose_is_two_lines(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error) == code
    assert capsys.readouterr() == ("", "error: wrong\nfix: mend\n")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (BrokenPipeError(), 141), (SystemExit(7), 7)]
)
def test_what_is_no_error_is_no_crash(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error) == code
    assert "error" not in capsys.readouterr().err


def test_a_full_disk_and_a_home_that_is_not_there_are_no_bugs(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULLWRIGHT_HOME", "/proc/1/nobody/pullwright")
    for error in (
        OSError(errno.ENOSPC, "No space left on device"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/proc/1/nobody"),
        PermissionError(errno.EACCES, "Permission denied", "/proc/1/nobody/pullwright/state/sessions"),
    ):
        assert report(error) == 1
        told = capsys.readouterr().err
        assert "bug" not in told
        assert "PULLWRIGHT_HOME" in told
    assert report(FileNotFoundError(errno.ENOENT, "No such file or directory", "/usr/share/ours")) == 1
    assert "bug" in capsys.readouterr().err  # not where we keep things: nothing that a person could mend


def test_a_bug_is_kept_in_a_private_file_and_told_in_short(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ZeroDivisionError("\x1b[31mdivision by zero")

    with pytest.raises(ZeroDivisionError) as caught:
        broken()
    assert report(caught.value) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "\x1b" not in told
    assert "ZeroDivisionError" in told
    (kept,) = (own_home / "pullwright/state/crashes").iterdir()
    assert str(kept) in told
    assert "in broken" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_two_errors_at_once_are_a_bug_with_both_in_the_file(own_home: Path) -> None:
    assert report(ExceptionGroup("both", [FixSettings("one"), ValueError("two")])) == 1
    (kept,) = (own_home / "pullwright/state/crashes").iterdir()
    assert "one" in kept.read_text()
    assert "two" in kept.read_text()


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Succeeded(why=""), 0),
        (Succeeded(why="", verdict="not-verified"), 0),
        (Succeeded(why="", verdict="contradicted"), 5),
        (Failed(why=""), 1),
        (NeedsInput(why="", question="q", asks="?"), 3),
        (OverBudget(why="", ceiling="usd"), 4),
        (Cancelled(why=""), 130),
    ],
)
def test_each_outcome_has_its_exit_code(outcome: Outcome, code: int) -> None:
    assert exit_code(outcome) == code
