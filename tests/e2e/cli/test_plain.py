"""`pullwright --plain`: a whole session typed into a pipe, against a model over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from playing import Server, Shell, ran
from pullwright.models.mock.script import Answer, SaidCall

from .person import sitting


def test_a_session_typed_into_a_pipe(playing: Callable[..., Server], shell: Shell) -> None:
    money = (shell.project / "tally" / "money.py").read_text()
    line = money.splitlines()[0]
    edit = SaidCall("edit", {"edits": [{"path": "tally/money.py", "old": line, "new": f"{line}\nmore = 1"}]})
    playing(
        ran("echo from the sandbox", "I run it."),
        Answer(text="# Ran\n\nIt **ran**."),
        Answer(calls=(edit,)),
        Answer(text="Then not."),
    )
    done = shell("--plain", "--approval", "suggest", stdin="run it\ny\nnow edit\nleave that as it is\n/status\n")
    assert done.returncode == 0, done.stderr
    parts = [
        "You: run it",
        "Pullwright: I run it.",
        "Permission needed: run echo from the sandbox",
        "Command ended with exit code 0",
        "  from the sandbox",
        "Pullwright: Heading: Ran",
        "It ran.",
        "Done. Cost and time: ",
        "You: now edit",
        "Permission needed: edit tally/money.py",
        "  Added line 2: more = 1",
        "Policy: refused",
        "Pullwright: Then not.",
        "model       custom/scripted",
    ]
    places = [done.stdout.find(part) for part in parts]
    assert -1 not in places, (parts[places.index(-1)], done.stdout)
    assert places == sorted(places)
    assert "\x1b" not in done.stdout
    assert (shell.project / "tally" / "money.py").read_text() == money


def test_at_a_dumb_terminal_ctrl_c_stops_the_agent_then_the_program(playing: Callable[..., Server], shell: Shell) -> None:
    playing(ran("sleep 60"), Answer(text="never"))
    env = {name: value for name, value in shell.env.items() if name.startswith("PULLWRIGHT")}
    with sitting("-C", str(shell.project), "--approval", "full-auto", home=shell.home, **env) as person:
        person.sees("Ready.")
        person.types("wait\n")
        person.sees("Command: sleep 60")
        person.types("\x03")
        person.sees("Stopping. The work so far is kept.")
        person.sees("Stopped.")
        person.sees("Ready.")
        person.types("\x03")
        person.sees("Press Ctrl-C again to quit.")
        person.types("\x03")
        assert person.ends() == 0
    assert "\x1b" not in person.seen
