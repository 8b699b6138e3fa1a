"""Claude Code: `~/.claude` (`$CLAUDE_CONFIG_DIR`) with settings.json, CLAUDE.md, rules/, commands/, agents/ and skills/, and
`~/.claude.json` with `mcpServers`; of a project `.claude/settings.json`. A project's `.claude/commands`, agents, skills, its
`.mcp.json` and CLAUDE.md are read as they lie, once the project is trusted.

The formats are those of code.claude.com/docs: settings (`model`, `permissions.defaultMode`: default, acceptEdits, plan,
bypassPermissions), MCP (`type`: stdio, http, sse; `${VAR}` and `${VAR:-default}` in values), memory (`@path` includes).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pullwright.cli.importing.haul import Haul, Place, Setting
from pullwright.cli.importing.jsonc import parse_jsonc
from pullwright.cli.importing.mcp_json import strings, take_address, take_servers, text
from pullwright.cli.importing.reading import table, table_of
from pullwright.cli.importing.texts import take_folder, take_instructions
from pullwright.cli.importing.trees import take_files
from pullwright.models.catalog import class_default

APPROVAL = {"default": "suggest", "acceptEdits": "auto-edit", "bypassPermissions": "full-auto"}
CLASSES = {"haiku": "fast", "opus": "deep"}
NATIVE = (".claude/commands", ".claude/agents", ".claude/skills", ".mcp.json", "CLAUDE.md")
SKIPPED = {
    "hooks": "hooks run programs; write them anew: docs/extending.md",
    "apiKeyHelper": "keep the key itself: pullwright login anthropic",
    "statusLine": "the status line shows what it shows",
    "enabledPlugins": "plugins are programs for Claude Code",
}


def claude(place: Place) -> Haul:
    """What Claude Code has in this place."""
    haul = Haul("claude")
    if place.project:
        _settings(place.root / ".claude/settings.json", place, haul)
        for name in NATIVE:
            if (place.root / name).exists():
                haul.leave(name, "project file", "it is read as it lies, once the project is trusted")
        return haul
    given = place.env.get("CLAUDE_CONFIG_DIR")
    folder = Path(given) if given else place.home / ".claude"
    _settings(folder / "settings.json", place, haul)
    take_instructions(folder / "CLAUDE.md", place, haul)
    take_folder(folder / "rules", place, haul)
    take_files(folder / "commands", "commands", place, haul)
    take_files(folder / "agents", "agents", place, haul)
    take_files(folder / "skills", "skills", place, haul)
    _state(folder / ".claude.json" if given else place.home / ".claude.json", place, haul)
    return haul


def _state(path: Path, place: Place, haul: Haul) -> None:
    """The file that Claude Code writes itself: servers of the person, and of single projects."""
    theirs, at = table_of(path, place, haul, parse_jsonc), place.shown(path)
    take_servers(theirs.get("mcpServers"), at, haul)
    for project, entry in table(theirs.get("projects")).items():
        for name in table(table(entry).get("mcpServers")):
            haul.leave(at, f"MCP server {name}", f"it is for {project} alone; add it there: pullwright mcp add")


def _settings(path: Path, place: Place, haul: Haul) -> None:
    theirs, at = table_of(path, place, haul, parse_jsonc), place.shown(path)
    _model(theirs, at, haul)
    permissions = table(theirs.get("permissions"))
    mode = text(permissions.get("defaultMode"))
    if mode in APPROVAL:
        said = f'permissions.defaultMode: "{mode}"'
        haul.settings.append(Setting(at=at, theirs=said, key="terminal.approval", value=APPROVAL[mode]))
    elif mode:
        haul.leave(at, f'permissions.defaultMode: "{mode}"', "there is no such mode to begin in; /plan is for one session")
    for key in ("allow", "ask", "deny"):
        if permissions.get(key):
            why = "commands run in a sandbox here; what is allowed for good is asked when it comes up"
            haul.leave(at, f"permissions.{key}", why)
    for key, why in SKIPPED.items():
        if key in theirs:
            haul.leave(at, key, why)
    for name, value in strings(theirs.get("env")).items():
        if name == "ANTHROPIC_BASE_URL":
            said = f"env.{name}"
            take_address(haul, Setting(at=at, theirs=said, key="providers.anthropic.base_url", value=value))
        else:
            haul.leave(at, f"env.{name}", "variables are not taken over; export it where you need it")


def _model(theirs: dict[str, Any], at: str, haul: Haul) -> None:
    model = text(theirs.get("model"))
    said = f'model: "{model}"'
    if model in CLASSES:
        word = CLASSES[model]
        name = class_default("anthropic", "fast" if word == "fast" else "deep", {})[0]
        haul.settings.append(Setting(at=at, theirs=said, key="model", value=f"anthropic/{name}"))
    elif model.startswith("claude-"):
        haul.settings.append(Setting(at=at, theirs=said, key="model", value=f"anthropic/{model.partition('[')[0]}"))
    elif model:
        haul.leave(at, said, "which model that is, only Claude Code knows; see pullwright models anthropic")
