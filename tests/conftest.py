"""What every test may rely on: a HOME and PULLWRIGHT_HOME of its own, no credentials, no colours.

And what the whole run is held to: in its end no process, mount or cgroup of it is left (left_behind.py).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from databases import (  # noqa: F401  (fixtures)
    database,
    database_url,
    empty_url,
    migrated_sqlite,
    postgres,
    postgres_server,
    postgres_url,
    sqlite_url,
)
from left_behind import Guard, run_name

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


@pytest.fixture
def short_path() -> Generator[Path, None, None]:
    """A folder for a server's data: its socket lies there, whose path must not be long."""
    # Not in the folder of `tempfile`: where a worker runs in this process, that is the worker's.
    with tempfile.TemporaryDirectory(prefix="short-", dir="/tmp") as folder:
        yield Path(folder)


_GUARD = pytest.StashKey[Guard]()


def pytest_configure(config: pytest.Config) -> None:
    """The run has a name, and its controller (or the one process that it is) remembers what was there before."""
    run_name()
    if not hasattr(config, "workerinput") and sys.platform == "linux":
        config.stash[_GUARD] = Guard()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """The run fails when it has left something behind, and says what."""
    yield
    guard = session.config.stash.get(_GUARD, None)
    if guard is None or session.config.option.collectonly:
        return
    left = guard.found(session.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
    if left:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line("")
        reporter.write_line("The run has left behind:", red=True)
        for line in left:
            reporter.write_line(f"  {line}", red=True)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
