"""Where a project's repository may hold what configures an agent.

Whoever wrote the repository wrote these files too: none of them counts before the person has trusted them (by content), and
a session that works in place shows them to its commands read-only. A place that others have named is read in its owner's format.

    .pullwright/                       ours: settings, hooks, commands, skills, agents
    .agents/skills/  .agents/agents/   agentskills.io and its neighbours
    .claude/  .codex/  .github/        Claude Code, Codex, Copilot
    .mcp.json                          MCP servers, as Claude Code and others read them
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

OURS = ".pullwright"


class Extension(msgspec.Struct, frozen=True):
    """A folder (or file) at `path` below the project's root. Of a folder, files whose path below it matches one of `names`
    (where `*` also stands for `/`) are read and trusted; nothing else there is looked at. `allows` says what for."""

    path: str
    allows: str
    names: tuple[str, ...] = ("*",)

    def holds(self, name: str) -> bool:
        """Whether `name`, a path below the project's root, is one of these files."""
        if name == self.path:
            return self.names == ()
        return any(fnmatchcase(name, f"{self.path}/{pattern}") for pattern in self.names)


_SKILLS = ("*/SKILL.md",)
_PROMPTS = ("*.md",)

EXTENSIONS: tuple[Extension, ...] = (
    Extension(f"{OURS}/config.toml", "sets settings, hooks and MCP servers", ()),
    Extension(f"{OURS}/skills", "offers a skill to the model"),
    Extension(f"{OURS}/commands", "adds a slash command"),
    Extension(f"{OURS}/agents", "adds a custom agent"),
    Extension(OURS, "is there for the project's hooks"),
    Extension(".agents/skills", "offers a skill to the model", _SKILLS),
    Extension(".agents/agents", "adds a custom agent", _PROMPTS),
    Extension(".claude/skills", "offers a skill to the model", _SKILLS),
    Extension(".claude/commands", "adds a slash command", _PROMPTS),
    Extension(".claude/agents", "adds a custom agent", _PROMPTS),
    Extension(".codex/prompts", "adds a slash command", _PROMPTS),
    Extension(".github/skills", "offers a skill to the model", _SKILLS),
    Extension(".github/agents", "adds a custom agent", _PROMPTS),
    Extension(".mcp.json", "adds MCP servers", ()),
)
"""The first that holds a file says what it is for."""


def extension_of(name: str) -> Extension | None:
    """What a file of the project, by its path below the root, is for; None when it configures no agent."""
    return next((extension for extension in EXTENSIONS if extension.holds(name)), None)
