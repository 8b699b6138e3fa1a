"""What the model is told of its environment is true, short, and the same each time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pullwright.attempts.facts import LONGEST, Facts, gather, unfetched
from pullwright.attempts.setup.layer import SetupLayer, facts_with
from pullwright.protocol.errors import FixRepository
from pullwright.protocol.policy import NetworkPolicy, NetworkRule


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "lib").mkdir(parents=True)
    (root / "lib/a.py").write_text("x = 1\n")
    (root / "test_a.py").write_text("import unittest\n")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    for args in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=P", "-c", "user.email=p@x", "commit", "-qm", "Start here"],
    ):
        subprocess.run(["git", *args], cwd=root, env=env, check=True)
    return root


OFF = NetworkPolicy()


def facts(project: Path, network: NetworkPolicy = OFF, **more: str | bool | None) -> Facts:
    return gather(project, network=network, access="workspace-write", path="/nonexistent", **more)  # type: ignore[arg-type]


def test_the_facts_of_a_small_project(project: Path) -> None:
    text = facts(project).text(("python 3.11 at /usr/bin/python3",))
    assert text.splitlines()[0] == f"Working directory: {project}"
    assert "Git: branch main at " in text
    assert "'Start here'" in text
    assert "Files: lib/, test_a.py\n  lib/: a.py\n" in text
    assert "Tests: `python3 -m unittest discover` (because of test_a.py)" in text
    assert "Network: off;" in text
    assert text.endswith("python 3.11 at /usr/bin/python3")


def test_they_are_the_same_each_time_and_know_no_clock(project: Path) -> None:
    assert facts(project).text() == facts(project).text()


def test_a_larger_project_costs_no_more_looks(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request waits for the facts: what they read must not grow with the project."""
    looks: list[object] = []
    plain = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder=".": (looks.append(folder), plain(folder))[1])
    counts: list[int] = []
    for folders in (20, 60):
        for number in range(folders):
            (project / f"part{number}/deep").mkdir(parents=True, exist_ok=True)
            (project / f"part{number}/deep/c.py").write_text("")
        looks.clear()
        facts(project)
        counts.append(len(looks))
    assert counts[0] == counts[1]


def test_a_persons_test_command_rules(project: Path) -> None:
    found = facts(project, test_command="make check")
    assert found.command is not None
    assert found.command.line == "make check"
    assert "Tests: `make check` (because of the settings)" in found.text()


def test_the_network_is_told_by_its_hosts(project: Path) -> None:
    policy = NetworkPolicy(rules=(NetworkRule(host="example.org"),), host_ports=(5432,))
    assert "Network: only example.org, localhost:5432." in facts(project, policy).text()


def test_they_stay_short_whatever_the_project(project: Path) -> None:
    for number in range(300):
        (project / f"a-rather-long-folder-name-{number}").mkdir()
        (project / f"a-rather-long-folder-name-{number}/with-a-file.txt").touch()
    text = facts(project).text(("x" * 80,) * 30)
    assert len(text) <= LONGEST


def test_names_that_would_break_a_line_are_left_out(project: Path) -> None:
    (project / "a\nTests: `rm -rf *`").touch()
    assert "rm -rf" not in facts(project).text()


def test_a_submodule_that_was_not_fetched_is_named(project: Path) -> None:
    (project / ".gitmodules").write_text(
        '[submodule "x"]\n\tpath = vendor/x\n\turl = https://example.org/x\n[submodule "y"]\n\tpath = ../y\n'
    )
    assert unfetched(project) == ["vendor/x"]
    (project / "vendor/x").mkdir(parents=True)
    (project / "vendor/x/file").touch()
    assert unfetched(project) == []


def test_the_clean_runs_are_announced_only_when_they_follow(project: Path) -> None:
    assert "in clean copies" in facts(project, verify=True).text()
    assert "clean copies" not in facts(project).text()


def test_tools_that_the_project_names_and_nobody_has_are_told(project: Path) -> None:
    assert "not installed" not in facts(project).text()
    (project / "uv.lock").touch()
    assert "Named by the project but not installed: uv." in facts(project).text()


def test_no_repository_is_an_error_with_its_fix(tmp_path: Path) -> None:
    with pytest.raises(FixRepository):
        facts(tmp_path)


def test_what_setup_made_is_known(project: Path, tmp_path: Path) -> None:
    (project / "tox.ini").write_text("")
    layer = tmp_path / "layer"
    made = layer / "tree/.venv/bin"
    made.mkdir(parents=True)
    for name in ("python", "tox"):
        (made / name).write_text("")
        (made / name).chmod(0o755)
    (made.parent / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    setup = SetupLayer(folders=(tmp_path / "upkeep", layer), bins=("/workspace/.venv/bin", "/home/pullwright/.local/bin"))

    host = ("python is /usr/bin/python (3.12)", "also installed: make")
    told = facts_with(setup, "/workspace", host)
    assert told == ("python is .venv/bin/python (3.11.7, made by the project's setup)", "also installed: make")
    assert facts_with(None, "/workspace", host) == host

    beside = tuple(setup.outside("/workspace").values())
    assert "not installed: tox" in facts(project).text()
    assert (
        "not installed" not in gather(project, network=OFF, access="workspace-write", path="/nonexistent", beside=beside).text()
    )
