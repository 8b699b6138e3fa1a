"""The built wheel, installed into an empty environment under an empty home without Node, does the job."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from pullwright.models.mock.script import Answer, SaidCall, Script
from pullwright.models.mock.server import MockServer

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the built wheel and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("pullwright-*.whl")
    venv.create(folder / "env", with_pip=True)
    pip = [str(folder / "env/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "env/bin"


def environment(home: Path, installed: Path) -> dict[str, str]:
    """What an empty login has: no Node, no credentials."""
    return {"HOME": str(home), "PATH": f"{installed}:/usr/bin:/bin", "LANG": "C.UTF-8"}


def test_doctor_finds_the_sandbox_good(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "pullwright", "doctor", "--json"],
        env=environment(tmp_path, installed),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,  # no model is configured, so doctor as a whole says no
    )
    assert done.returncode == 1
    sandbox = json.loads(done.stdout)["checks"]["sandbox"]
    assert len(sandbox) >= 4
    assert [check for check in sandbox if check["required"] and not check["ok"]] == []


def test_the_manual_page_and_the_completions_lie_where_programs_look(installed: Path) -> None:
    share = installed.parent / "share"
    assert "pullwright sessions resume" in (share / "man/man1/pullwright.1").read_text()
    for place in (
        "bash-completion/completions/pullwright",
        "zsh/site-functions/_pullwright",
        "fish/vendor_completions.d/pullwright.fish",
    ):
        assert "_PULLWRIGHT_COMPLETE" in (share / place).read_text()


def test_exec_makes_a_branch(installed: Path, tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@localhost"]
    (project / "answer.py").write_text("ANSWER = 41\n")
    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=project, check=True)
    subprocess.run([*git, "add", "-A"], cwd=project, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Start"], cwd=project, check=True)
    script = [
        Answer(calls=(SaidCall("exec", {"command": "sed -i s/41/42/ answer.py && cat answer.py"}),)),
        Answer(text="answer.py now says 42."),
    ]

    async def run() -> tuple[int, str, str]:
        async with MockServer(Script(script)) as server:
            env = environment(home, installed) | {
                "PULLWRIGHT_BASE_URL": server.url,
                "PULLWRIGHT_API_KEY": "k",
                "PULLWRIGHT_MODEL": "m",
            }
            process = await asyncio.create_subprocess_exec(
                str(installed / "pullwright"),
                "exec",
                "Make the answer 42",
                cwd=project,
                env=env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await asyncio.wait_for(process.communicate(), 120)
            return process.returncode or 0, out.decode(), err.decode()

    code, out, err = asyncio.run(run())
    assert code == 0, err
    assert "answer.py now says 42." in out
    branches = subprocess.run(
        ["git", "branch", "--list", "pullwright/*"], cwd=project, capture_output=True, text=True, check=True
    )
    branch = branches.stdout.strip()
    assert branch.startswith("pullwright/")
    shown = subprocess.run(["git", "show", f"{branch}:answer.py"], cwd=project, capture_output=True, text=True, check=True)
    assert shown.stdout == "ANSWER = 42\n"
    assert (project / "answer.py").read_text() == "ANSWER = 41\n"
    assert not os.environ.get("PULLWRIGHT_BASE_URL")
