"""Setup as a terminal shows it: text and styles, kept as golden screens and looked at."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from console.driver import Terminal
from console.golden import check
from playing import Server
from pullwright.models.mock.script import Answer
from repositories import make_project

NOBODY = dict.fromkeys(("OLLAMA_HOST", "LMSTUDIO_BASE_URL", "VLLM_BASE_URL", "LLAMACPP_BASE_URL"), "127.0.0.1:9")
GOLDEN = Path(__file__).parent / "golden"
SIZES = {
    "wide": (80, 40, {"TERM": "xterm-256color"}, (1, 2, 3, 4)),
    "narrow": (40, 60, {"TERM": "xterm-256color"}, (1, 4)),
    "no-colour": (80, 40, {"TERM": "xterm-256color", "NO_COLOR": "1"}, (1,)),
    "dumb": (40, 90, {"TERM": "dumb"}, (4,)),
}
"""Columns, rows, environment, and at which steps a screen is compared."""


@pytest.mark.parametrize("name", SIZES)
def test_the_questions_and_what_was_written(tmp_path: Path, name: str) -> None:
    columns, rows, look, steps = SIZES[name]

    def golden(step: int) -> None:
        if step in steps:
            check(terminal, GOLDEN / f"setup-{name}-{step}.txt", (str(tmp_path), "HOME"))

    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "ANTHROPIC_API_KEY": "sk-ant-0",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        **NOBODY,
        **look,
    }
    with Terminal([sys.executable, "-m", "pullwright", "setup"], env=env, cwd=tmp_path, columns=columns, rows=rows) as terminal:
        skip = "s skip" if name == "dumb" else "Esc skips"
        keys = ("enter",) if name == "dumb" else ()
        terminal.wait_for(skip)
        golden(1)
        terminal.press("1", *keys)
        terminal.wait_for("What now?", "Choose another way")
        terminal.settle()  # the prompt stands below it
        golden(2)
        terminal.press("2", *keys)
        terminal.wait_for("2. Default model", "deep")
        terminal.settle()
        terminal.press("2", *keys)
        terminal.wait_for("3. Approval mode", "full-auto")
        terminal.settle()
        golden(3)
        terminal.press("1", *keys)
        assert terminal.wait_exit() == 0
        terminal.pump(0.1)
        golden(4)


def test_the_first_run_sets_up_and_goes_on_with_what_was_asked(tmp_path: Path, server: Server) -> None:
    """`pullwright "prompt"` where nothing is set up yet: a local server is found, three answers, and the session begins."""
    server.start([Answer(text="Hello from the local model."), Answer(text="And again.")])
    project = make_project(tmp_path / "project")
    (tmp_path / "home").mkdir()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        **NOBODY,
        "OLLAMA_HOST": server.url.removesuffix("/v1"),
    }
    program = [sys.executable, "-m", "pullwright"]
    with Terminal([*program, "say hello"], env=env, cwd=project, columns=90, rows=40) as terminal:
        terminal.wait_for("1. Ollama", "Esc skips")
        terminal.press("1")
        terminal.wait_for("3. Approval mode", "Esc skips")
        terminal.press("2")
        terminal.wait_for("say hello", "Hello from the local model.", "auto-edit")
    # The second time nothing is asked.
    with Terminal([*program, "say it again"], env=env, cwd=project, columns=90, rows=40) as terminal:
        terminal.wait_for("And again.", "auto-edit")
        assert "Sign-in" not in terminal.everything
