"""Folders of commands, agents and skills: the plain files in them, bounded."""

from __future__ import annotations

import os
from pathlib import Path

from pullwright.cli.importing.haul import File, Haul, Kind, Place
from pullwright.cli.importing.reading import Unreadable, read

FILES = 500
FILE_LIMIT = 1 << 20
WHOLE_LIMIT = 16 << 20


def take_files(folder: Path, kind: Kind, place: Place, haul: Haul) -> None:
    """Add the files of `folder` for our folder `kind`: of commands and agents the Markdown, of skills those with a SKILL.md."""
    if not folder.is_dir():
        return
    if place.project and folder.is_symlink():
        haul.leave(place.shown(folder), kind, "it is a link")
    elif kind == "skills":
        for skill in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
            _take_skill(skill, place, haul)
    else:
        _take(folder, folder, kind, place, haul, only=".md")


def _take_skill(skill: Path, place: Place, haul: Haul) -> None:
    if place.project and skill.is_symlink():
        haul.leave(place.shown(skill), "skill", "it is a link")
    elif (skill / "SKILL.md").is_file():
        _take(skill, skill.parent, "skills", place, haul)


def _take(folder: Path, base: Path, kind: Kind, place: Place, haul: Haul, only: str = "") -> None:
    """Add the files below `folder` by their path below `base`. Links inside are not followed."""
    found: list[File] = []
    size = 0
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in (".git", "node_modules", "__pycache__"))
        for name in sorted(names):
            path = Path(at, name)
            if only and path.suffix != only:
                continue
            if path.is_symlink() and path.parent != base:
                haul.leave(place.shown(path), kind[:-1], "it is a link")
                continue
            try:
                content = read(path, place, FILE_LIMIT) or b""
            except Unreadable as why:
                haul.leave(place.shown(path), kind[:-1], str(why))
                continue
            size += len(content)
            found.append(File(at=place.shown(path), kind=kind, path=path.relative_to(base).as_posix(), content=content))
            if len(found) > FILES or size > WHOLE_LIMIT:
                haul.leave(place.shown(folder), kind, f"it has more than {FILES} files or {WHOLE_LIMIT >> 20} MiB")
                return
    haul.files += found
