"""Extending: what extends the agent here, and switching it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

NONE = "none"


async def skills(face: Face, arguments: str) -> None:
    """The skills, with what each is for."""
    found = face.pairing.rules.read_again()
    rows = [(f"${skill.name}", _whose(own=skill.own), skill.description) for skill in found.skills]
    _list(face, rows, "no skills. One is a folder with a SKILL.md, in skills/ beside your config.toml or in .agents/skills")


async def hooks(face: Face, arguments: str) -> None:
    """The hooks, with when and where each runs."""
    from pullwright.agent.hooks.placing import runs_inside

    project = face.pairing.rules.project
    found = face.pairing.rules.read_again()
    rows = [
        (
            hook.event,
            f"{_whose(own=hook.own)}, {'in the sandbox' if runs_inside(hook, project) else 'on the host'}",
            _hook(hook.matcher, hook.title),
        )
        for hook in found.hooks
    ]
    _list(face, rows, "no hooks. One is [[hooks.before_tool]] and command = … in your config.toml")


def _hook(matcher: str, title: str) -> str:
    return f"{matcher}: {title}" if matcher else title


async def agent(face: Face, arguments: str) -> None:
    """Work as a custom agent, from the next turn on; `none` ends it."""
    rules = face.pairing.rules
    found = rules.read_again()
    name = arguments
    if not name:
        if not found.personas:
            face.say(
                "no custom agents. One is a file such as agents/docs.md beside your config.toml, or .github/agents/docs.agent.md"
            )
            return
        options = [Option(one.name, one.description) for one in found.personas] + [Option(NONE, "Pullwright itself")]
        chosen = await face.choose("Work as which agent?", options)
        if chosen is None:
            return
        name = options[chosen].label
    rules.agent = "" if name.lower() == NONE else found.persona(name).name
    face.pairing.refresh()
    if not rules.agent:
        face.say("from the next turn on without a custom agent")
        return
    persona = found.persona(rules.agent)
    tools = "all tools" if persona.tools is None else f"tools: {', '.join(persona.tools) or 'none'}"
    face.say(f"from the next turn on as {persona.name} ({persona.where}); {tools}")


def agent_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The custom agents."""
    return [*((one.name, one.description) for one in face.pairing.rules.found.personas), (NONE, "Pullwright itself")]


async def subagents(face: Face, arguments: str) -> None:
    """Sub-agents on or off, and what they are sent out with."""
    rules = face.pairing.rules
    if arguments:
        rules.set("subagents", {"on": "true", "off": "false"}.get(arguments.lower(), arguments))
    settings = rules.settings
    if not settings.subagents:
        face.say("sub-agents are off. /subagents on lets the agent send some of its own to look around; they change nothing")
        return
    ceilings = settings.subagents_budget.replace(",", ", ")
    face.say(f"sub-agents are on: model {settings.subagents_model}, each at most {ceilings}, counted in the turn's budget")


def subagents_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The two words."""
    return [("on", "the agent may send sub-agents to look around"), ("off", "it may not")]


def _whose(*, own: bool) -> str:
    return "yours" if own else "the project's"


def _list(face: Face, rows: Iterable[tuple[str, str, str]], none: str) -> None:
    """Rows as a table, and what waits for trust."""
    from pullwright.cli.render.table import table

    rows = [(name, whose, text if len(text) <= 120 else f"{text[:119]}…") for name, whose, text in rows]
    if rows:
        face.say(table(rows).rstrip("\n"), "code")
    else:
        face.say(none)
    for notice in (*face.pairing.rules.found.notices, *(one for one in face.pairing.rules.loaded.notices if "trust" in one)):
        face.say(notice, "warning")
