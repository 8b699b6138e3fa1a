"""Roo Code: in VS Code's global storage (`rooveterinaryinc.roo-cline/settings`) mcp_settings.json and custom_modes.yaml; `~/.roo`
with rules/, commands/ and skills/; of a project `.roo/mcp.json`, `.roo/rules`, `.roorules`, `.roo/commands`, `.roo/skills` and
`.roomodes`.

The formats are those of docs.roocode.com: `mcpServers` with `type` (stdio, sse, streamable-http), `disabled`, `alwaysAllow`,
`disabledTools`, `${env:NAME}`; modes (YAML or JSON) with `slug`, `name`, `roleDefinition`, `whenToUse`, `description`,
`customInstructions` and `groups` (read, edit, browser, command, mcp; `edit` perhaps with a `fileRegex`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pullwright.cli.importing.haul import File, Haul, Place
from pullwright.cli.importing.jsonc import parse_jsonc
from pullwright.cli.importing.markdown import front_matter, safe_name
from pullwright.cli.importing.mcp_json import take_servers, text
from pullwright.cli.importing.reading import table, table_of, yaml
from pullwright.cli.importing.texts import take_folder, take_instructions
from pullwright.cli.importing.trees import take_files
from pullwright.cli.importing.vscode import stores

EXTENSION = "rooveterinaryinc.roo-cline"
TOOLS = {"read": ("Read", "Grep", "Glob"), "edit": ("Edit", "Write"), "command": ("Bash",)}


def roo(place: Place) -> Haul:
    """What Roo Code has in this place."""
    haul = Haul("roo")
    if place.project:
        _servers(place.root / ".roo/mcp.json", place, haul)
        _modes(place.root / ".roomodes", place, haul)
        if not (place.root / ".roo/rules").is_dir():
            take_instructions(place.root / ".roorules", place, haul)
    for store in () if place.project else stores(place):
        settings = store / EXTENSION / "settings"
        _servers(settings / "mcp_settings.json", place, haul)
        for name in ("custom_modes.yaml", "custom_modes.json", "cline_custom_modes.json"):
            _modes(settings / name, place, haul)
    folder = (place.root if place.project else place.home) / ".roo"
    take_folder(folder / "rules", place, haul)
    take_files(folder / "commands", "commands", place, haul)
    take_files(folder / "skills", "skills", place, haul)
    return haul


def _servers(path: Path, place: Place, haul: Haul) -> None:
    take_servers(table_of(path, place, haul, parse_jsonc).get("mcpServers"), place.shown(path), haul)


def _modes(path: Path, place: Place, haul: Haul) -> None:
    """Each mode as an agent."""
    found = table_of(path, place, haul, yaml).get("customModes")
    for value in cast("list[Any]", found) if isinstance(found, list) else []:
        mode = table(value)
        slug = text(mode.get("slug"))
        if not slug or not text(mode.get("roleDefinition")):
            haul.leave(place.shown(path), f"mode {slug or '?'}", "it has no slug or no role")
            continue
        haul.files.append(_agent(slug, mode, f"{place.shown(path)}: {slug}"))
        if any(isinstance(group, list) for group in cast("list[Any]", mode.get("groups") or [])):
            haul.leave(place.shown(path), f"mode {slug}: which files it may edit", "an agent here edits all or none")


def _agent(slug: str, mode: dict[str, Any], at: str) -> File:
    groups = mode.get("groups")
    names = [group if isinstance(group, str) else str((group or [""])[0]) for group in cast("list[Any]", groups or [])]
    tools = ", ".join(tool for name in names for tool in TOOLS.get(name, ()))
    description = (
        text(mode.get("whenToUse")) or text(mode.get("description")) or text(mode.get("roleDefinition")).partition(".")[0]
    )
    body = "\n\n".join(filter(None, (text(mode.get("roleDefinition")), text(mode.get("customInstructions")))))
    fields = {"name": slug, "description": " ".join(description.split()), "tools": tools}
    return File(at=at, kind="agents", path=f"{safe_name(slug)}.md", content=front_matter(fields, body).encode())
