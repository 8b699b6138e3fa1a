"""Images: a path that was dragged or pasted into the terminal, or the clipboard's content."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_LONGEST = 4_096
_TOOLS: tuple[tuple[str, ...], ...] = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
    ("pngpaste", "-"),
)
_TEXT_TOOLS: tuple[tuple[str, ...], ...] = (
    ("wl-paste", "--no-newline"),
    ("xclip", "-selection", "clipboard", "-out"),
    ("pbpaste",),
)
_PATIENCE = 3.0


def dropped_images(text: str, project: Path) -> list[str]:
    """The image files when `text` is nothing but their paths (as terminals paste what is dragged into them), else none."""
    text = text.strip()
    if not text or len(text) > _LONGEST or not any(suffix in text.lower() for suffix in SUFFIXES):
        return []
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    found = [_image(word, project) for word in words]
    whole = _image(text, project)
    return [whole] if whole else [path for path in found if path] if all(found) else []


def _image(word: str, project: Path) -> str:
    word = unquote(word.removeprefix("file://")) if word.startswith("file://") else word
    if not word.lower().endswith(SUFFIXES):
        return ""
    try:
        path = (project / Path(word).expanduser()).resolve()
        return str(path) if path.is_file() else ""
    except (OSError, RuntimeError, ValueError):
        return ""


async def clipboard_image() -> str:
    """The clipboard's image as a file; empty when there is none or no tool that could read it."""
    data = await _first(_TOOLS)
    if not data.startswith(b"\x89PNG"):
        return ""
    with tempfile.NamedTemporaryFile(prefix="pullwright-", suffix=".png", delete=False) as file:
        file.write(data)
    return file.name


async def clipboard_text() -> str:
    """The clipboard's text; empty when there is none."""
    return (await _first(_TEXT_TOOLS)).decode(errors="replace")


async def _first(tools: tuple[tuple[str, ...], ...]) -> bytes:
    for command in tools:
        if shutil.which(command[0]) and (data := await _output(command)):
            return data
    return b""


async def _output(command: tuple[str, ...]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            assert process.stdout is not None
            data = await process.stdout.read()
            return data if await process.wait() == 0 else b""
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def can_read_clipboard() -> bool:
    """Some tool for it is installed."""
    return sys.platform == "darwin" or any(shutil.which(command[0]) for command in _TOOLS)
