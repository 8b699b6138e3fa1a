"""All that extends the agent, read. A file that cannot be used is a notice and stops nothing."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from pullwright.agent.hooks.hook import Hook
from pullwright.agent.personas import Persona, find, persona_of
from pullwright.agent.personas import distinct as distinct_personas
from pullwright.agent.skills import Skill, skill_of
from pullwright.agent.skills import distinct as distinct_skills
from pullwright.cli.extending.commands import CustomCommand, command_of
from pullwright.cli.extending.commands import distinct as distinct_commands
from pullwright.cli.extending.found import AGENTS, COMMANDS, SKILLS, Found, home, persons, projects
from pullwright.cli.settings.hooks import hooks_of
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.model import CLASSES
from pullwright.cli.settings.nearest import did_you_mean
from pullwright.protocol.errors import FixSettings

INSIDE = "/run/pullwright/skills"
"""Where the person's skills are shown to commands, each folder under its skill's name."""

T = TypeVar("T")


class Extensions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has, and what a trusted project adds."""

    hooks: tuple[Hook, ...] = ()
    skills: tuple[Skill, ...] = ()
    commands: tuple[CustomCommand, ...] = ()
    personas: tuple[Persona, ...] = ()
    notices: tuple[str, ...] = ()

    def persona(self, name: str) -> Persona:
        """The custom agent of that name. Raises `FixSettings`."""
        found = find(self.personas, name)
        if found is None:
            known = [persona.name for persona in self.personas]
            fix = f"there are: {', '.join(known)}" if known else "write one into agents/NAME.md beside your config.toml"
            raise FixSettings(f"there is no custom agent {name!r}.{did_you_mean(name, known)}", fix=fix)
        return found

    def command(self, name: str) -> CustomCommand | None:
        """The custom command of that name."""
        return next((command for command in self.commands if command.name == name), None)

    def prompt(self, text: str) -> str:
        """A prompt, with the custom command that it begins with put in its place: `/tidy src` is what tidy.md says."""
        found = re.match(r"/(\S+)\s*(.*)\Z", text, re.DOTALL)
        command = self.command(found[1]) if found else None
        return command.prompt(found[2]) if found and command is not None else text

    def as_agent(self, loaded: Loaded, name: str) -> Loaded:
        """The settings with the model that the custom agent of that name asks for, where no flag names one. Raises `FixSettings`.

        Other programs' names of models (`sonnet`, `GPT-5`) mean nothing here: then the model stays.
        """
        wanted = self.persona(name).model if name else ""
        flag = (origin := loaded.origins.get("model")) is not None and origin.source == "flag"
        if flag or not (wanted in CLASSES or "/" in wanted):
            return loaded
        return msgspec.structs.replace(loaded, settings=msgspec.structs.replace(loaded.settings, model=wanted, effort=""))


def extensions(loaded: Loaded, env: Mapping[str, str] | None = None) -> Extensions:
    """Read everything. Costs a few looks at folders that are not there when there is nothing."""
    config, project = loaded.folders.config, loaded.extensions
    notices: list[str] = []
    skills = [
        *persons(config / "skills", "*/SKILL.md"),
        *persons(home(env) / ".agents/skills", "*/SKILL.md"),
        *projects(project, SKILLS, "/SKILL.md"),
    ]
    commands = [*persons(config / "commands", "**/*.md"), *projects(project, COMMANDS, ".md")]
    personas = [*persons(config / "agents", "*.md"), *projects(project, AGENTS, ".md")]
    read_commands = [(found, command) for found, command in _read(commands, command_of, notices)]
    return Extensions(
        hooks=hooks_of(
            loaded.settings,
            {key[6:]: one.value for key, one in loaded.apart.items() if key.startswith("hooks.")},
            folder=config,
        ),
        skills=distinct_skills(skill for _, skill in _read(skills, _skill, notices)),
        commands=distinct_commands(read_commands),
        personas=distinct_personas(persona for _, persona in _read(personas, _persona, notices)),
        notices=(*notices, *_hosts(loaded)),
    )


def _read(files: Iterable[Found], make: Callable[[Found], T], notices: list[str]) -> list[tuple[Found, T]]:
    made: list[tuple[Found, T]] = []
    for found in files:
        try:
            made.append((found, make(found)))
        except ValueError as error:
            notices.append(f"{found.where} was left out: {error}")
    return made


def _skill(found: Found) -> Skill:
    if not found.own:
        return skill_of(found.data, path=found.where, own=False)
    folder = posixpath.dirname(found.below)
    skill = skill_of(found.data, path=f"{INSIDE}/{folder}/SKILL.md", where=found.where)
    return msgspec.structs.replace(skill, path=f"{INSIDE}/{skill.name}/SKILL.md")


def _persona(found: Found) -> Persona:
    return persona_of(found.data, where=found.where, own=found.own)


def _hosts(loaded: Loaded) -> list[str]:
    """A project's hooks that want to be on the host."""
    return [
        f"{value.origin.where}: a project's hooks run in the sandbox, whatever `where` says"
        for key, value in loaded.apart.items()
        if key.startswith("hooks.") and any(hook.where == "host" for hook in value.value)
    ]
