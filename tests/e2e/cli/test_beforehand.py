"""What cannot work is refused before a model is asked, with the fix; strange shells break nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.mock.script import Answer, Trouble

from .conftest import Server, Shell, wrote

Playing = Callable[..., Server]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--ref", "nonsense"), "nonsense"),
        (("--ref", "--upload-pack=x"), "names no commit"),
        (("--branch", "bad name"), "bad name"),
        (("--branch", "a..b"), "a..b"),
        (("--branch", "topic"), "already there"),
        (("--output", "/"), "folder"),
        (("--output", "not/there/x"), "not/there"),
        (("two", "words"), "quotes"),
    ],
)
def test_what_would_fail_at_the_end_is_refused_at_the_start(
    shell: Shell, playing: Playing, words: tuple[str, ...], named: str
) -> None:
    server = playing(wrote("x", "y"), Answer(text="done"))
    shell.git("branch", "topic")
    refused = shell("exec", "--no-verify", *words, "work")
    assert refused.returncode == 2, refused.stderr
    assert named in refused.stderr
    assert "fix:" in refused.stderr
    assert not server.requests


def test_a_repository_without_commits_or_files_is_refused(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    server = playing(Answer(text="done"))
    for name, flags in (("empty", ()), ("bare", ("--bare",))):
        subprocess.run(["git", "init", "-q", *flags, str(tmp_path / name)], check=True)
        refused = shell("exec", "work", cwd=tmp_path / name)
        assert refused.returncode == 2
        assert ("bare repository" if name == "bare" else "no commits") in refused.stderr
        assert "fix:" in refused.stderr
    assert not server.requests


def test_a_prompt_that_no_window_holds_is_refused_and_not_shortened(shell: Shell, playing: Playing) -> None:
    server = playing(Answer(text="done"))
    refused = shell("exec", "--no-verify", "-", stdin="x" * 500_000)
    assert refused.returncode == 2
    assert "fix:" in refused.stderr
    assert not server.requests


def test_a_quiet_failure_still_says_why(shell: Shell, playing: Playing) -> None:
    playing(Trouble(status=401, body={"error": {"message": "wrong key"}}))
    failed = shell("exec", "-q", "work")
    assert failed.returncode == 1
    assert "wrong key" in failed.stderr
    assert "fix" in failed.stderr
    assert "cost" not in failed.stderr


def test_the_only_model_of_a_server_is_used_and_named(shell: Shell, playing: Playing) -> None:
    playing(Answer(text="done"))
    del shell.env["PULLWRIGHT_MODEL"]
    done = shell("exec", "--no-verify", "work")
    assert done.returncode == 0, done.stderr
    assert "scripted only" in done.stderr


def test_arguments_in_no_known_encoding_and_closed_streams(shell: Shell, playing: Playing) -> None:

    def answer(request: Mapping[str, Any]) -> Answer:
        return Answer(text="done" if "l\\ufffdn" in json.dumps(request) else "other")

    playing(script=answer)
    words: list[str | bytes] = [sys.executable, "-m", "pullwright", "exec", "--no-verify", b"l\xffn"]
    run = subprocess.run(words, cwd=shell.project, env=shell.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    assert (run.returncode, run.stdout) == (0, b"done\n"), run.stderr

    closed = f"{sys.executable} -m pullwright exec --no-verify work"
    for streams in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        run = subprocess.run(
            ["sh", "-c", f"{closed} {streams}"], cwd=shell.project, env=shell.env, capture_output=True, timeout=60
        )
        assert run.returncode == 0, (streams, run.stderr)
        assert b"Traceback" not in run.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_told(shell: Shell, playing: Playing) -> None:
    playing(Answer(text="done"), Answer(text="done"))
    for words in (("-q",), ("--json",)):
        command = f"{sys.executable} -m pullwright exec --no-verify {' '.join(words)} work > /dev/full"
        run = subprocess.run(["sh", "-c", command], cwd=shell.project, env=shell.env, capture_output=True, text=True, timeout=60)
        assert run.returncode != 0
        assert "No space left" in run.stderr or "disk is full" in run.stderr
        assert "bug" not in run.stderr


def test_the_bare_program_needs_a_terminal_and_says_what_does_not(shell: Shell) -> None:
    shown = shell()
    assert shown.returncode == 2
    assert "this needs a terminal" in shown.stderr
    assert "pullwright exec" in shown.stderr


def test_a_change_that_cannot_be_applied_is_still_shown_with_its_branch(shell: Shell, playing: Playing) -> None:
    readme = shell.project / "README.md"

    def answer(request: Mapping[str, Any]) -> Answer:
        if "function_call_output" in json.dumps(request):
            readme.write_text("the person's own\n")
            return Answer(text="rewritten")
        return wrote("README.md", "new\n")

    playing(script=answer)
    refused = shell("exec", "--no-verify", "--apply", "rewrite the readme")
    assert refused.returncode == 2
    assert refused.stdout == "rewritten\n"
    assert "branch" in refused.stderr
    assert "not applied" in refused.stderr
    assert readme.read_text() == "the person's own\n"
    shell.git("checkout", "README.md")
    assert shell("apply").returncode == 0
    assert readme.read_text() == "new\n"
