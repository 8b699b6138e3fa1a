"""What a turn's hooks, skills, custom agent and sub-agents come to: from its record to the agent's parts.

hooks_of(…)       the hooks, and whether the session begins with this turn or is gone on with
tools_of(…)       the tools that the custom agent may use, and `explore` where sub-agents are on
skills_of(…)      the skills that count
skills_told(…)    what is new of skills to a conversation that goes on, and the texts of those that the prompt names
mounts_of(…)      the person's skills, shown to commands
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pullwright.agent.skills import Skill, given, listed, named
from pullwright.attempts.spec import TurnSpec
from pullwright.log.replay import SessionState
from pullwright.models.open import open_model
from pullwright.protocol.items import Item, Message
from pullwright.sandbox.sandbox import Mount
from pullwright.tools.explore import Explore
from pullwright.tools.tool import Tool

if TYPE_CHECKING:
    from pullwright.agent.explorers.explorers import Explorers
    from pullwright.agent.hooks.hooks import Hooks


def hooks_of(spec: TurnSpec, past: SessionState, *, first: bool) -> Hooks | None:
    """The turn's hooks; None when there are none. `first`: no turn of this sitting came before."""
    if not spec.hooks:
        return None
    from pullwright.agent.hooks.hooks import Hooks

    return Hooks(spec.hooks, spec.project, ("resume" if past.prefix else "start") if first else "")


def explorers_of(spec: TurnSpec, opening: Sequence[Item]) -> Explorers | None:
    """The turn's sub-agents; None where they are off."""
    if spec.subagents is None:
        return None
    from pullwright.agent.explorers.explorers import Explorers

    choice = spec.subagents.model
    return Explorers(
        lambda: open_model(choice, prices=spec.prices),
        budget=spec.subagents.budget,
        folder=spec.folder / "agents",
        opening=opening,
        effort=choice.effort,
    )


def tools_of(spec: TurnSpec, tools: Sequence[Tool], explorers: Explorers | None) -> tuple[Tool, ...]:
    """Those of `tools` that the turn's custom agent may use, with `explore` among them where there are explorers."""
    every = (*tools, Explore(explorers.send)) if explorers is not None else tuple(tools)
    return spec.agent.allowed(every) if spec.agent is not None else every


def skills_of(spec: TurnSpec) -> tuple[Skill, ...]:
    """The turn's skills: all, or the person's own where the project's instructions do not count. Where nothing can be shown at a
    path of its own, the person's are read where they lie."""
    skills = spec.skills if spec.instructed else tuple(skill for skill in spec.skills if skill.own)
    if spec.access != "full-access" and spec.backend != "seatbelt":
        return skills
    return tuple(msgspec.structs.replace(skill, path=skill.where) if skill.own else skill for skill in skills)


def skills_told(spec: TurnSpec, items: Sequence[Item]) -> tuple[Item, ...]:
    """What is new of skills to a conversation that goes on: the list of them, where it is another one than was told last, and the
    texts of those that the prompt names."""
    skills = skills_of(spec)
    have = set(items)
    told = next((item for item in reversed(items) if _lists_skills(item)), None)
    fresh = [one for one in (listed(skills) if items else ()) if one != told]
    return (*fresh, *(text for skill in named(spec.prompt.text, skills) if (text := given(skill)) not in have))


def _lists_skills(item: Item) -> bool:
    return isinstance(item.view, Message) and item.view.role == "developer" and item.view.text.startswith("<skills>")


def mounts_of(skills: Iterable[Skill]) -> list[Mount]:
    """The folders of the person's skills, read-only, each where its skill says. (A project's lie in the workspace.)"""
    own = [skill for skill in skills if skill.own]
    return [Mount(path=Path(skill.where).resolve().parent, at=posixpath.dirname(skill.path)) for skill in own]
