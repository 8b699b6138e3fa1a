"""A scripted model in a thread of the test, and a person who runs `pullwright` against it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pullwright.models.mock.script import Answer, Reply, SaidCall, Script
from pullwright.models.mock.server import MockServer, Received

Answers = Sequence[Reply] | Callable[[Mapping[str, Any]], Reply]


class Server:
    """A `MockServer` in a thread of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._server: MockServer | None = None
        self.every: list[Received] = []

    def start(self, answers: Answers) -> None:
        """Serve `answers` from now on."""
        self.stop()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = MockServer(Script(answers))
        self._do(self._server.__aenter__())

    def stop(self) -> None:
        """Stop serving."""
        if self._server is None:
            return
        self._do(self._server.__aexit__(None, None, None))
        self.every += self._server.requests
        self._server = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    @property
    def url(self) -> str:
        """The base URL."""
        assert self._server is not None
        return self._server.url

    @property
    def answering(self) -> int:
        """How many requests are being answered right now."""
        assert self._server is not None
        return self._server.answering

    @property
    def requests(self) -> list[Received]:
        """All requests so far."""
        assert self._server is not None
        return self._server.requests


class Shell:
    """Runs `pullwright` as a person does. `env` is the whole environment but for PATH."""

    def __init__(self, home: Path, project: Path) -> None:
        self.home = home
        self.project = project
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def __call__(
        self, *words: str, stdin: str | None = None, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end. Without `stdin` there is none."""
        return subprocess.run(
            [sys.executable, "-m", "pullwright", *words],
            cwd=cwd or self.project,
            env={**self.env, **env},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "pullwright", *words],
            cwd=self.project,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def git(self, *words: str) -> str:
        """What git says in the project."""
        return subprocess.run(["git", *words], cwd=self.project, env=self.env, check=True, capture_output=True, text=True).stdout


def ran(command: str, text: str = "", **more: Any) -> Answer:
    """The model runs a command."""
    return Answer(text=text, calls=(SaidCall("exec", {"command": command, **more}),))


def wrote(path: str, content: str) -> Answer:
    """The model writes a file."""
    return Answer(calls=(SaidCall("write", {"path": path, "content": content}),))
