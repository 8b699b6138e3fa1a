"""Slash commands that are files: the person's and a trusted project's commands, and skills by their names.

slashes(face)     all commands that may be given: the built-in ones, then these; a file cannot take a built-in one's name
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.slash.registry import SLASHES, Slash

if TYPE_CHECKING:
    from pullwright.agent.skills import Skill
    from pullwright.cli.extending.commands import CustomCommand
    from pullwright.cli.terminal.face import Face


class Given(Slash, frozen=True, kw_only=True):
    """A command whose text is a prompt."""

    command: CustomCommand

    async def run(self, face: Face, arguments: str) -> None:
        """Send the prompt; the model and the plan mode that the command asks for hold for its turn alone."""
        from pullwright.cli.settings.model import CLASSES

        rules = face.pairing.rules
        before = rules.loaded, rules.plan
        try:
            if self.command.model in CLASSES or "/" in self.command.model:
                rules.set("model", self.command.model)
            rules.plan = rules.plan or self.command.plan
            await face.pairing.submit(self.command.prompt(arguments))
        finally:
            rules.loaded, rules.plan = before
            face.pairing.refresh()

    def arguments(self, face: Face) -> Sequence[tuple[str, str]]:
        """Anything may follow."""
        return ()


class Asked(Slash, frozen=True, kw_only=True):
    """A skill, asked for by its name."""

    async def run(self, face: Face, arguments: str) -> None:
        """Send a prompt that names it: then its text goes along."""
        await face.pairing.submit(f"${self.name} {arguments}".rstrip())

    def arguments(self, face: Face) -> Sequence[tuple[str, str]]:
        """Anything may follow."""
        return ()


def slashes(face: Face) -> Mapping[str, Slash]:
    """Every command, by name."""
    found = face.pairing.rules.found
    if not found.commands and not found.skills:
        return SLASHES
    skills = {skill.name: _of_skill(skill) for skill in found.skills}
    return {**skills, **{command.name: _of_command(command) for command in found.commands}, **SLASHES}


def _of_command(command: CustomCommand) -> Given:
    plain = not command.model and not command.plan
    help_ = command.description if command.own else f"{command.description} (the project's)"
    usage = f"[{command.hint}]" if command.hint else "[…]"
    return Given(
        name=command.name, help=help_, usage=usage, group="Extending", module="custom", while_working=plain, command=command
    )


def _of_skill(skill: Skill) -> Asked:
    text = skill.description if len(skill.description) <= 100 else f"{skill.description[:99]}…"
    return Asked(name=skill.name, help=f"skill: {text}", usage="[…]", group="Extending", module="custom", while_working=True)
