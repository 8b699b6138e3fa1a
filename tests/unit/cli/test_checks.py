"""What doctor says of a terminal, of what lies around it, and of the shell; each failure with its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.cli.checks.around import around_checks
from pullwright.cli.checks.extensions import extension_checks
from pullwright.cli.checks.prepared import prepared_checks
from pullwright.cli.checks.shells import shell_checks
from pullwright.cli.checks.terminal import terminal_checks
from pullwright.cli.settings.load import load
from pullwright.cli.settings.tree import Terminal
from pullwright.cli.setup.plan import Plan
from pullwright.cli.setup.record import mark
from pullwright.sandbox.sandbox import Check


def told(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def bad(checks: list[Check]) -> set[str]:
    assert all(check.fix for check in checks if not check.ok)
    assert not any(check.required for check in checks)
    return {check.name for check in checks if not check.ok}


@pytest.mark.parametrize(
    ("env", "settings", "failed"),
    [
        ({"TERM": "xterm-256color"}, Terminal(), set()),
        ({"TERM": "dumb"}, Terminal(), {"terminal"}),
        ({}, Terminal(plain=True), set()),
        ({"TERM": "xterm"}, Terminal(theme="dark"), {"colours"}),
        ({"TERM": "xterm", "NO_COLOR": "1"}, Terminal(theme="dark"), set()),
        ({"TERM": "xterm-256color", "STY": "1.x"}, Terminal(), {"multiplexer"}),
    ],
)
def test_kinds_of_terminals(env: dict[str, str], settings: Terminal, failed: set[str]) -> None:
    assert bad(terminal_checks(settings, env)) - {"characters", "size"} == failed


def test_keys_and_ssh_are_told() -> None:
    checks = terminal_checks(Terminal(), {"TERM": "xterm-kitty", "SSH_CONNECTION": "x"})
    assert told(checks, "keys").found.startswith("Shift-Enter makes")
    assert told(checks, "ssh").ok


def test_tmux_options_that_hurt_are_named_with_the_line_that_mends_them() -> None:
    options = {"focus-events": "off", "allow-passthrough": "all", "extended-keys": "on", "escape-time": "500"}
    checks = terminal_checks(Terminal(), {"TERM": "xterm", "TMUX": "/tmp/x"}, lambda: options)
    fixes = " ".join(check.fix for check in checks if check.name.startswith("tmux"))
    assert "set -g focus-events on" in fixes
    assert "set -sg escape-time 10" in fixes
    assert "default-terminal" in fixes
    assert "passthrough" not in fixes
    assert bad(terminal_checks(Terminal(), {"TERM": "tmux-256color", "TMUX": "/tmp/x"}, dict)) <= {"characters", "size"}


def test_what_lies_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    graphical = {"DISPLAY": ":0", "TERM": "xterm"}
    checks = around_checks(Terminal(editor="myeditor --wait", notify="bell,desktop"), graphical)
    assert bad(checks) == {"editor", "clipboard", "notifications"}
    assert "myeditor --wait is not installed" in told(checks, "editor").found
    assert bad(around_checks(Terminal(editor="'unfinished"), {})) == {"editor"}


def test_completions_and_the_manual_page_are_found_or_how_to_get_them(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "SHELL": "/usr/bin/fish"}
    assert "pullwright completion fish > " in told(shell_checks(env), "completion (fish)").fix
    (tmp_path / ".config/fish/completions").mkdir(parents=True)
    (tmp_path / ".config/fish/completions/pullwright.fish").write_text("")
    assert told(shell_checks(env), "completion (fish)").ok
    env["SHELL"] = "/bin/bash"
    (tmp_path / ".bashrc").write_text('eval "$(pullwright completion bash)"\n')
    assert told(shell_checks(env), "completion (bash)").found.endswith(".bashrc")
    assert "fpath" in told(shell_checks(env | {"SHELL": "zsh"}), "completion (zsh)").fix
    (tmp_path / ".local/share/man/man1").mkdir(parents=True)
    (tmp_path / ".local/share/man/man1/pullwright.1").write_text("")
    assert told(shell_checks(env), "manual page").ok
    assert [check.name for check in shell_checks(env | {"SHELL": "/bin/tcsh"})] == ["manual page"]


def test_what_was_set_up_and_what_could_be_brought_over(own_home: Path) -> None:
    loaded = load()
    assert bad(prepared_checks(loaded)) == {"setup"}
    mark(loaded.folders, Plan(approval="suggest"))
    (own_home / ".codex").mkdir()
    (own_home / ".codex/AGENTS.md").write_text("x\n")
    loaded.folders.config.mkdir(parents=True)
    (loaded.folders.config / "AGENTS.md").write_text("x" * 40_000)
    checks = prepared_checks(loaded)
    assert bad(checks) == {"instructions", "other agents"}
    assert told(checks, "other agents").found.startswith("Codex")


def test_extensions_are_counted_and_what_cannot_be_used_is_named(own_home: Path) -> None:
    assert extension_checks(load()) == []
    config = load().folders.config
    (config / "commands").mkdir(parents=True)
    (config / "commands/tidy.md").write_text("Tidy\n")
    (config / "commands/empty.md").write_text("")
    checks = extension_checks(load())
    assert told(checks, "commands").found == "1: /tidy"
    assert bad(checks) == {"left out"}
