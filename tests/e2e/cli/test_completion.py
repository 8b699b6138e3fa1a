"""Tab, in the shells themselves: bash and zsh in a pty, fish by its own question. A shell that is missing is skipped."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pexpect
import pytest

from pullwright.cli.completing.attach import BY_NAME, attach
from pullwright.cli.completing.seen import remember
from pullwright.cli.folders import folders
from pullwright.cli.program import pullwright
from repositories import git, make_project

SESSION = "ses_0mk3x9a2f4c81d0e"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A shell's environment: `pullwright` on PATH, a project with branches, a session, models that were listed."""
    home = tmp_path / "home"
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/pullwright"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pullwright "$@"\n')
    program.chmod(0o755)
    session = home / "pw/state/sessions" / SESSION
    session.mkdir(parents=True)
    (session / "log.jsonl").write_text(
        f'{{"type":"session_started","seq":1,"project":"{tmp_path / "project"}"}}\n'
        '{"type":"input_received","seq":2,"input":{"type":"prompt","text":"fix: the parser\\nand more"}}\n'
    )
    config = home / "pw/config"
    config.mkdir()
    (config / "config.toml").write_text('[mcp.servers.github]\nurl = "https://x.example/mcp"\n')
    remember(folders({"PULLWRIGHT_HOME": str(home / "pw")}), "ollama", ["qwen3-coder:30b"])
    found = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb", "LANG": "C.UTF-8"}
    return found | {"PULLWRIGHT_HOME": str(home / "pw"), "XDG_CONFIG_HOME": str(home), "PS1": "$ "}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = make_project(tmp_path / "project")
    git(project, "branch", "topic/new")
    git(project, "tag", "v1.0")
    git(project, "pack-refs", "--all")
    git(project, "branch", "topic/loose")
    return project


LINES = {
    "pullwright sess": "sessions",
    "pullwright --appr": "--approval",
    "pullwright --model de": "deep",
    "pullwright exec --appr": "--approval",
    "pullwright exec --approval su": "suggest",
    "pullwright exec --model ollama/qwen3-coder:3": "ollama/qwen3-coder:30b",
    "pullwright exec --ref topic/n": "topic/new",
    "pullwright exec --ref topic/l": "topic/loose",
    "pullwright exec --ref v1": "v1.0",
    "pullwright sessions show ses_0m": SESSION,
    "pullwright config set terminal.theme da": "dark",
    "pullwright completion fi": "fish",
    "pullwright import cla": "claude",
    "pullwright login anth": "anthropic",
    "pullwright mcp test git": "github",
    "pullwright config get mcp.servers.github.u": "mcp.servers.github.url",
}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_in_a_shell(shell: str, env: dict[str, str], project: Path) -> None:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"{shell} is not installed")
    arguments = ["--norc", "--noprofile", "-i"] if shell == "bash" else ["-f", "-i"]
    child: pexpect.spawn[str] = pexpect.spawn(
        found, arguments, env=env, cwd=str(project), encoding="utf-8", timeout=30, dimensions=(24, 200)
    )
    child.delaybeforesend = None
    try:
        child.sendline("autoload -U compinit; compinit -u -D" if shell == "zsh" else "set -o emacs")
        child.sendline(f'eval "$(pullwright completion {shell})"; echo rea""dy')
        child.expect_exact("ready")
        for line, completed in LINES.items():
            child.send(f"{line}\t")
            child.expect_exact(completed)
            child.send("\x15")
    finally:
        child.close(force=True)


def test_fish_offers_the_same_with_what_it_is(env: dict[str, str], project: Path) -> None:
    fish = shutil.which("fish")
    if not fish:
        pytest.skip("fish is not installed")
    asked = "; ".join(f"complete -C {shlex.quote(line)}; echo --" for line in LINES)
    said = subprocess.run(
        [fish, "--no-config", "-c", f"pullwright completion fish | source; {asked}"],
        env=env, cwd=project, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    for answer, completed in zip(said.stdout.split("--\n"), LINES.values(), strict=False):
        assert answer.partition("\t")[0].strip() == completed, said
    assert f"{SESSION}\tfix: the parser" in said.stdout


def offered(env: dict[str, str], project: Path, line: str, breaks: str = " :=") -> list[str]:
    """What bash is offered for a line."""
    asking = {"COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_WORDBREAKS": breaks, "_PULLWRIGHT_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "pullwright"], env=env | asking, cwd=project, capture_output=True, text=True, timeout=30
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_what_stands_behind_a_colon_or_an_equals_sign_is_completed_from_there(env: dict[str, str], project: Path) -> None:
    assert offered(env, project, "pullwright exec --model=ollama/q") == ["ollama/qwen3-coder:30b"]
    assert offered(env, project, "pullwright exec --model ollama/qwen3-coder:") == ["30b"]
    assert offered(env, project, "pullwright exec --model ollama/qwen3-coder:", breaks=" ") == ["ollama/qwen3-coder:30b"]


@pytest.mark.parametrize(
    "line", ["pullwright nonsense ", "pullwright exec 'it", "pullwright sessions show x y ", "pullwright \x1b "]
)
def test_a_line_that_means_nothing_says_nothing(env: dict[str, str], project: Path, line: str) -> None:
    offered(env, project, line)


def test_broken_files_of_ours_say_nothing(env: dict[str, str], project: Path) -> None:
    home = Path(env["PULLWRIGHT_HOME"])
    (home / "config/config.toml").write_text("[broken")
    (home / "cache/models.json").write_text("{")
    (home / "state/sessions" / SESSION / "log.jsonl").write_bytes(b"\x00\xff\n" * 10)
    (project / ".git/packed-refs").write_bytes(b"\xff\n\n")
    for line in ("pullwright models ", "pullwright exec --model ", "pullwright sessions show ", "pullwright exec --ref "):
        offered(env, project, line)


def test_nothing_heavy_is_loaded_and_no_program_is_started(env: dict[str, str], project: Path) -> None:
    code = (
        "import sys, os; from pullwright.cli.program import run; import subprocess\n"
        "subprocess.Popen = None\nrun()\n"
        "heavy = [m for m in ("
        "'asyncio','h11','keyring','prompt_toolkit','rich','pygments','mcp','yaml','pullwright.log') if m in sys.modules]\n"
        "print('heavy', heavy, file=sys.stderr)"
    )
    for line in ("pullwright exec --model ", "pullwright sessions show ", "pullwright exec --ref ", "pullwright "):
        asking = {"COMP_LINE": line, "COMP_POINT": str(len(line)), "_PULLWRIGHT_COMPLETE": "bash_complete"}
        done = subprocess.run([sys.executable, "-c", code], env=env | asking, cwd=project, capture_output=True, text=True)
        assert done.stderr.strip() == "heavy []", line
        assert done.stdout.strip()


def test_every_free_option_that_has_known_values_offers_them() -> None:
    """The names in `BY_NAME` are parameters of commands that are there; none is left over."""

    def parameters(command: click.Command) -> Iterator[str]:
        yield from (parameter.name or "" for parameter in command.params)
        for child in command.commands.values() if isinstance(command, click.Group) and hasattr(command, "commands") else ():
            yield from parameters(child)

    context = click.Context(pullwright)
    commands = [pullwright.get_command(context, name) for name in pullwright.list_commands(context)]
    assert set(BY_NAME) <= {name for command in commands if command for name in parameters(attach(command))}
