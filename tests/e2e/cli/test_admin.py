"""`pullwright admin` as a process: users and keys made on the database itself, and everything taken to a new place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PASSWORD = "correct horse battery"


def admin(*words: str, given: str = "") -> tuple[str, str]:
    """(stdout, stderr) of a command that works."""
    done = subprocess.run(
        [sys.executable, "-m", "pullwright", "admin", *words], input=given, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_people_and_keys_are_made_and_taken_along(tmp_path: Path) -> None:
    link, _ = admin("create-user", "ada", "--admin")
    assert link.startswith("http://127.0.0.1:8080/welcome?token=")
    admin("create-user", "mia", "--password-stdin", given=PASSWORD + "\n")
    token, told = admin("create-key", "ci", "--user", "mia", "--scope", "dispatch")
    assert token.startswith("pw_")
    assert token.strip() not in told
    secret, told = admin("create-webhook", "https://hooks.nowhere.invalid/x", "--user", "mia", "--event", "response.failed")
    assert secret.startswith("whsec_")
    assert secret.strip() not in told
    webhook = told.split()[0]
    assert webhook in admin("webhooks")[0]
    admin("remove-webhook", webhook)
    assert admin("webhooks", "--json")[0].strip() == "[]"
    users, _ = admin("users")
    assert "ada" in users
    assert "password" in next(line for line in users.splitlines() if line.startswith("mia"))

    there = tmp_path / "there.tar.gz"
    admin("backup", str(there), "--with-key")
    assert there.stat().st_mode & 0o777 == 0o600
    new = str(tmp_path / "new")
    admin("restore", str(there), "--data", new)
    assert admin("users", "--data", new)[0] == users
    assert token[:11] in admin("keys", "--data", new)[0]
    again = subprocess.run(
        [sys.executable, "-m", "pullwright", "admin", "restore", str(there), "--data", new], capture_output=True, text=True
    )
    assert again.returncode == 1
    assert "fix:" in again.stderr
