"""What the text before the cursor asks to be completed: `@file`, `/command`, a command's argument, a path after `!`.

asked(text, cursor) -> Asked | None      pure
quoted(name)                             a name with spaces as it stands behind an @
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pullwright.cli.terminal.screen.menu import Offer
from pullwright.workspace.fuzzy import score

_FILE = re.compile(r"(?:^|(?<=[\s(\[{,;:'\"]))@(\"[^\"\n]*|[^\s\"@][^\s\"]*|)$")
_SLASH = re.compile(r"^/([\w-]*)$")
_ARGUMENT = re.compile(r"^/([\w-]+) +(\S*)$")
_SHELL = re.compile(r"^!.*?(?:^!|[\s=])([^\s=]*)$", re.DOTALL)


class Asked(msgspec.Struct, frozen=True):
    """What is to be completed: the letters so far, where in the text they begin, for an argument the command's name."""

    kind: Literal["file", "slash", "argument", "path"]
    letters: str
    start: int
    command: str = ""


def asked(text: str, cursor: int) -> Asked | None:
    """What stands before the cursor, if it is something that can be completed."""
    before = text[:cursor]
    line = before[before.rfind("\n") + 1 :]
    if found := _FILE.search(line):
        return Asked("file", found[1].lstrip('"'), len(before) - len(line) + found.start())
    if found := _SLASH.match(before):
        return Asked("slash", found[1], 0)
    if found := _ARGUMENT.match(before):
        return Asked("argument", found[2], found.start(2), found[1])
    if before.startswith("!") and (found := _SHELL.match(before)) and found[1]:
        return Asked("path", found[1], found.start(1))
    return None


def quoted(name: str) -> str:
    """`@name`, in quotes when the name has spaces."""
    return f'@"{name}"' if re.search(r"\s", name) else f"@{name}"


def file_offers(names: Iterable[str], wanted: Asked) -> list[Offer]:
    """Files and folders as they are offered. A folder stays open for what lies in it."""
    return [
        Offer(
            quoted(name)[:-1] if name.endswith("/") and " " in name else quoted(name) + ("" if name.endswith("/") else " "),
            wanted.start,
            label=name,
        )
        for name in names
    ]


def ranked(words: Sequence[tuple[str, str]], letters: str) -> list[tuple[str, str]]:
    """The words (with their hints) that the letters fit, best first; those that begin with them before all others."""
    if not letters:
        return list(words)
    found = [
        (not word.startswith(letters), -value, number)
        for number, (word, _) in enumerate(words)
        if (value := score(word, letters.lower())) is not None
    ]
    return [words[number] for *_, number in sorted(found)]
