"""The whole product as an ordinary user: no root anywhere, so that user namespaces and an overlay in them carry everything."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from users import place, run_as

from pullwright.cli.demo.sample import make_sample
from pullwright.models.mock.script import Answer

from .conftest import Server, Shell, ran, wrote
from .test_stopping import SLEEP, sleeping, started

LOOK = "id -u; readlink /proc/self/ns/user; grep ' overlay ' /proc/self/mounts; echo hi > hi.txt; ls -ln hi.txt"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the user's own, that it can reach."""
    with place("ordinary") as folder:
        yield folder


def shell_in(folder: Path) -> Shell:
    """The user's shell; called as the user."""
    assert os.geteuid() != 0
    (folder / "home").mkdir()
    return Shell(folder / "home", make_sample(folder / "tally"))


def served(shell: Shell, server: Server) -> Shell:
    shell.env |= {"PULLWRIGHT_BASE_URL": server.url, "PULLWRIGHT_MODEL": "scripted", "PULLWRIGHT_WIRE": "responses"}
    return shell


def test_the_demo_goes_the_whole_way(folder: Path) -> None:
    async def body() -> None:
        shell = shell_in(folder)
        run = shell("demo", "--scripted", cwd=shell.home, TMPDIR=str(shell.home))
        assert run.returncode == 0, run.stdout + run.stderr
        assert run.stdout.count("  verified  ") == 4
        assert list(shell.home.iterdir()) == []

    run_as("ordinary", body)


def test_exec_leaves_a_branch_made_in_a_user_namespace_on_an_overlay(folder: Path, server: Server) -> None:
    server.start((ran(LOOK), Answer(text="Looked.")))

    async def body() -> None:
        shell = served(shell_in(folder), server)
        done = shell("exec", "--no-verify", "look around")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("Looked.\n")
        branch = shell.git("for-each-ref", "--format=%(refname:short)", "refs/heads/pullwright").strip()
        assert shell.git("show", f"{branch}:hi.txt") == "hi\n"
        assert {path.stat().st_uid for path in folder.rglob("*") if not path.is_symlink()} == {os.geteuid()}

    run_as("ordinary", body)
    seen = server.requests[-1].body.decode()
    assert "1000\\nuser:[" in seen
    assert os.readlink("/proc/self/ns/user") not in seen
    assert "userxattr" in seen, "an overlay as only a user namespace mounts it"


def test_kill_9_in_mid_step_then_resume(folder: Path, server: Server) -> None:
    server.start((wrote("kept.txt", "kept\n"), ran(f"echo half > half.txt; {SLEEP}"), Answer(text="Went on.")))

    async def body() -> None:
        shell = served(shell_in(folder), server)
        with shell.start("exec", "--no-verify", "--json", "work") as process:
            started(process)
            assert sleeping()
            process.kill()
            process.communicate(timeout=30)
        resumed = shell("sessions", "resume", "--last")
        assert resumed.returncode == 0, resumed.stderr
        diff = shell("diff").stdout
        assert "+kept" in diff
        assert "half" not in diff
        assert not sleeping()

    run_as("ordinary", body)
    assert "interrupted" in server.requests[-1].body.decode()
