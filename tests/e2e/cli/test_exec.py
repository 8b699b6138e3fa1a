"""`pullwright exec` as a person runs it: the branch, the streams, the exit codes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pullwright.cli.demo.sample import make_sample
from pullwright.models.mock.script import Answer, Trouble
from pullwright.protocol.events import decode

from .conftest import Server, Shell, ran, wrote

Playing = Callable[..., Server]
DONE = Answer(text="Wrote hello.txt.")


def test_the_result_is_a_branch_and_the_working_tree_is_untouched(shell: Shell, playing: Playing) -> None:
    playing(wrote("hello.txt", "hello\n"), DONE)
    before = shell.git("status", "--porcelain"), shell.git("rev-parse", "HEAD")
    run = shell("exec", "--no-verify", "write a file")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "Wrote hello.txt.\n"
    assert "\x1b" not in run.stderr
    (branch,) = shell.git("branch", "--list", "pullwright/*", "--format=%(refname:short)").split()
    assert branch in run.stderr
    assert shell.git("show", f"{branch}:hello.txt") == "hello\n"
    assert (shell.git("status", "--porcelain"), shell.git("rev-parse", "HEAD")) == before
    assert not (shell.project / "hello.txt").exists()


def test_what_is_not_committed_is_taken_along_unless_told_otherwise(shell: Shell, playing: Playing) -> None:
    (shell.project / "draft.txt").write_text("mine")
    for flags, seen in (((), "mine"), (("--no-local",), "No such file")):
        server = playing(ran("cat draft.txt"), Answer(text="read"))
        assert shell("exec", "--mode", "ask", *flags, "what is in draft.txt?").returncode == 0
        assert seen in server.requests[-1].body.decode()


def test_apply_brings_the_change_here_and_undo_takes_it_out(shell: Shell, playing: Playing) -> None:
    playing(wrote("hello.txt", "hello\n"), DONE)
    run = shell("exec", "--no-verify", "--apply", "write a file")
    assert run.returncode == 0, run.stderr
    assert (shell.project / "hello.txt").read_text() == "hello\n"
    assert "applied" in run.stderr
    undone = shell("undo")
    assert undone.returncode == 0, undone.stderr
    assert not (shell.project / "hello.txt").exists()
    assert shell("diff").stdout == ""


def test_diff_and_apply_afterwards_and_a_persons_edits_are_never_lost(shell: Shell, playing: Playing) -> None:
    playing(wrote("README.md", "new\n"), DONE)
    shell("exec", "--no-verify", "rewrite the readme")
    assert "+new" in shell("diff").stdout
    assert "README.md" in shell("diff", "--stat").stdout
    (shell.project / "README.md").write_text("my own words\n")
    refused = shell("apply")
    assert refused.returncode == 2
    assert "README.md" in refused.stderr
    assert "fix:" in refused.stderr
    assert (shell.project / "README.md").read_text() == "my own words\n"
    shell.git("checkout", "README.md")
    assert shell("apply").stdout == "README.md\n"
    assert (shell.project / "README.md").read_text() == "new\n"


def test_ask_changes_nothing_and_makes_no_branch(shell: Shell, playing: Playing) -> None:
    playing(ran("echo x > sneaked.txt; cat tally/money.py"), Answer(text="In `tally/money.py:6`."))
    run = shell("exec", "--mode", "ask", "where is rounding?")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "In `tally/money.py:6`.\n"
    assert shell.git("branch", "--list", "pullwright/*") == ""


def test_json_is_the_event_stream_and_nothing_else(shell: Shell, playing: Playing) -> None:
    playing(wrote("hello.txt", "hello\n"), DONE)
    run = shell("exec", "--no-verify", "--json", "write a file")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "session_started"
    assert kinds[-1] == "turn_finished"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {"tool_started", "files_changed", "change_made", "model_called"} <= set(kinds)
    shown = shell("sessions", "show", "--json").stdout
    assert [decode(line.encode()) for line in shown.splitlines()] == [decode(line.encode()) for line in run.stdout.splitlines()]


def test_live_frames_only_when_asked_for(shell: Shell, playing: Playing) -> None:
    playing(ran("echo one; sleep 0.3; echo two"), Answer(text="ok"))
    run = shell("exec", "--mode", "ask", "--json-live", "run it")
    frames = [json.loads(line) for line in run.stdout.splitlines()]
    assert any("live" in frame for frame in frames)
    assert any(frame.get("live") == "output" for frame in frames)


def test_the_last_message_in_a_file_and_in_a_schema(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(
        '{"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"], "additionalProperties": false}'
    )
    server = playing(Answer(text='{"count": 2}'))
    run = shell("exec", "--mode", "ask", "--output-schema", str(schema), "-o", str(tmp_path / "last.json"), "count")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"count": 2}
    assert json.loads((tmp_path / "last.json").read_text()) == {"count": 2}
    assert "count" in json.dumps(server.requests[0].json.get("text"))


def test_context_and_images_reach_the_model(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    server = playing(Answer(text="seen"))
    run = shell("exec", "--mode", "ask", "-i", str(tmp_path / "shot.png"), "what is this?", stdin="piped context\n")
    assert run.returncode == 0, run.stderr
    body = server.requests[0].body.decode()
    assert "piped context" in body
    assert "data:image/png;base64," in body


def test_a_contradicted_change_is_exit_5(shell: Shell, playing: Playing) -> None:
    playing(wrote("tally/money.py", "def percent_off(*_): return 0\n\ndef text(_): return ''\n"), Answer(text="All tests pass."))
    run = shell("exec", "break it")
    assert run.returncode == 5, run.stderr
    assert "contradicted" in run.stderr


@pytest.mark.parametrize(
    ("flags", "answers", "code", "said"),
    [
        (("--budget", "1steps"), (ran("true"), ran("true"), Answer(text="late")), 4, "over budget"),
        (("--approval", "suggest"), (ran("touch x"), Answer(text="done")), 3, "--answer yes"),
        ((), (Trouble(status=401, body={"error": {"message": "bad key"}}),), 1, "failed"),
    ],
)
def test_outcomes_are_told_apart(
    shell: Shell, playing: Playing, flags: tuple[str, ...], answers: tuple[object, ...], code: int, said: str
) -> None:
    playing(*answers)
    run = shell("exec", "--no-verify", *flags, "do it")
    assert run.returncode == code, run.stderr
    assert said in run.stderr


def test_an_answer_goes_on_where_the_turn_stopped(shell: Shell, playing: Playing) -> None:
    playing(ran("touch allowed.txt"), Answer(text="Touched."))
    assert shell("exec", "--no-verify", "--approval", "suggest", "touch it").returncode == 3
    silent = shell("sessions", "resume", "--last")
    assert silent.returncode == 2
    assert "--answer" in silent.stderr
    run = shell("sessions", "resume", "--last", "--answer", "yes")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "Touched.\n"
    assert "allowed.txt" in shell("diff", "--stat").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("exec",), "there is no prompt"),
        (("exec", "--approval", "full-atuo", "x"), "Did you mean 'full-auto'?"),
        (("exec", "--budget", "2", "x"), "no unit"),
        (("exec", "--network", "127.0.0.1", "x"), "is an address"),
        (("exec", "--mode", "dance", "x"), "dance"),
        (("exec", "--nonsense"), "--nonsense"),
        (("exec", "-C", "/nowhere", "x"), "/nowhere"),
        (("exec", "x"), "no model is known"),
        (("exce",), "Did you mean 'exec'?"),
    ],
)
def test_mistakes_are_told_before_anything_happens(shell: Shell, words: tuple[str, ...], said: str) -> None:
    run = shell(*words)
    assert run.returncode == 2, run.stderr
    assert said in run.stderr
    assert run.stderr.startswith("error: ")
    assert "\nfix: " in run.stderr
    assert run.stdout == ""
    assert not (shell.home / ".local/state/pullwright/sessions").exists()


def test_outside_a_repository_the_fix_is_named(shell: Shell, tmp_path: Path) -> None:
    run = shell("exec", "x", cwd=shell.home)
    assert run.returncode == 2
    assert "git init" in run.stderr


def test_a_key_is_in_no_file_and_no_output(shell: Shell, playing: Playing) -> None:
    key = "sk-planted-0123456789abcdef"
    (shell.project / "notes.txt").write_text(f"the key is {key}\n")
    server = playing(ran("env; cat /proc/*/environ; cat notes.txt"), Answer(text="looked"))
    run = shell("exec", "--mode", "ask", "--json", "leak", PULLWRIGHT_API_KEY=key)
    assert run.returncode == 0, run.stderr
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"
    assert key not in run.stdout + run.stderr
    assert all(key not in request.body.decode() for request in server.requests)
    assert "the key is" in server.requests[-1].body.decode()
    found = subprocess.run(["grep", "-rl", key, str(shell.home / ".local")], capture_output=True, text=True).stdout.split()
    # The snapshot itself holds the person's file as it is; logs, artifacts and records do not.
    assert not [path for path in found if "/attempt/layers/" not in path]


def test_a_reader_that_leaves_ends_the_turn_without_a_traceback(shell: Shell, playing: Playing) -> None:
    playing(ran("sleep 1"), ran("sleep 60"), Answer(text="late"))
    with shell.start("exec", "--mode", "ask", "--json", "x") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 141
        assert "Traceback" not in process.stderr.read()


def test_a_price_table_of_ones_own_gives_the_cost_and_holds_the_budget(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("[models]\nscripted = { input = 1000.0, output = 1000.0 }\n")
    playing(ran("true"), ran("true"), Answer(text="late"))
    run = shell("exec", "--mode", "ask", "--budget", "1usd", "x", PULLWRIGHT_PRICES=str(prices))
    assert run.returncode == 4, run.stderr
    assert "cost" in run.stderr
    assert "$" in run.stderr
    assert "of $1.00" in run.stderr


def test_a_change_inside_a_submodule_is_not_lost_in_silence(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    library = make_sample(tmp_path / "library")
    shell.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    shell.git("-c", "user.name=P", "-c", "user.email=p@localhost", "commit", "-qm", "library")
    playing(ran("echo x > lib/inside; echo x > outside"), DONE)
    done = shell("exec", "--no-verify", "work")
    assert done.returncode == 0, done.stderr
    assert "outside" in shell("diff", "--stat").stdout
    assert "warning: lib" in done.stderr


def test_our_own_folders_inside_a_project_are_not_taken_along(shell: Shell, playing: Callable[..., Server]) -> None:
    inside = str(shell.project / "kept/pullwright")
    for _ in range(2):
        server = playing(ran("ls kept/pullwright; echo; git ls-files"), Answer(text="Looked."))
        run = shell("exec", "--no-verify", "look", PULLWRIGHT_HOME=inside)
        assert run.returncode == 0, run.stderr
        assert shell.git("status", "--short") == ""
    (output,) = [item["output"] for item in server.requests[-1].json["input"] if item["type"] == "function_call_output"]
    assert "state" not in output, "the sessions before this one are no part of the snapshot"
