"""What a project asks of its reviews: sections `Review guidelines` of its AGENTS.md files.

For each changed file those from its own folder up to the root count, the nearest first. They are read from the base, the
side that somebody has accepted already: a change that edits them is reviewed by what stood there before.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from pullwright.agent.instructions import NAMES

LIMIT = 16 << 10
"""Bytes of all guidelines of a review together."""

MOST_FOLDERS = 400

Read = Callable[[str], Awaitable[bytes | None]]
"""Reads a file of one side by its path; None where there is none."""

_TITLE = r"(?:code\s+)?review(?:er)?s?\s+guidelines?"
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_WANTED = re.compile(rf"[\W_]*{_TITLE}[\W_]*", re.IGNORECASE)


class Guideline(msgspec.Struct, frozen=True):
    """One section. `scope` is the folder that it is for, empty for all of the project."""

    id: str
    path: str
    scope: str
    text: str

    def covers(self, path: str) -> bool:
        """Whether it is for this file."""
        return not self.scope or path.startswith(f"{self.scope}/")


async def collect(paths: Iterable[str], read: Read) -> tuple[Guideline, ...]:
    """The guidelines for these files, the nearest first; cut at `LIMIT` bytes together."""
    found: list[Guideline] = []
    left = LIMIT
    for folder in _folders(paths):
        for name in NAMES:
            path = posixpath.join(folder, name)
            data = await read(path)
            if data is None:
                continue
            for text in sections(data.decode("utf-8", "replace")):
                kept = text.encode()[:left].decode("utf-8", "ignore")
                left -= len(kept.encode())
                if kept.strip():
                    found.append(Guideline(f"G{len(found) + 1}", path, folder, kept))
            break  # the first of the names in a folder counts
    return tuple(found)


async def edited(paths: Iterable[str], old: Read, new: Read) -> tuple[str, ...]:
    """The files whose guidelines differ between the two sides."""
    changed = [path for path in paths if posixpath.basename(path) in NAMES]
    texts = [(path, *[sections((await read(path) or b"").decode("utf-8", "replace")) for read in (old, new)]) for path in changed]
    return tuple(path for path, before, after in texts if before != after)


def _folders(paths: Iterable[str]) -> list[str]:
    """The folders of these files and those above them, the deepest first, the root last."""
    found: set[str] = {""}
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found and len(found) < MOST_FOLDERS:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return sorted(found, key=lambda folder: (-folder.count("/") - bool(folder), folder))


def sections(text: str) -> list[str]:
    """The bodies of the sections that are called so, without their heading, subsections included."""
    found: list[list[str]] = []
    within = 0  # the level of the section that we are in; 0 for none
    for line, level, title in _lines(text):
        if level and (not within or level <= within):
            within = level if _WANTED.fullmatch(title) else 0
            if within:
                found.append([])
        elif within:
            found[-1].append(line)
    texts = ("\n".join(lines).strip() for lines in found)
    return [each for each in texts if each]


def _lines(text: str) -> Iterable[tuple[str, int, str]]:
    """Each line with its level as a heading (0: it is none) and its title. Nothing inside a code block is a heading."""
    lines = text.splitlines()
    fence = ""
    skip = False
    for number, line in enumerate(lines):
        if skip:
            skip = False
            continue
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (heading := _HEADING.fullmatch(line)):
            yield line, len(heading[1]), heading[2]
            continue
        elif not fence and line.strip() and number + 1 < len(lines) and (under := _UNDERLINE.fullmatch(lines[number + 1])):
            skip = True
            yield line, 1 if under[1].startswith("=") else 2, line.strip()
            continue
        yield line, 0, ""
