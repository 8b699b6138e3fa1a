"""A small real project with a bug, and turns on it with a scripted model over the real wire in the real sandbox."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pullwright.attempts.runner import run_turn
from pullwright.attempts.spec import TurnSpec
from pullwright.log.files import FileLog
from pullwright.log.inbox import Inbox, MemoryInbox
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, SaidCall, Script, Trouble
from pullwright.models.mock.server import MockServer, Received
from pullwright.protocol.events import Event
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Outcome

TESTS = """\
import unittest

from calc import add


class AddTest(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_nothing(self):
        self.assertEqual(add(0, 0), 0)
"""
FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": TESTS,
    "README.md": "A calculator.\n",
}
RUN = "python3 -m unittest -q"


def exec_(line: str) -> SaidCall:
    """The model runs a command."""
    return SaidCall("exec", {"command": line})


def edit(path: str, old: str, new: str) -> SaidCall:
    """The model edits a file."""
    return SaidCall("edit", {"edits": [{"path": path, "old": old, "new": new}]})


def write(path: str, content: str) -> SaidCall:
    """The model writes a file."""
    return SaidCall("write", {"path": path, "content": content})


FIX = edit("calc.py", "a - b", "a + b")
SOLVED = (
    Answer(calls=(exec_(RUN),)),
    Answer(calls=(FIX, exec_(RUN))),
    Answer(text="Fix add, which subtracted. All tests pass."),
)


class Sample:
    """The project in a folder of its own, a session beside it, and what came of its turns."""

    def __init__(self, folder: Path, files: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.session = "ses_" + folder.name[-12:].replace("_", "0")
        for name, text in (files or FILES).items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Pat")
        self.git("config", "user.email", "pat@example.org")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Start")
        self.shown: list[Event | Live] = []
        self.requests: list[Received] = []

    def git(self, *args: str) -> str:
        """Git in the project."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(["git", *args], cwd=self.project, env=env, check=True, capture_output=True, text=True).stdout

    def spec(self, url: str = "http://127.0.0.1:9/v1", prompt: str = "Fix the failing test", **options: Any) -> TurnSpec:
        """A turn on the project."""
        base = TurnSpec(
            session=self.session,
            turn=new_id("turn"),
            prompt=Prompt(id=new_id("inp"), text=prompt),
            project=self.project,
            folder=self.folder / "sessions" / self.session,
            cache=self.folder / "cache",
            model=ModelChoice(provider="vllm", model="scripted", wire="chat", base_url=url, retries=1),
        )
        return msgspec.structs.replace(base, **options)

    def log(self) -> FileLog:
        """The session's log, made when it is not there."""
        folder = self.folder / "sessions" / self.session
        return FileLog.open(folder) if (folder / "log.jsonl").exists() else FileLog.create(folder, self.session)

    def events(self) -> list[Event]:
        """Everything in the log."""
        with self.log() as log:
            return list(log.read())

    def of(self, *kinds: type[Any]) -> list[Any]:
        """The log's events of some kinds."""
        return [event for event in self.events() if isinstance(event, kinds)]

    def artifact(self, name: str) -> str:
        """An artifact's text."""
        with self.log() as log:
            return log.artifacts.get(name).decode()

    def turn(
        self,
        answers: Sequence[Answer | Trouble],
        prompt: str = "Fix the failing test",
        inbox: Inbox | None = None,
        **options: Any,
    ) -> Outcome:
        """One whole turn."""
        return asyncio.run(self.turning(answers, prompt, inbox, **options))

    async def turning(
        self,
        answers: Sequence[Answer | Trouble] | Callable[[Any], Answer | Trouble],
        prompt: str = "Fix the failing test",
        inbox: Inbox | None = None,
        **options: Any,
    ) -> Outcome:
        """The same, for more than one at a time."""
        with self.log() as log:
            log.claim()
            async with MockServer(Script(answers)) as server:
                try:
                    return await run_turn(
                        self.spec(server.url, prompt, **options), log, inbox or MemoryInbox(), self.shown.append
                    )
                finally:
                    self.requests += server.requests
