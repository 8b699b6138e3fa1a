"""What lies around the terminal: editor, clipboard, notifications."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

from pullwright.cli.checks.noted import noted
from pullwright.cli.settings.notify import parse_notify
from pullwright.cli.settings.tree import Terminal
from pullwright.sandbox.sandbox import Check


def around_checks(settings: Terminal, env: Mapping[str, str]) -> list[Check]:
    """What a session calls for outside itself."""
    return [_editor(settings), _clipboard(env), _notifications(settings, env)]


def _editor(settings: Terminal) -> Check:
    from pullwright.cli.terminal.screen.outside import editor_command

    try:
        command = editor_command(settings.editor)
    except ValueError as error:  # a quote that does not end
        return noted("editor", ok=False, found=f"cannot be read: {error}", fix="correct terminal.editor or $EDITOR")
    told = " ".join(command)
    if shutil.which(command[0]):
        return noted("editor", ok=True, found=told)
    fix = "export EDITOR=nano (or yours), or: pullwright config set terminal.editor nano"
    return noted("editor", ok=False, found=f"{told} is not installed", fix=fix)


def _clipboard(env: Mapping[str, str]) -> Check:
    if sys.platform == "darwin":
        tool, package = ("pngpaste" if shutil.which("pngpaste") else ""), "pngpaste, for images"
    elif env.get("WAYLAND_DISPLAY"):
        tool, package = ("wl-paste" if shutil.which("wl-paste") else ""), "wl-clipboard"
    elif env.get("DISPLAY"):
        tool, package = ("xclip" if shutil.which("xclip") else ""), "xclip"
    else:
        told = "none on this machine; copying goes through the terminal (OSC 52), images by their path"
        return noted("clipboard", ok=True, found=told)
    if tool:
        return noted("clipboard", ok=True, found=f"{tool}: text and images")
    return noted("clipboard", ok=False, found="images cannot be pasted", fix=f"install {package}")


def _notifications(settings: Terminal, env: Mapping[str, str]) -> Check:
    ways = sorted(parse_notify(settings.notify))
    told = " and ".join(ways) or "off"
    graphical = bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")) and os.name == "posix"
    if "desktop" in ways and graphical and not shutil.which("notify-send"):
        fix = "install libnotify (notify-send)"
        return noted("notifications", ok=False, found=f"{told}; only as far as the terminal shows them", fix=fix)
    if "desktop" in ways and env.get("TERM") in ("linux", "vt100"):
        fix = "pullwright config set terminal.notify bell"
        return noted("notifications", ok=False, found=f"{told}; this terminal shows none", fix=fix)
    return noted("notifications", ok=True, found=told)
