"""What happens outside the screen: the person's editor, the shell after Ctrl-Z, the clipboard."""

from __future__ import annotations

import asyncio
import base64
import os
import shlex
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.cli.terminal.screen.images import clipboard_image, clipboard_text

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace

_MOST_COPIED = 100_000
"""Bytes that OSC 52 carries in most terminals."""


def editor_command(setting: str) -> list[str]:
    """The person's editor: the setting, else $VISUAL, else $EDITOR, else vi."""
    for words in (setting, os.environ.get("VISUAL", ""), os.environ.get("EDITOR", "")):
        if words.strip():
            return shlex.split(words)
    return ["vi"]


async def edited(face: ScreenFace, text: str, suffix: str) -> str | None:
    """`text` as the person's editor leaves it; None when it was left as it was, or the editor failed."""
    command = editor_command(face.settings.editor)
    with tempfile.TemporaryDirectory(prefix="pullwright-") as folder:
        file = Path(folder) / f"text{suffix}"
        file.write_text(text, encoding="utf-8", newline="")
        try:
            async with face.foot.away():
                process = await asyncio.create_subprocess_exec(*command, str(file))
                code = await process.wait()
        except OSError as error:
            face.say(f"the editor {command[0]} does not start: {error.strerror}\nset $EDITOR, or `terminal.editor`", "error")
            return None
        if code != 0:
            face.say(f"the editor ended with {code}: nothing was changed", "warning")
            return None
        after = file.read_bytes().decode("utf-8", errors="replace")
    return after if after != text else None


async def write_outside(face: ScreenFace) -> None:
    """Ctrl-G: what stands in the editor, pastes in full, in the person's own."""
    text = await edited(face, face.editor.folds.whole(face.editor.text), ".md")
    if text is not None:
        face.fill(text.rstrip("\n"))


async def suspend(face: ScreenFace) -> None:
    """Ctrl-Z: the shell has the terminal until `fg`."""
    async with face.foot.away():
        os.kill(0, signal.SIGTSTP)
        # The signal stops us here; another turn of the loop lets it arrive before the terminal is taken back.
        await asyncio.sleep(0)


async def paste_clipboard(face: ScreenFace) -> None:
    """Ctrl-V: the clipboard's image, or its text."""
    path = await clipboard_image()
    if path:
        face.editor.add_image(path)
        return
    text = await clipboard_text()
    if text:
        face.editor.paste(text)
    else:
        face.note("nothing to paste: no image or text in the clipboard, or neither wl-paste, xclip nor pngpaste is installed")


def copy(face: ScreenFace, text: str) -> bool:
    """Put text into the terminal's clipboard (OSC 52), through tmux where we are in one. False when it is too long."""
    data = base64.b64encode(text.encode(errors="replace")).decode()
    if len(data) > _MOST_COPIED:
        return False
    sequence = f"\x1b]52;c;{data}\x07"
    if os.environ.get("TMUX"):
        sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    face.foot.frames.write_raw(sequence)
    face.foot.frames.flush()
    return True
