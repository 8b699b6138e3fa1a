"""What people wrote down for agents: AGENTS.md, found, bounded, with its includes.

    the person's own file                  once, first
    project root … working directory      at the start, outermost first
    folders below                          when a file there is touched, as a later item, once

Where a folder has no AGENTS.md, another agent's file stands in. A line `@docs/style.md` alone is replaced by that
file (relative to the file it stands in, inside the project only). All of it together is bounded.
These are texts of the project: they can ask, they cannot set anything.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pullwright.protocol.items import Item, Message, user_message
from pullwright.sandbox.sandbox import Sandbox

LIMIT = 32 << 10
"""Bytes of all instructions of a session together."""
NAMES = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")
"""The first of these in a folder counts."""
DEPTH = 3
"""How deep includes may include."""

_INCLUDE = re.compile(r"\s*@([^\s@`'\"()]+)\s*\Z")
_TOLD = re.compile(r'^<instructions file="([^"]*)"', re.MULTILINE)


class Reader(Protocol):
    """Reads files of the project by their path below its root."""

    async def read(self, path: str) -> bytes | None:
        """At most `LIMIT + 1` bytes of a regular file; None when there is none. Never follows a link out of the project."""
        ...


class FolderReader:
    """Reads from folders of the host, the first that has the path (an overlay's upper, then its lowers)."""

    def __init__(self, *roots: Path) -> None:
        self._roots = roots

    async def read(self, path: str) -> bytes | None:
        """See `Reader.read`. A path that lies in an earlier folder as anything but a file hides later ones."""
        return self._read(path)

    def _read(self, path: str) -> bytes | None:
        for root in self._roots:
            real = os.path.realpath(root)
            found = os.path.realpath(os.path.join(real, path))  # noqa: PTH118 - strings, as realpath wants them
            if not found.startswith(f"{real}{os.sep}"):
                return None
            try:
                fd = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            except OSError:
                return None
            with open(fd, "rb") as file:
                return file.read(LIMIT + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else None
        return None


class SandboxReader:
    """Reads as the sandbox sees the workspace. Links lead nowhere but inside the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def read(self, path: str) -> bytes | None:
        """See `Reader.read`."""
        try:
            return await self._sandbox.read(posixpath.join(self._sandbox.at, path), limit=LIMIT + 1)
        except OSError:
            return None


class Instructions:
    """The instructions of one session. `told` are the files that the model has; `left` the bytes that may still follow."""

    def __init__(self, told: Iterable[str] = (), left: int = LIMIT) -> None:
        self.told = set(told)
        self.left = left
        self._folders: set[str] = set()
        self._paths = 0

    def remember(self, items: Iterable[Item]) -> None:
        """These items are in the conversation already (a resumed session): their files are not told again."""
        for item in items:
            if b"<instructions file=" in item.raw and isinstance(view := item.view, Message) and is_instructions(view.text):
                files = set(_TOLD.findall(view.text))
                self.left = self.left if files <= self.told else max(0, self.left - len(view.text.encode()))
                self.told |= files

    async def opening(self, reader: Reader, *, cwd: str = "", user: Path | None = None) -> list[Item]:
        """The items for the start: the person's file, then the project's from its root to `cwd` (below the root)."""
        texts: list[str] = []
        if user is not None and (text := _user_text(user)):
            texts.append(self._bounded("the person's own", text))
        folders = ["", *_chain(posixpath.normpath(cwd))] if cwd not in {"", "."} else [""]
        for folder in folders:
            texts += await self._of_folder(reader, folder)
        return [user_message("\n\n".join(texts))] if texts else []

    async def below(self, paths: Iterable[str], sandbox: Sandbox) -> list[Item]:
        """Items for folders in which a file was touched for the first time. `paths` only ever grows (a dict, in order)."""
        fresh = list(paths)[self._paths :]
        self._paths += len(fresh)
        texts: list[str] = []
        for folder in dict.fromkeys(folder for path in fresh for folder in _chain(posixpath.dirname(_below(path, sandbox.at)))):
            if folder not in self._folders:
                texts += await self._of_folder(SandboxReader(sandbox), folder)
        return [user_message("\n\n".join(texts))] if texts else []

    async def _of_folder(self, reader: Reader, folder: str) -> list[str]:
        self._folders.add(folder)
        for name in NAMES:
            path = posixpath.join(folder, name)
            data = await reader.read(path)
            if data is None:
                continue
            if path in self.told or not data.strip():
                return []
            self.told.add(path)
            text = await _included(reader, path, _text(data), {path}, DEPTH)
            return [self._bounded(path, text, scope=folder)]
        return []

    def _bounded(self, name: str, text: str, scope: str = "") -> str:
        """One file's text within what is left, saying so when it is cut."""
        data = text.strip().encode()
        if len(data) > self.left:
            rest = len(data) - self.left
            text = data[: self.left].decode(errors="ignore") + f"\n[cut here: {rest} bytes more in {name}]"
        self.left = max(0, self.left - len(data))
        where = f' for="{scope}/"' if scope else ""
        return f'<instructions file="{name}"{where}>\n{text.strip()}\n</instructions>'


def is_instructions(text: str) -> bool:
    """Whether a user message is one of these and not what a person wrote."""
    return text.startswith("<instructions file=")


async def _included(reader: Reader, path: str, text: str, seen: set[str], depth: int) -> str:
    """`text` with its include lines replaced; code blocks are left alone. A line that names no file stays as it is."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        match = None if fenced else _INCLUDE.match(line)
        lines.append(line if match is None else await _include(reader, path, line, match[1], seen, depth))
    return "\n".join(lines)


async def _include(reader: Reader, path: str, line: str, named: str, seen: set[str], depth: int) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
    if named.startswith(("/", "~")) or target.startswith("../"):
        return f"{line} [not included: outside of the project]"
    if target in seen:
        return f"{line} [included above]"
    data = await reader.read(target)
    if data is None:
        return line
    if depth == 0:
        return f"{line} [not included: too deep]"
    seen.add(target)
    return await _included(reader, target, _text(data), seen, depth - 1)


def _chain(folder: str) -> list[str]:
    """`a/b/c` as `a`, `a/b`, `a/b/c`; nothing for what is not below the root."""
    if folder in {"", ".", "/"} or folder.startswith(("/", "..")):
        return []
    parts = folder.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _below(path: str, at: str) -> str:
    normal = posixpath.normpath(path)
    return normal.removeprefix(f"{at.rstrip('/')}/")


def _text(data: bytes) -> str:
    return data.decode(errors="replace").replace("</instructions>", "<\\/instructions>")


def _user_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _text(file.read(LIMIT + 1))
    except OSError:
        return ""
