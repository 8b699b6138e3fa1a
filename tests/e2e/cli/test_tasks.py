"""Tasks from the command line on the local service: real processes, sandbox and git, a scripted model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from playing import Server, Shell
from pullwright.cli.tasks.socket import peer_of
from pullwright.models.mock.script import Answer, Reply, SaidCall
from server_world import World

FIX = "sed -i 's/quantity > BULK_FROM/quantity >= BULK_FROM/' tally/basket.py"


def socket_of(shell: Shell) -> Path:
    return shell.home / "p/state/service/server.sock"


@pytest.fixture
def service(
    shell: Shell, playing: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Start the model; in the end the local service is told to stop, and has stopped."""
    shell.home = tmp_path_factory.mktemp("h")
    shell.env |= {"HOME": str(shell.home), "PULLWRIGHT_HOME": str(shell.home / "p"), "PULLWRIGHT_SERVER_DRAIN": "3"}

    def start(play: Callable[[Mapping[str, Any]], Reply]) -> Server:
        server = playing(script=play)
        shell.env |= {"PULLWRIGHT_MODELS_DEEP_MODEL": "scripted", "PULLWRIGHT_MODELS_FAST_MODEL": "scripted"}
        return server

    yield start
    if pid := peer_of(socket_of(shell)):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while peer_of(socket_of(shell)) or Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline, "the local service does not end"
            time.sleep(0.05)


def rests(request: Mapping[str, Any]) -> bool:
    return request["input"][-1].get("type") == "function_call_output"


def fixing(request: Mapping[str, Any]) -> Reply:
    """Fix the bug; when it is sent back, add a line as well."""
    if rests(request):
        return Answer(text="Give the discount from ten pieces on.\n\nIt began at eleven.")
    again = "sends it back" in str(request["input"][-1])
    return Answer(calls=(SaidCall("exec", {"command": "echo '# ten' >> tally/basket.py" if again else FIX}),))


def test_from_a_sentence_to_the_merge(shell: Shell, service: Callable[..., Server]) -> None:
    service(fixing)
    ran = shell("task", "run", "--watch", "the discount for ten pieces is missing")
    assert ran.returncode == 0, ran.stderr
    task = ran.stdout.splitlines()[0]
    assert "verified: 1 test went from red to green" in ran.stderr
    assert f"pullwright task approve {task}" in ran.stderr
    (line,) = msgspec.json.decode(shell("task", "list", "--json", "--state", "review").stdout)
    assert (line["id"], line["project"], line["verdict"]) == (task, "tally", "verified")
    assert "quantity >= BULK_FROM" in shell("task", "diff").stdout
    assert shell("task", "comment", "tally/basket.py:31", "say why").returncode == 0
    assert shell("task", "send-back", "Nearly.").returncode == 0
    assert shell("task", "watch", task[-6:]).returncode == 0
    events = [msgspec.json.decode(line) for line in shell("task", "logs", "--json").stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert any("say why" in str(event) for event in events if event["type"] == "input_received")

    (shell.project / "tally/basket.py").write_text("mine\n")
    for refused in (shell("task", "apply"), shell("task", "approve")):
        assert refused.returncode in (1, 2)
        assert "stash" in refused.stderr
    assert (shell.project / "tally/basket.py").read_text() == "mine\n"
    shell.git("checkout", "-q", ".")
    assert shell("task", "approve").returncode == 0
    assert "# ten" in (shell.project / "tally/basket.py").read_text()
    assert shell.git("status", "--short") == ""
    assert "merged" in shell("task", "show").stdout


def test_a_question_is_answered_and_a_watcher_that_leaves_leaves_the_task(shell: Shell, service: Callable[..., Server]) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request) or "later" in str(request["input"][-1]):
            return Answer(text="Took plus.", delay=0.0)
        if "hold" in str(request["input"][-1]):
            return Answer(calls=(SaidCall("exec", {"command": "sleep 60"}),))
        return Answer(calls=(SaidCall("ask_user", {"question": "Plus or minus?"}),))

    service(play)
    shell.env["PULLWRIGHT_SERVER_PATIENCE"] = "1"
    both = [shell.start("task", "list") for _ in range(3)]
    for one in both:
        one.communicate(timeout=60)
    assert [one.returncode for one in both] == [0, 0, 0]
    log = (shell.home / "p/state/service/server.log").read_text()
    assert log.count("already answers") == 0
    first = peer_of(socket_of(shell))

    asked = shell("task", "run", "--wait", "which?")
    assert asked.returncode == 3, asked.stderr
    assert "Plus or minus?" in shell("task", "show").stdout
    assert shell("task", "answer", "plus").returncode == 0
    assert shell("task", "watch").returncode == 0
    assert shell("task", "answer", "minus").returncode == 2

    watching = shell.start("task", "run", "--watch", "hold on")
    assert watching.stderr is not None
    while "hold on" not in (said := watching.stderr.readline()):
        assert said
    watching.send_signal(signal.SIGINT)
    _, rest = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert "Come back: pullwright task watch task_" in rest
    assert msgspec.json.decode(shell("task", "show", "--json").stdout)["state"] in ("running", "queued")
    assert shell("task", "cancel", "--reason", "enough").returncode == 0
    assert shell("task", "watch").returncode == 130
    assert peer_of(socket_of(shell)) == first


def test_permissions_of_a_running_task_are_shown_and_answered(shell: Shell, service: Callable[..., Server]) -> None:
    def play(request: Mapping[str, Any]) -> Reply:
        done = [item for item in request["input"] if item.get("type") == "function_call_output"]
        if len(done) == 3:
            return Answer(text=f"Noted. {done[-1]['output']}")
        return Answer(calls=(SaidCall("write", {"path": f"note-{len(done)}.txt", "content": "noted\n"}),))

    service(play)
    shell.env["PULLWRIGHT_SERVER_PATIENCE"] = "300"
    assert shell("task", "run", "--approval", "yolo", "x").returncode == 2
    task = shell("task", "run", "--approval", "suggest", "note it").stdout.strip()
    _until(shell, "running, asks")
    shown = shell("task", "show", task).stdout
    for words in ("code, suggest", "+noted", "always    edits of `note-0.txt`, for this session"):
        assert words in shown
    assert shell("task", "answer", "yes").returncode == 0
    _until(shell, "note-1.txt", "show")
    assert shell("task", "answer", task, "y").returncode == 0
    _until(shell, "note-2.txt", "show")
    assert shell("task", "answer", task, "not a third one").returncode == 0
    assert shell("task", "watch", task).returncode == 0
    assert "not a third one" in shell("task", "logs", task).stdout
    diff = shell("task", "diff", task).stdout
    assert ["note-0" in diff, "note-1" in diff, "note-2" in diff] == [True, True, False]


def _until(shell: Shell, words: str, verb: str = "list") -> None:
    """Wait until `pullwright task list` (or `show`) says so."""
    deadline = time.monotonic() + 120
    while words not in (said := shell("task", verb).stdout):
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


def test_many_from_a_file_are_dispatched_once(shell: Shell, service: Callable[..., Server], tmp_path: Path) -> None:
    service(lambda _: Answer(text="It is so: tally/basket.py:1."))
    path = tmp_path / "todo.txt"
    path.write_text('# questions\nwhat?\n{"prompt": "why?", "priority": 2}\n')
    first = shell("task", "run", "--mode", "ask", "--from", str(path), "--key", "monday", "--wait")
    assert first.returncode == 0, first.stderr
    again = shell("task", "run", "--mode", "ask", "--from", str(path), "--key", "monday")
    assert again.stdout == first.stdout
    assert len(first.stdout.split()) == 2
    assert "It is so" in shell("task", "show").stdout
    assert shell("project", "settings", "--set", "slots=2").returncode == 0
    assert msgspec.json.decode(shell("project", "show").stdout)["settings"] == {"slots": 2}
    wrong = shell("task", "run", "--template", "reform", "x")
    assert (wrong.returncode, "bug-triage" in wrong.stderr) == (2, True)


def test_a_session_goes_over_to_the_service_and_comes_back(shell: Shell, service: Callable[..., Server]) -> None:
    """Its log, outputs and files are the same on both sides; what both sides did is never overwritten."""

    def play(request: Mapping[str, Any]) -> Reply:
        if rests(request):
            return Answer(text="Did it.")
        said = next(str(item) for item in reversed(request["input"]) if item.get("role") == "user")
        word = next(word for word in ("third", "second", "first") if word in said)
        return Answer(calls=(SaidCall("exec", {"command": f"cat notes.txt; echo {word} >> notes.txt"}),))

    service(play)
    assert shell("exec", "--quiet", "--no-verify", "the first").returncode == 0
    session = msgspec.json.decode(shell("sessions", "list", "--json").stdout)[0]["id"]
    pushed = shell("task", "push", session, "the second")
    assert pushed.returncode == 0, pushed.stderr
    task = pushed.stdout.strip()
    watched = shell("task", "watch", task)
    assert watched.returncode == 0, watched.stderr
    assert "+first\n+second\n" in shell("task", "diff", task).stdout
    events = [msgspec.json.decode(line) for line in shell("task", "logs", task, "--json").stdout.splitlines()]
    assert any("not run by this service" in event.get("text", "") for event in events)

    pulled = shell("task", "pull", task)
    assert (pulled.returncode, pulled.stdout.strip()) == (0, session), pulled.stderr
    resumed = shell("sessions", "resume", session, "the third", "--no-verify")
    assert resumed.returncode == 0, resumed.stderr
    assert "+first\n+second\n+third\n" in shell("diff", session).stdout
    pushed = shell("task", "push", session)
    assert pushed.returncode == 0, pushed.stderr
    assert "+third" in shell("task", "diff", task).stdout
    assert shell("task", "steer", task, "the first again").returncode == 0
    assert shell("task", "watch", task).returncode == 0
    assert shell("sessions", "resume", session, "the second again", "--no-verify").returncode == 0
    again = shell("task", "push", session)
    assert again.returncode == 1
    assert "gone on here" in again.stderr


@pytest.mark.slow
def test_a_service_of_another_version_is_started_anew(shell: Shell, service: Callable[..., Server]) -> None:
    service(lambda _: Answer(text="So."))
    assert shell("task", "list").returncode == 0
    first = peer_of(socket_of(shell))
    code = "import pullwright; pullwright.__version__ = '99'; from pullwright.cli import main; main()"
    newer = subprocess.run(
        [sys.executable, "-c", code, "project", "list"],
        env=shell.env,
        cwd=shell.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert newer.returncode == 0, newer.stderr
    assert "started anew" in newer.stderr
    second = peer_of(socket_of(shell))
    assert second not in (0, first)
    assert f"process {second}" in shell("task", "service").stdout
    assert shell("config", "set", "server.slots", "2").returncode == 0
    again = shell("project", "list")
    assert "other settings" in again.stderr
    assert peer_of(socket_of(shell)) not in (0, second)
    assert shell("task", "service", "--stop").returncode == 0
    assert peer_of(socket_of(shell)) == 0


def test_a_server_is_used_with_a_key_that_it_knows(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    with World.open(tmp_path_factory.mktemp("w")) as world:
        world.settle()
        shell.env["PULLWRIGHT_SERVER_URL"] = world.url
        refused = shell("task", "list")
        assert (refused.returncode, f"pullwright login --server {world.url}" in refused.stderr) == (2, True)
        assert shell("login", "--server", world.url, stdin="pw_wrong\n").returncode == 2
        kept = shell("login", "--server", world.url, stdin=f"{world.keys['dispatch']}\n")
        assert (kept.returncode, "pat's key" in kept.stderr) == (0, True), kept.stderr
        assert "tally" in shell("project", "list").stdout
        nowhere = shell("task", "run", "x")
        assert (nowhere.returncode, "--project" in nowhere.stderr) == (2, True)
        ran = shell("task", "run", "--project", "tally", "--model", "fast", "x")
        assert ran.returncode == 0, ran.stderr
        assert "queued" in shell("task", "show").stdout
        refused = shell("project", "settings", "tally", "--set", "slots=1")
        assert (refused.returncode, "error: " in refused.stderr) == (1, True)
        assert shell("task", "cancel").returncode == 0
