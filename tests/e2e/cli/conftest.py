"""A person at a shell: real processes, a repository of theirs, a home of their own, and a scripted model over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from playing import Answers, Server, Shell, ran, wrote
from prefixes import assert_announced
from pullwright.cli.demo.sample import make_sample
from pullwright.models.mock.script import Reply

__all__ = ["Server", "Shell", "ran", "wrote"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server to be started; in the end all that it got is held to the rule of the prefix."""
    server = Server()
    yield server
    server.stop()
    assert_announced(server.every, tmp_path.rglob("log.jsonl"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home, make_sample(tmp_path / "tally"))


@pytest.fixture
def playing(server: Server, shell: Shell) -> Callable[..., Server]:
    """Start the server with answers and point the shell to it."""

    def start(*answers: Reply, script: Answers | None = None) -> Server:
        server.start(script or answers)
        shell.env["PULLWRIGHT_BASE_URL"] = server.url
        shell.env["PULLWRIGHT_MODEL"] = "scripted"
        shell.env["PULLWRIGHT_WIRE"] = "responses"
        return server

    return start
