"""A terminal that is gone, a process that was killed: the session goes on where it was."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pullwright.models.mock.script import Answer

from .conftest import Person, ran, wrote

AUTO = ("--approval", "full-auto")


def test_after_kill_9_the_session_goes_on_with_files_and_conversation(person: Person) -> None:
    terminal = person.sits(wrote("one.txt", "1\n"), ran("touch begun; sleep 600"), words=AUTO)
    person.says(terminal, "the first thing")
    terminal.wait(lambda _: (person.project / "begun").exists(), "the command runs")
    terminal.kill()
    again = person.sits(Answer(text="I go on: one.txt is there."), words=("resume", "--last", *AUTO))
    again.wait_past("the first thing", "one.txt", "cut off")
    person.sees(again, "resumed")
    person.says(again, "/continue")
    again.wait_for("I go on: one.txt is there.").wait_gone("working")
    told = person.server.requests[-1].body.decode()
    assert "the first thing" in told
    assert "Interrupted" in told
    assert person.read("one.txt") == "1\n"


def test_a_question_that_was_open_at_kill_9_is_put_again(person: Person) -> None:
    terminal = person.sits(Answer(text="I see."), ran("touch begun"))
    person.says(terminal, "the first thing")
    terminal.wait_for("I see.").wait_gone("working")
    person.says(terminal, "the second thing")
    terminal.wait_for("May this command run?", "▸ ").kill()
    again = person.sits(Answer(text="It is there."), words=("resume", "--last"))
    again.wait_for("cut off", "May this command run?", "▸ ")
    person.says(again, "/continue")
    again.wait_for("waiting for you", "May this command run?", "▸ ").press("y")
    again.wait_for("It is there.")
    assert (person.project / "begun").exists()


def test_a_closed_window_ends_everything_and_loses_nothing(person: Person) -> None:
    terminal = person.sits(ran("echo $$ > shell.pid; sleep 600"), words=AUTO)
    person.says(terminal, "wait for me")
    terminal.wait(lambda _: _whole(person.project / "shell.pid"), "the command runs")
    children = _below(terminal.pid)
    os.kill(terminal.pid, signal.SIGHUP)
    terminal.wait_exit()
    assert children
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    listed = person.shell("sessions", "list").stdout
    assert "wait for me" in listed


def _whole(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_below(int(child))]
    return found
