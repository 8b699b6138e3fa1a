"""What every test may rely on: a HOME and PULLWRIGHT_HOME of its own, no credentials, no colours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CREDENTIALS = ("OPENAI_", "AZURE_", "ANTHROPIC_", "OPENROUTER_", "PULLWRIGHT_", "XDG_", "GIT_")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private home for the test: nothing of the person's is read or written."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(CREDENTIALS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PULLWRIGHT_HOME", str(home / "pullwright"))
    monkeypatch.setenv("NO_COLOR", "1")
    return home
