"""Hooks, skills, commands and agents: how many there are, and each that cannot be used."""

from __future__ import annotations

from pullwright.cli.checks.noted import noted
from pullwright.cli.extending.extensions import extensions
from pullwright.cli.settings.load import Loaded
from pullwright.sandbox.sandbox import Check


def extension_checks(loaded: Loaded) -> list[Check]:
    """One line for each kind that there is; nothing where nothing was added."""
    found = extensions(loaded)
    kinds = {
        "hooks": [f"{hook.event}: {hook.title}" for hook in found.hooks],
        "skills": [skill.name for skill in found.skills],
        "commands": [f"/{command.name}" for command in found.commands],
        "agents": [persona.name for persona in found.personas],
    }
    lines = [noted(kind, ok=True, found=f"{len(names)}: {_some(names)}") for kind, names in kinds.items() if names]
    return lines + [noted("left out", ok=False, found=notice, fix="see docs/extending.md") for notice in found.notices]


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
