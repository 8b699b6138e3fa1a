"""The terminal: kind, size, colours, characters, keys; tmux and SSH."""

from __future__ import annotations

import locale
import os
import subprocess
from collections.abc import Callable, Mapping

from pullwright.cli.checks.noted import noted
from pullwright.cli.settings.tree import Terminal
from pullwright.sandbox.sandbox import Check

NARROW = 40
SLOW_ESC = 50
PATIENCE = 2.0
TMUX: tuple[tuple[str, str, str], ...] = (
    ("focus-events", "on", "without it the bell rings while you look"),
    ("allow-passthrough", "on", "without it copying from a session and desktop notifications stop at tmux"),
    ("extended-keys", "on", "without it Shift-Enter is Enter; Alt-Enter makes a new line"),
)
"""An option, what it should be, and what happens otherwise. `always` is as good as `on`."""

KEYED = ("kitty", "ghostty", "wezterm", "foot", "alacritty", "iterm", "contour", "rio")
"""Terminals that tell Shift-Enter from Enter when they are asked to (kitty's keyboard protocol)."""


def terminal_checks(
    settings: Terminal, env: Mapping[str, str], options: Callable[[], Mapping[str, str]] | None = None
) -> list[Check]:
    """What the interactive terminal will find here. `options` asks tmux for its own, where we are in one."""
    found = [_kind(settings, env), _size(), _colours(settings, env), _characters()]
    if env.get("TERM", "") not in ("", "dumb"):
        found.append(_keys(env))
    if env.get("TMUX"):
        found += _tmux(env, (options or tmux_options)())
    elif env.get("STY"):
        fix = "tmux passes more through: focus, clipboard, colours"
        found.append(noted("multiplexer", ok=False, found="GNU screen", fix=fix))
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        told = "over SSH: the clipboard's images stay on your machine; bell and notifications go through your terminal"
        found.append(noted("ssh", ok=True, found=told))
    return found


def _kind(settings: Terminal, env: Mapping[str, str]) -> Check:
    term = env.get("TERM", "")
    program = " ".join(filter(None, (env.get("TERM_PROGRAM", ""), env.get("TERM_PROGRAM_VERSION", ""))))
    told = f"TERM={term or '(not set)'}" + (f", {program}" if program else "")
    if settings.plain:
        return noted("terminal", ok=True, found=f"{told}; line by line, as terminal.plain says")
    if term in ("", "dumb", "unknown"):
        fix = "export TERM=xterm-256color, or what your terminal calls itself"
        return noted("terminal", ok=False, found=f"{told}: sessions go line by line", fix=fix)
    return noted("terminal", ok=True, found=told)


def _size() -> Check:
    for stream in (1, 2, 0):
        try:
            size = os.get_terminal_size(stream)
        except OSError:
            continue
        told = f"{size.columns} x {size.lines}"
        ok = size.columns >= NARROW or size.columns == 0
        return noted("size", ok=ok, found=told, fix=f"widen it to {NARROW} columns")
    return noted("size", ok=True, found="no terminal here; nothing is shown on one")


def _colours(settings: Terminal, env: Mapping[str, str]) -> Check:
    from pullwright.cli.terminal.theme import detect

    theme = detect(env, wish=settings.theme)
    why = ", as NO_COLOR says" if env.get("NO_COLOR") else ""
    counts = {"truecolor": "16 million", "256": "256", "16": "16", "none": "none"}
    told = f"{counts[theme.depth]}{why}; theme {settings.theme}"
    if theme.depth == "16" and settings.theme in ("dark", "light"):
        fix = "export COLORTERM=truecolor where your terminal can, or a TERM that ends in -256color"
        return noted("colours", ok=False, found=f"{told}, which needs more of them", fix=fix)
    return noted("colours", ok=True, found=told)


def _characters() -> Check:
    name = locale.getpreferredencoding(do_setlocale=False)
    ok = name.lower().replace("-", "") in ("utf8", "gb18030")
    return noted("characters", ok=ok, found=name, fix="export LANG=C.UTF-8, or a locale of yours that ends in UTF-8")


def _keys(env: Mapping[str, str]) -> Check:
    told = f"{env.get('TERM', '')} {env.get('TERM_PROGRAM', '')} {env.get('LC_TERMINAL', '')}".lower()
    known = any(name in told for name in KEYED) and not env.get("TMUX")
    if known:
        return noted("keys", ok=True, found="Shift-Enter makes a new line (also Alt-Enter and Ctrl-J)")
    return noted("keys", ok=True, found="Alt-Enter or Ctrl-J make a new line; Shift-Enter where the terminal offers it")


def _tmux(env: Mapping[str, str], options: Mapping[str, str]) -> list[Check]:
    """What the options of the tmux around us mean for a session."""
    if not options:
        return [noted("tmux", ok=True, found="around us, and says nothing of itself")]
    found: list[Check] = []
    term = env.get("TERM", "")
    if not term.startswith(("tmux", "screen")):
        fix = 'leave TERM to tmux: set -g default-terminal "tmux-256color" in ~/.tmux.conf'
        found.append(noted("tmux TERM", ok=False, found=f"{term} inside tmux", fix=fix))
    for name, wanted, otherwise in TMUX:
        value = options.get(name, "")
        if value and value not in (wanted, "always", "all"):
            told = f"{name} is {value}: {otherwise}"
            found.append(noted("tmux", ok=False, found=told, fix=f"set -g {name} {wanted}   in ~/.tmux.conf"))
    wait = options.get("escape-time", "")
    if wait.isdecimal() and int(wait) > SLOW_ESC:
        told = f"escape-time is {wait} ms: Esc stops the agent so much later"
        found.append(noted("tmux", ok=False, found=told, fix="set -sg escape-time 10   in ~/.tmux.conf"))
    return found or [noted("tmux", ok=True, found="focus, clipboard and keys come through")]


def tmux_options() -> dict[str, str]:
    """The options of the tmux around us; none where it does not answer."""
    found: dict[str, str] = {}
    for scope in (("-g",), ("-s",), ("-gw",)):
        try:
            done = subprocess.run(
                ["tmux", "show-options", *scope], capture_output=True, text=True, timeout=PATIENCE, errors="replace", check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return {}
        pairs = (line.partition(" ") for line in done.stdout.splitlines())
        found |= {name: value.strip() for name, _, value in pairs}
    return found
