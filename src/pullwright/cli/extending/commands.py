"""Custom commands: Markdown files whose text is a prompt, given as `/name arguments`.

Formats: Claude Code's `.claude/commands/**.md` (code.claude.com, "Slash commands") and Codex's `prompts/*.md` (openai/codex,
docs/prompts.md). Front matter: `description`, `argument-hint`, `model`, and ours, `mode: plan`. In the text:

    $ARGUMENTS    everything after the name          $1 … $9      one argument (quotes hold words together)
    $NAME         of NAME=value among them           $$           a dollar sign

A text that has no place for arguments gets them at its end. Lines of the form !`command` are not run: they stay as they are.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable

import msgspec

from pullwright.agent.frontmatter import read
from pullwright.cli.extending.found import Found

_NAME = re.compile(r"[\w][\w.-]{0,63}\Z")
_PLACE = re.compile(r"\$(?:(\$)|ARGUMENTS\b|([1-9])(?!\d)|([A-Z][A-Z0-9_]*)\b)")


class CustomCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One command. `hint` shows its arguments, `model` and `plan` hold for its turn, `where` is its file."""

    name: str
    description: str
    hint: str
    text: str
    model: str = ""
    plan: bool = False
    where: str = ""
    own: bool = True

    def prompt(self, arguments: str) -> str:
        """The text with its arguments in their places."""
        given = _split(arguments)
        named = dict(one.split("=", 1) for one in given if re.match(r"[A-Z][A-Z0-9_]*=", one))
        placed = [one for one in given if one.split("=", 1)[0] not in named]
        used = False

        def fill(found: re.Match[str]) -> str:
            nonlocal used
            if found[1]:
                return "$"
            if found[3] and found[0] != "$ARGUMENTS":
                used = used or found[3] in named
                return named.get(found[3], found[0])
            used = True
            if found[2]:
                return placed[int(found[2]) - 1] if int(found[2]) <= len(placed) else ""
            return arguments.strip()

        text = _PLACE.sub(fill, self.text)
        return text if used or not arguments.strip() else f"{text}\n\nArguments: {arguments.strip()}"


def _split(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError:
        return arguments.split()


def command_of(found: Found) -> CustomCommand:
    """The command in a file. Raises `ValueError`, in words, for one that cannot be given."""
    fronted = read(found.data)
    name = posixpath.basename(found.below).removesuffix(".md").removesuffix(".prompt")
    if not _NAME.match(name):
        raise ValueError(f"{name[:80]!r} is no name for a command: letters, digits, dots and hyphens")
    if not fronted.body:
        raise ValueError("it has no text")
    first = next((line.lstrip("# ") for line in fronted.body.splitlines() if line.strip()), "")
    return CustomCommand(
        name=name,
        description=(fronted.text("description") or first)[:200],
        hint=fronted.text("argument-hint", "argument_hint")[:100],
        text=fronted.body,
        model=fronted.text("model"),
        plan=fronted.text("mode") == "plan",
        where=found.where,
        own=found.own,
    )


def distinct(commands: Iterable[tuple[Found, CustomCommand]]) -> tuple[CustomCommand, ...]:
    """By name, sorted. The first of a name counts; a later one in a folder is called by it, too: `git:tidy`."""
    named: dict[str, CustomCommand] = {}
    for found, command in commands:
        folder = posixpath.dirname(found.below).replace("/", ":")
        name = command.name if command.name not in named or not folder else f"{folder}:{command.name}"
        named.setdefault(name, msgspec.structs.replace(command, name=name))
    return tuple(named[name] for name in sorted(named))
