"""`pullwright review` as a person and as a CI job run it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from pullwright.models.mock.script import Answer, SaidCall

from .conftest import Server, Shell


def answer(priority: str, *, confidence: float = 0.9) -> Answer:
    claim: dict[str, Any] = {
        "title": "The last entry is never counted \x1b[2J",
        "body": "With one entry nothing is left.",
        "priority": priority,
        "confidence": confidence,
        "category": "bug",
        "path": "extra.py",
        "side": "new",
        "start": 2,
        "end": 2,
        "suggestion": "",
        "guideline": "",
        "quote": "",
        "evidence": [],
    }
    return Answer(text=json.dumps({"summary": "Adds a helper.", "findings": [claim]}))


def test_a_finding_gives_exit_code_6_and_nothing_gives_0(shell: Shell, server: Server) -> None:
    (shell.project / "extra.py").write_text("def count(entries):\n    return len(entries[:-1])\n")
    server.start([answer("P1"), answer("P2"), answer("P1", confidence=0.4)])
    done = shell("review", **model(server))
    assert done.returncode == 6, done.stderr
    assert done.stdout.startswith("Adds a helper.\n\nP1  The last entry is never counted")
    assert "extra.py:2  bug" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "SCRIPTED" in done.stderr
    done = shell("review", "--fail-on", "P1", "-q", **model(server))
    assert (done.returncode, done.stderr) == (0, "")
    done = shell("review", **model(server))
    assert done.returncode == 0
    assert "No findings in 1 file" in done.stdout
    assert "1: below the confidence threshold" in done.stderr


def test_json_sarif_and_a_file(shell: Shell, server: Server, tmp_path: Path) -> None:
    (shell.project / "extra.py").write_text("def count(entries):\n    return len(entries[:-1])\n")
    server.start([answer("P0")])
    done = shell("review", "--json", "--sarif", str(tmp_path / "out.sarif"), "-o", str(tmp_path / "out.json"), **model(server))
    assert done.returncode == 6
    found = json.loads(done.stdout)
    assert found["version"] == 1
    assert found["findings"][0]["path"] == "extra.py"
    assert json.loads((tmp_path / "out.json").read_text()) == found
    assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"][0]["level"] == "error"
    again = shell("review", "--resume", "--sarif", "-", **model(server))
    assert again.returncode == 6
    assert json.loads(again.stdout) == json.loads((tmp_path / "out.sarif").read_text())
    assert len(server.requests) == 1, "printed again, not paid again"
    shown = shell("sessions", "show").stdout
    assert "P0  The last entry is never counted" in shown
    assert '"findings"' not in shown


def test_nothing_to_review_is_said_and_leaves_no_session(shell: Shell, server: Server) -> None:
    server.start([])
    done = shell("review", "--uncommitted", **model(server))
    assert done.returncode == 0
    assert "nothing to review" in done.stdout
    assert shell("sessions", "list").stdout == ""


def test_what_is_wrong_with_the_words_is_said_before_anything_is_spent(shell: Shell, server: Server) -> None:
    server.start([])
    for words, said in [
        (("--base", "nowhere"), "nowhere"),
        (("--commit", "HEAD", "no-such-file.py"), "no-such-file.py"),
        (("--base", "main", "--commit", "HEAD"), "two things"),
        (("--fail-on", "P9"), "P9"),
        (("--min-confidence", "7"), "0 to 1"),
        (("--json", "--sarif", "-"), "stdout"),
        (("--sarif", "/nowhere/out.sarif"), "/nowhere"),
        (("--resume", "ses_nope"), "ses_nope"),
    ]:
        done = shell("review", *words, **model(server))
        assert done.returncode == 2, (words, done.stderr)
        assert said in done.stderr, words
        assert "fix:" in done.stderr, words
    assert not server.requests


def model(server: Server) -> dict[str, str]:
    return {"PULLWRIGHT_BASE_URL": server.url, "PULLWRIGHT_MODEL": "scripted"}


def test_a_killed_review_goes_on_where_it_was(shell: Shell, server: Server) -> None:
    (shell.project / "extra.py").write_text("def count(entries):\n    return len(entries[:-1])\n")
    looks = Answer(calls=(SaidCall("exec", {"command": "touch $TMPDIR/began; sleep 60"}),))
    server.start([looks, answer("P1")])
    process = shell.start("review", **model(server))
    log = shell.home / ".local/state/pullwright/sessions"
    for _ in range(600):
        if any(b'"model_called"' in path.read_bytes() for path in log.glob("*/log.jsonl")):
            break
        time.sleep(0.05)
    process.kill()
    process.communicate()
    (shell.project / "extra.py").write_text("edited = 'meanwhile'\n")
    done = shell("review", "--resume", "--json", **model(server))
    assert done.returncode == 6, done.stderr
    found = json.loads(done.stdout)
    assert found["findings"][0]["lines"][1]["text"] == "    return len(entries[:-1])"
    assert len(server.requests) == 2
    body = server.requests[1].body.decode()
    assert body.count("Review a change:") == 1
    assert "interrupted" in body
