"""A program at the terminal: how it is called, in a home and a repository of its own, talking to the scripted model only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from console.driver import Terminal

HERE = Path(__file__).parents[1]
PEERS = {"codex": "@openai/codex@0.169.0", "claude": "@anthropic-ai/claude-code@2.1.197", "opencode": "opencode-ai@1.18.33"}


class Seat:
    """`argv` with `env` in `project`. `open` starts it at a terminal; the seat lays out its home once, in `folder`."""

    def __init__(self, name: str, folder: Path, root: str) -> None:
        self.name = name
        self.root = root
        self.home = folder / name
        self.project = repository(self.home / "tally")
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLORTERM": "truecolor",
            "GIT_CONFIG_NOSYSTEM": "1",
            # Nothing of this bench leaves the machine.
            **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9"),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        }
        self.argv: list[str] = []

    def open(self, *more: str, emulate: bool = False) -> Terminal:
        """The program at a terminal of 100 × 30; without `emulate` nothing but its bytes is kept, so that nothing disturbs."""
        argv = [*self.argv, *more]
        return Terminal(argv, env=self.env, cwd=self.project, columns=100, rows=30, emulate=emulate)


def pullwright(folder: Path, root: str) -> Seat:
    """Pullwright as it is installed, in the mode that it is called in without a command."""
    seat = Seat("pullwright", folder, root)
    seat.argv = [str(Path(sys.executable).parent / "pullwright")]
    seat.env |= {
        "PULLWRIGHT_BASE_URL": root + "/v1",
        "PULLWRIGHT_API_KEY": "k",
        "PULLWRIGHT_MODEL": "bench",
        "PULLWRIGHT_WIRE": "responses",
    }
    settings = seat.home / ".config/pullwright/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('budget = "5000steps"\n[terminal]\napproval = "full-auto"\n')
    return seat


def codex(folder: Path, root: str) -> Seat:
    """Codex with a provider of ours, trusted in this folder."""
    seat = Seat("codex", folder, root)
    home = seat.home / ".codex"
    home.mkdir()
    (home / "config.toml").write_text(
        'model = "gpt-5-codex"\nmodel_provider = "bench"\napproval_policy = "never"\nsandbox_mode = "workspace-write"\n'
        "check_for_update_on_startup = false\nanalytics.enabled = false\nfeedback.enabled = false\n"
        f'[model_providers.bench]\nname = "bench"\nbase_url = "{root}/v1"\nwire_api = "responses"\nenv_key = "KEY"\n'
        f'[projects."{seat.project}"]\ntrust_level = "trusted"\n'
    )
    seat.argv = [str(installed("codex"))]
    seat.env |= {"CODEX_HOME": str(home), "KEY": "k"}
    return seat


def claude(folder: Path, root: str) -> Seat:
    """Claude Code, past its first questions."""
    seat = Seat("claude", folder, root)
    trusted = {str(seat.project): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}}
    known = {"hasCompletedOnboarding": True, "autoUpdates": False, "theme": "dark", "projects": trusted}
    (seat.home / ".claude.json").write_text(json.dumps({**known, "customApiKeyResponses": {"approved": ["k"]}}))
    seat.argv = [str(installed("claude"))]
    off = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_AUTOUPDATER", "DISABLE_ERROR_REPORTING")
    seat.env |= {"ANTHROPIC_BASE_URL": root, "ANTHROPIC_API_KEY": "k", **dict.fromkeys(off, "1")}
    return seat


def opencode(folder: Path, root: str) -> Seat:
    """opencode with a provider of ours."""
    seat = Seat("opencode", folder, root)
    model = {"name": "bench", "tool_call": True, "limit": {"context": 1_000_000, "output": 32_000}}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "bench",
        "options": {"baseURL": root + "/v1", "apiKey": "k"},
        "models": {"bench": model},
    }
    settings = seat.home / ".config/opencode/opencode.json"
    settings.parent.mkdir(parents=True)
    chosen = {"model": "bench/bench", "small_model": "bench/bench", "provider": {"bench": provider}}
    settings.write_text(json.dumps({"autoupdate": False, "share": "disabled", **chosen}))
    seat.argv = [str(installed("opencode"))]
    off = ("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE")
    seat.env |= {f"OPENCODE_DISABLE_{name}": "1" for name in off}
    return seat


SEATS: dict[str, Callable[[Path, str], Seat]] = {
    "pullwright": pullwright,
    "codex": codex,
    "claude": claude,
    "opencode": opencode,
}


def installed(name: str) -> Path:
    """The peer's program, installed by npm in the bench's own folder when it is not there. Raises `LookupError` with why not."""
    folder = Path(os.environ.get("BENCH_PEERS", HERE / ".peers")) / name
    program = folder / "node_modules/.bin" / name
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), PEERS[name]]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LookupError(f"npm: {error}") from error
        if done.returncode or not program.exists():
            raise LookupError(f"npm install {PEERS[name]} failed: {done.stderr.strip()[-200:]}")
    return program


def repository(folder: Path, files: int = 300) -> Path:
    """A git repository with `files` small files."""
    for number in range(files):
        path = folder / f"pack{number % 20:02d}/module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"VALUE = {number}\n" * 8)
    git = ["git", "-c", "user.name=B", "-c", "user.email=b@localhost", "-c", "gc.auto=0"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder
