"""Custom agents: a name, instructions of their own, fewer tools, perhaps another model.

Formats: GitHub's `.github/agents/NAME.agent.md` (docs.github.com, "Custom agents configuration"): `name`, `description`, `tools`
(a list, or a text with commas; not there: all; empty: none), `model`, and a prompt of at most 30,000 characters. Claude Code's
`.claude/agents/NAME.md` ("Subagents") has the same fields. What else they may say (`mcp-servers`, `target`, `color`, …) is left
alone.

The instructions stand after the system prompt, so an agent begins a new prefix. Its tools are those named that the session has:
never one more. The version is the digest of its file.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from pullwright.agent.frontmatter import read
from pullwright.agent.toolnames import ours
from pullwright.tools.tool import Tool

MOST_BODY = 30_000
"""Characters of an agent's instructions: GitHub's own bound."""
KEPT = frozenset({"ask_user"})
"""Tools that an agent keeps whatever it names, as long as it names any: to talk to the person is no power."""

_AS = "In this session you are the agent described below. What stands above holds for it, too."

T = TypeVar("T", bound=Tool)


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """One custom agent. `tools` None: all that the session has. `where` is its file, `version` the digest of it."""

    name: str
    description: str
    instructions: str
    tools: tuple[str, ...] | None = None
    model: str = ""
    where: str = ""
    version: str = ""
    own: bool = True

    @property
    def mark(self) -> str:
        """Name and version, as the log has them."""
        return f"{self.name}@{self.version}"

    @property
    def part(self) -> str:
        """What the agent adds to the system prompt; empty when it has nothing to say."""
        text = self.instructions.replace("</agent>", "<\\/agent>")
        return f'\n\n{_AS}\n<agent name="{self.name}">\n{text}\n</agent>' if text else ""

    def allowed(self, tools: Sequence[T]) -> tuple[T, ...]:
        """Those of the session's tools that it may use."""
        if self.tools is None or "*" in self.tools:
            return tuple(tools)
        names = {tool.spec.name for tool in tools}
        meant = frozenset[str]().union(*(ours(name, names) for name in self.tools))
        if self.tools:
            meant |= KEPT
        return tuple(tool for tool in tools if tool.spec.name in meant)


def part_of(instructions: str) -> str:
    """What a custom agent added to a system prompt, as it was sent; empty when none did."""
    _, found, rest = instructions.partition(f"\n\n{_AS}\n")
    return found + rest


def persona_of(data: bytes, *, where: str, own: bool = True) -> Persona:
    """The agent in a file. Raises `ValueError`, in words, for one that cannot be used."""
    fronted = read(data)
    file = posixpath.basename(where).removesuffix(".md").removesuffix(".agent")
    name = fronted.text("name") or file
    if len(fronted.body) > MOST_BODY:
        raise ValueError(f"its instructions have {len(fronted.body):,} characters; at most {MOST_BODY:,}")
    if not name or any(character in name for character in '"<>@\n'):
        raise ValueError(f"{name[:80]!r} is no name for an agent")
    return Persona(
        name=name,
        description=fronted.text("description")[:1024],
        instructions=fronted.body,
        tools=fronted.words("tools"),
        model=fronted.text("model"),
        where=where,
        version=hashlib.sha256(data).hexdigest()[:12],
        own=own,
    )


def distinct(personas: Iterable[Persona]) -> tuple[Persona, ...]:
    """By name, sorted; the first of a name counts."""
    found: dict[str, Persona] = {}
    for persona in personas:
        found.setdefault(persona.name.lower(), persona)
    return tuple(found[name] for name in sorted(found))


def find(personas: Iterable[Persona], name: str) -> Persona | None:
    """The agent that is meant: by its name, or by its file's (as others name them), case aside."""
    wanted = name.strip().lower()
    personas = tuple(personas)
    for persona in personas:
        if persona.name.lower() == wanted:
            return persona
    files = (
        (posixpath.basename(persona.where).removesuffix(".md").removesuffix(".agent").lower(), persona) for persona in personas
    )
    return next((persona for file, persona in files if file == wanted), None)
