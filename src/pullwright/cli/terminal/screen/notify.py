"""Telling a person who looks elsewhere: the bell, or the desktop.

The terminal says when it loses and gets the focus (mode 1004). While it has said nothing, a person who pressed a key a moment ago
counts as looking.
"""

from __future__ import annotations

import asyncio
import html
import os
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import one_line

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace

AWAY = 20.0
"""Seconds without a key after which nobody is there."""

_PATIENCE = 5.0


def wanted(setting: str) -> set[str]:
    """`bell`, `desktop`, both or none."""
    return {word.strip() for word in setting.split(",")} & {"bell", "desktop"}


def notify(face: ScreenFace, text: str) -> None:
    """Tell it, in the ways that the setting names, unless the person looks at the terminal."""
    ways = wanted(face.settings.notify)
    if not ways or _looking(face):
        return
    words = one_line(text, 120)
    parts = (["\a"] if "bell" in ways else []) + ([_sequence(words)] if "desktop" in ways else [])
    face.foot.frames.write_raw("".join(parts))
    face.foot.frames.flush()
    if "desktop" in ways and shutil.which("notify-send") and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        face.spawn(_send(words))


def _looking(face: ScreenFace) -> bool:
    if not face.foot.drawable:  # in their editor, or in the transcript
        return False
    return time.monotonic() - face.pressed < AWAY if face.focus is None else face.focus


def _sequence(words: str) -> str:
    """What this terminal takes for a notification: kitty 99, urxvt and foot 777, others 9 (iTerm2, WezTerm, Ghostty…)."""
    term = os.environ.get("TERM", "")
    if "kitty" in term:
        return f"\x1b]99;;Pullwright: {words}\x1b\\"
    if term.startswith(("rxvt", "foot")):
        return f"\x1b]777;notify;Pullwright;{words.replace(';', ',')}\x1b\\"
    if term in ("linux", "vt100"):
        return ""
    return f"\x1b]9;Pullwright: {words}\x07"


async def _send(words: str) -> None:
    with suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            *("notify-send", "--app-name=Pullwright", "--", "Pullwright", html.escape(words)),  # a body is markup
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
