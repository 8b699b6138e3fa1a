"""The Codex CLI, as it is on npm, works on a model behind each wire: it calls its tools, and what it does is done."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.programs import codex
from api.read import read
from api.world import MODELS, ApiWorld
from pullwright.models.mock.script import Answer, SaidCall

PAGE = Path(__file__).parents[3] / "docs/api/codex.md"


def play(request: Mapping[str, Any]) -> Answer:
    """Runs one command with whatever Codex offers for that, then says how it went."""
    asked = read(request)
    if asked.results:
        printed = re.findall(r"made \d+", asked.results[-1])
        return Answer(reasoning="It is there.", text=f"It printed {printed}.")
    names = [tool.name for tool in asked.tools]
    shell = next(name for name in names if name in ("exec_command", "shell_command"))
    command = "echo made 42 | tee made.txt"
    return Answer(reasoning="I make it.", text="I make the file.", calls=(SaidCall(shell, {"cmd": command, "command": command}),))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorld]:
    with ApiWorld.open(tmp_path_factory.mktemp("codex"), play) as opened:
        yield opened


def start(api: ApiWorld, folder: Path, model: str, *words: str) -> list[dict[str, Any]]:
    """The events of `codex exec`, with the configuration of the page."""
    home = folder / "home"
    (home / ".codex").mkdir(parents=True)
    (folder / "work").mkdir()
    text = next(iter(re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)))
    config = text.replace("http://127.0.0.1:8080/v1", api.url).replace('model = "deep"', f'model = "{model}"')
    assert api.url in config
    (home / ".codex/config.toml").write_text(config + "\n[analytics]\nenabled = false\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PULLWRIGHT_KEY": api.key, "LANG": "C.UTF-8"}
    command = [
        str(codex()),
        "exec",
        "--json",
        "--skip-git-repo-check",
        "--sandbox",
        "danger-full-access",
        "-C",
        str(folder / "work"),
    ]
    ran = subprocess.run(
        [*command, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [msgspec.json.decode(line) for line in ran.stdout.splitlines() if line.startswith("{")]


@pytest.mark.slow
@pytest.mark.parametrize("wire", list(MODELS))
def test_codex_works(served: ApiWorld, tmp_path: Path, wire: str) -> None:
    events = start(served, tmp_path, MODELS[wire], "Make the file.")
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    commands = [item for item in items if item["type"] == "command_execution"]
    assert [item["exit_code"] for item in commands] == [0]
    assert (tmp_path / "work/made.txt").read_text() == "made 42\n"
    assert [item["text"] for item in items if item["type"] == "agent_message"][-1] == "It printed ['made 42']."
    (end,) = [event for event in events if event["type"] == "turn.completed"]
    assert end["usage"]["input_tokens"] > 0
