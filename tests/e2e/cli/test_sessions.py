"""What was done stays readable, can be gone on with, forked, exported and removed."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from pullwright.models.mock.script import Answer

from .conftest import Server, Shell, ran, wrote

Playing = Callable[..., Server]


def ids(shell: Shell, *flags: str) -> list[str]:
    return [one["id"] for one in json.loads(shell("sessions", "list", "--json", *flags).stdout)]


def test_a_session_is_listed_shown_and_reported(shell: Shell, playing: Playing) -> None:
    playing(wrote("hello.txt", "hello\n"), Answer(text="Wrote it."))
    run = shell("exec", "write a file")
    assert run.returncode == 0, run.stderr
    listed = shell("sessions", "list").stdout
    assert "succeeded (scripted)" in listed
    assert "write a file" in listed
    assert "pullwright/write-a-file-" in listed
    shown = shell("sessions", "show").stdout
    for part in ("> write a file", "hello.txt", "Wrote it.", "SCRIPTED MODEL"):
        assert part in shown
    assert "Wrote it." in shell("sessions", "show", "--report").stdout
    # Elsewhere there is none of this project's, unless all are asked for.
    (shell.home / "other").mkdir()
    assert shell("sessions", "list", "-C", str(shell.home)).stdout.startswith("SESSION")


def test_a_session_of_another_project_is_not_the_newest_here(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    from pullwright.cli.demo.sample import make_sample

    playing(Answer(text="one"))
    assert shell("exec", "--mode", "ask", "here").returncode == 0
    other = make_sample(tmp_path / "other")
    refused = shell("diff", cwd=other)
    assert refused.returncode == 2
    assert "no session has worked on" in refused.stderr


def test_going_on_keeps_the_conversation_and_the_files(shell: Shell, playing: Playing) -> None:
    server = playing(wrote("one.txt", "1\n"), Answer(text="One."), wrote("two.txt", "2\n"), Answer(text="Two."))
    assert shell("exec", "--no-verify", "first").returncode == 0
    again = shell("sessions", "resume", "--last", "second", "--no-verify")
    assert again.returncode == 0, again.stderr
    assert "first" in server.requests[-1].body.decode()
    diff = shell("diff").stdout
    assert "one.txt" in diff
    assert "two.txt" in diff
    # The prefix that was sent is sent again.
    first, last = server.requests[1].body, server.requests[-1].body
    assert last.startswith(first[: first.rindex(b"]") - 1][:2000])
    nothing = shell("sessions", "resume", "--last")
    assert nothing.returncode == 2
    assert "say what to do next" in nothing.stderr


def test_undo_takes_back_the_last_turn_of_two(shell: Shell, playing: Playing) -> None:
    server = playing(
        wrote("one.txt", "1\n"), Answer(text="One."), wrote("two.txt", "2\n"), Answer(text="Two."), Answer(text="Three.")
    )
    shell("exec", "--no-verify", "first")
    shell("sessions", "resume", "--last", "second", "--no-verify")
    undone = shell("undo")
    assert undone.returncode == 0, undone.stderr
    diff = shell("diff").stdout
    assert "one.txt" in diff
    assert "two.txt" not in diff
    run = shell("sessions", "resume", "--last", "third", "--no-verify")
    assert run.returncode == 0, run.stderr
    body = server.requests[-1].body.decode()
    assert "first" in body
    assert "third" in body
    assert "two.txt" not in body


def test_a_fork_goes_its_own_way(shell: Shell, playing: Playing) -> None:
    playing(wrote("one.txt", "1\n"), Answer(text="One."), wrote("two.txt", "2\n"), Answer(text="Two."))
    shell("exec", "--no-verify", "first")
    (parent,) = ids(shell)
    forked = shell("sessions", "fork", parent)
    assert forked.returncode == 0, forked.stderr
    child = forked.stdout.strip()
    assert set(ids(shell)) == {parent, child}
    run = shell("sessions", "resume", child, "second", "--no-verify")
    assert run.returncode == 0, run.stderr
    assert "two.txt" in shell("diff", child).stdout
    assert "one.txt" in shell("diff", child).stdout
    assert "two.txt" not in shell("diff", parent).stdout
    branches = shell.git("branch", "--list", "pullwright/*", "--format=%(refname:short)").split()
    assert len(branches) == 2


def test_export_and_delete(shell: Shell, playing: Playing, tmp_path: Path) -> None:
    playing(wrote("one.txt", "1\n"), Answer(text="One."))
    shell("exec", "--no-verify", "first")
    (session,) = ids(shell)
    assert shell("sessions", "export", session, str(tmp_path / "out.jsonl")).returncode == 0
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["type"] == "session_started"
    assert shell("sessions", "export", session, str(tmp_path / "out.tar.gz")).returncode == 0
    with tarfile.open(tmp_path / "out.tar.gz") as tar:
        assert f"{session}/log.jsonl" in tar.getnames()
    assert shell("sessions", "delete", "-y", session[:9]).returncode == 0
    assert ids(shell) == []
    assert not list((shell.home / ".local/state/pullwright/sessions").iterdir())
    assert shell("sessions", "show", session).returncode == 2


def test_a_proof_is_exported_and_run_again(shell: Shell, playing: Playing) -> None:
    (shell.project / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (shell.project / "test_calc.py").write_text(
        "import unittest, calc\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(calc.add(1, 1), 2)\n"
    )
    shell.git("add", "-A")
    shell.git("-c", "user.name=Pat", "-c", "user.email=pat@example.org", "commit", "-qm", "Calc")
    playing(ran("sed -i 's/a - b/a + b/' calc.py"), Answer(text="Fix add."))
    assert shell("exec", "--verify", "--test-command", "python3 -m unittest test_calc", "fix add").returncode == 0
    file = shell.home / "proof.tar.gz"
    made = shell("sessions", "export", ids(shell)[0], str(file), "--bundle")
    assert made.returncode == 0, made.stderr
    digest = made.stdout.split()[-1]
    again = shell("replay", str(file), "--sha256", digest, cwd=shell.home)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("Same verdict: verified")
    assert json.loads(shell("replay", str(file), "--json").stdout)["differences"] == []
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    refused = shell("replay", str(file))
    assert refused.returncode == 2
    assert "the bundle is refused" in refused.stderr
