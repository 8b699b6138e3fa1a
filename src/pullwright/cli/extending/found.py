"""The files that extend the agent, each with where it lies and whose it is.

the person's     <config>/skills/*/SKILL.md, ~/.agents/skills/*/SKILL.md, <config>/commands/**.md, <config>/agents/*.md
the project's    what `protocol/extensions.py` names, and only as trusted: the bytes that were hashed, not the file as it is now
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from pullwright.agent.frontmatter import MOST

MOST_FILES = 500
"""Files of one kind that are read of a person's folder."""

SKILLS = (".pullwright/skills", ".agents/skills", ".claude/skills", ".github/skills")
COMMANDS = (".pullwright/commands", ".claude/commands", ".codex/prompts")
AGENTS = (".pullwright/agents", ".github/agents", ".agents/agents", ".claude/agents")
"""The project's folders of each kind; the first file of a name counts."""


class Found(msgspec.Struct, frozen=True):
    """One file. `below` is its path below the folder of its kind, `where` its path for a reader."""

    where: str
    below: str
    data: bytes
    own: bool


def persons(folder: Path, pattern: str) -> Iterator[Found]:
    """The person's files in a folder of theirs, by name. What cannot be read is passed over: it is theirs to notice."""
    if not folder.is_dir():
        return
    for number, path in enumerate(sorted(folder.glob(pattern))):
        if number >= MOST_FILES:
            return
        try:
            with path.open("rb") as file:
                yield Found(str(path), str(path.relative_to(folder)), file.read(MOST + 1), True)
        except OSError:
            continue


def projects(files: Mapping[str, bytes], folders: Sequence[str], ending: str) -> Iterator[Found]:
    """The trusted project's files below some folders, in the folders' order."""
    for folder in folders:
        for name in sorted(files):
            if name.startswith(f"{folder}/") and name.endswith(ending):
                yield Found(name, name.removeprefix(f"{folder}/"), files[name], False)


def home(env: Mapping[str, str] | None = None) -> Path:
    """The person's home folder."""
    return Path((os.environ if env is None else env).get("HOME") or "~").expanduser()
