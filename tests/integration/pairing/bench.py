"""A real project, a real pairing on it, and what a person does: say, answer, edit, go back."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pullwright.cli.settings.load import load
from pullwright.cli.terminal.pairing.pairing import Pairing
from pullwright.cli.terminal.pairing.rules import Rules
from pullwright.cli.terminal.pairing.state import State
from pullwright.log.session import Sessions
from pullwright.models.mock.script import Answer, SaidCall, Script, Trouble
from pullwright.models.mock.server import MockServer, Received
from pullwright.protocol.events import Event, PermissionAsked
from pullwright.protocol.live import Live

FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n\n\ndef sub(a, b):\n    return a - b\n",
    "notes.txt": "one\ntwo\nthree\n",
}


def exec_(line: str, **more: Any) -> SaidCall:
    """The model runs a command."""
    return SaidCall("exec", {"command": line, **more})


def edit(path: str, old: str, new: str) -> SaidCall:
    """The model edits a file."""
    return SaidCall("edit", {"edits": [{"path": path, "old": old, "new": new}]})


def write(path: str, content: str) -> SaidCall:
    """The model writes a file."""
    return SaidCall("write", {"path": path, "content": content})


class Bench:
    """The project, and the person in front of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.monkeypatch = monkeypatch
        monkeypatch.setenv("PULLWRIGHT_HOME", str(folder / "home"))
        for name, text in FILES.items():
            self.write(name, text)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Pat")
        self.git("config", "user.email", "pat@example.org")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Start")
        self.requests: list[Received] = []
        self.seen: list[Event | Live | State] = []

    def write(self, name: str, text: str) -> None:
        """The person edits a file."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        """A file as it is now."""
        return (self.project / name).read_text()

    def git(self, *args: str) -> str:
        """Git, as the person."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(["git", *args], cwd=self.project, env=env, check=True, capture_output=True, text=True).stdout

    @asynccontextmanager
    async def pairing(
        self, answers: Sequence[Answer | Trouble] | Callable[[Any], Answer | Trouble], *, session: str = "", **flags: Any
    ) -> AsyncIterator[Pairing]:
        """An open pairing."""
        async with MockServer(Script(answers)) as server:
            self.monkeypatch.setenv("PULLWRIGHT_BASE_URL", server.url)
            self.monkeypatch.setenv("PULLWRIGHT_MODEL", "scripted")
            given = {name.replace("__", "."): (f"--{name}", value) for name, value in flags.items()}
            loaded = load(self.project, given)
            async with Pairing(Rules(loaded, self.project), Sessions(loaded.folders.sessions)) as pairing:
                pairing.watch(self.seen.append)
                await pairing.begin(session)
                try:
                    yield pairing
                finally:
                    self.requests += server.requests

    async def say(self, pairing: Pairing, text: str) -> None:
        """A prompt, and its whole turn."""
        await pairing.submit(text)
        await pairing.idle()

    async def asked(self, pairing: Pairing, after: PermissionAsked | None = None) -> PermissionAsked:
        """The question that is put next, or is put already and is not the one that was answered."""
        async with asyncio.timeout(60):
            while pairing.state.asking is None or pairing.state.asking == after:
                assert pairing.state.busy, "the turn ended without a question"
                await asyncio.sleep(0.01)
        return pairing.state.asking

    def of(self, kind: type[Any]) -> list[Any]:
        """What was seen of one kind."""
        return [what for what in self.seen if isinstance(what, kind)]

    def said_to_model(self) -> str:
        """The last request, as text."""
        return self.requests[-1].body.decode()
