"""What is asked: from the argument, a file or standard input; what is piped in beside an argument is context."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import click

from pullwright.protocol.errors import FixSettings

CONTEXT_LIMIT = 256 << 10
"""Bytes of piped context that are kept: its beginning and its end."""

PROMPT_LIMIT = 400_000
"""Characters of a prompt, which is never shortened: some 100,000 tokens, what the windows in use still hold."""

IMAGE_LIMIT = 20 << 20
_IMAGES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
_PATIENCE = 2.0


def read_prompt(argument: str, file: Path | None, given: BinaryIO | None = None) -> str:
    """The whole prompt. Raises `FixSettings` when nothing, too much, or two things at once, are asked."""
    # As UTF-8 whatever the locale: an argument in bytes that the locale cannot read comes with surrogates.
    argument = os.fsencode(argument).decode("utf-8", errors="replace")
    stdin: BinaryIO = given or sys.stdin.buffer
    if argument and file:
        raise FixSettings("the prompt is given twice", fix="give an argument or --file, not both")
    if argument == "-" or (not argument and not file and _piped(stdin)):
        return _asked(_text(stdin.read(), "standard input"))
    if file:
        return _asked(_read_file(file))
    prompt = _asked(argument)
    context = _text(_read_patiently(stdin), "standard input").strip("\n") if _piped(stdin) else ""
    return f"{prompt}\n\n<stdin>\n{_bounded(context)}\n</stdin>" if context.strip() else prompt


def _asked(text: str) -> str:
    if not text.strip():
        raise FixSettings("there is no prompt", fix='say what to do: pullwright exec "fix the failing test"')
    if len(text) > PROMPT_LIMIT:
        raise FixSettings(
            f"the prompt has {len(text):,} characters; at most {PROMPT_LIMIT:,} are sent to a model as they are",
            fix="put the text in a file of the project and name the file in the prompt, or pipe it in beside a prompt as context",
        )
    return text.strip()


def _read_file(path: Path) -> str:
    try:
        return _text(path.read_bytes(), str(path))
    except OSError as error:
        raise FixSettings(f"{path} cannot be read: {error.strerror}", fix="give --file a text file") from None


def _text(data: bytes, name: str) -> str:
    if b"\0" in data:
        raise FixSettings(f"{name} is not text", fix="give text; images go with --image")
    return data.decode("utf-8", errors="replace")


def _piped(stream: BinaryIO) -> bool:
    """True for a pipe or a file. A terminal, /dev/null or an inherited socket is nothing that somebody piped in."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _read_patiently(stream: BinaryIO) -> bytes:
    """All of a pipe; says so when nothing comes, since a pipe that was merely inherited never ends."""
    import select

    ready, _, _ = select.select([stream], [], [], _PATIENCE)
    if not ready:
        click.echo("reading standard input as context … (give </dev/null when there is none)", err=True)
    return stream.read()


def _bounded(text: str) -> str:
    if len(text) <= CONTEXT_LIMIT:
        return text
    half = CONTEXT_LIMIT // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"


def data_url(path: Path) -> str:
    """An image file as a data URL. Raises `FixSettings` when it is none, or too large."""
    import base64

    try:
        with path.open("rb") as file:
            data = file.read(IMAGE_LIMIT + 1)
    except OSError as error:
        raise FixSettings(f"{path} cannot be read: {error.strerror}", fix="give --image an image file") from None
    kind = next((kind for magic, kind in _IMAGES.items() if data.startswith(magic)), "")
    if not kind or len(data) > IMAGE_LIMIT:
        what = "is larger than 20 MB" if kind else "is no image that models read"
        raise FixSettings(f"{path} {what}", fix="give a PNG, JPEG, GIF or WebP file of up to 20 MB")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
