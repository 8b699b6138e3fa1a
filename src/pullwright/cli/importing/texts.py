"""Instructions: a Markdown file, with the files that it includes by a line `@path`."""

from __future__ import annotations

import re
from pathlib import Path

from pullwright.cli.importing.haul import Haul, Instructions, Place
from pullwright.cli.importing.reading import text_of

DEPTH = 4
_INCLUDE = re.compile(r"^[ \t]*@([^\s@`'\"()]+)[ \t]*$", re.MULTILINE)


def take_instructions(path: Path, place: Place, haul: Haul) -> None:
    """Add the text at `path`, when it says anything."""
    text = with_includes(text_of(path, place, haul), path, place, haul)
    if text.strip():
        haul.instructions.append(Instructions(at=place.shown(path), text=text.strip() + "\n"))


def with_includes(text: str, path: Path, place: Place, haul: Haul, depth: int = DEPTH) -> str:
    """`text` with each line `@file` replaced by that file, which lies beside `path` or below the person's home.

    Of a project the line stays: the included file lies there, and Pullwright includes it itself.
    """
    if place.project:
        return text

    def included(match: re.Match[str]) -> str:
        target = Path(match[1].replace("~", str(place.home), 1) if match[1].startswith("~/") else path.parent / match[1])
        inside = Path(target).resolve().is_relative_to(place.home.resolve())
        if not depth or not inside or not target.is_file():
            haul.leave(place.shown(path), match[0].strip(), "it includes a file that is not there or not below your home")
            return match[0]
        return with_includes(text_of(target, place, haul), target, place, haul, depth - 1).strip()

    return _INCLUDE.sub(included, text)


def take_folder(folder: Path, place: Place, haul: Haul, *, without: tuple[str, ...] = ()) -> None:
    """Add every Markdown or text file of a folder of rules, in the order of their names."""
    if place.project and folder.is_symlink():
        haul.leave(place.shown(folder), "rules", "it is a link")
        return
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"))[:200]:
        inner = path.relative_to(folder).parts
        if path.suffix in (".md", ".txt") and path.is_file() and inner[0] not in without:
            take_instructions(path, place, haul)
