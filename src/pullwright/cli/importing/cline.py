"""Cline: its MCP settings in VS Code's global storage (`saoudrizwan.claude-dev/settings/cline_mcp_settings.json`) or `~/.cline`,
rules in `~/Documents/Cline/Rules`, workflows in `~/Documents/Cline/Workflows`; of a project `.clinerules`, a file or a folder.

The formats are those of docs.cline.bot: `mcpServers` with `type` (stdio, sse, streamableHttp), `disabled`, `autoApprove`,
`timeout` in seconds. Its other settings lie in VS Code's own store, which only VS Code reads.
"""

from __future__ import annotations

from pathlib import Path

from pullwright.cli.importing.haul import Haul, Place
from pullwright.cli.importing.jsonc import parse_jsonc
from pullwright.cli.importing.mcp_json import take_servers
from pullwright.cli.importing.reading import table_of
from pullwright.cli.importing.texts import take_folder, take_instructions
from pullwright.cli.importing.trees import take_files
from pullwright.cli.importing.vscode import stores

EXTENSION = "saoudrizwan.claude-dev"


def cline(place: Place) -> Haul:
    """What Cline has in this place."""
    haul = Haul("cline")
    if place.project:
        _project(place, haul)
        return haul
    cli = Path(place.env.get("CLINE_DIR") or place.home / ".cline") / "data/settings"
    for folder in (*(store / EXTENSION / "settings" for store in stores(place)), cli):
        path = folder / "cline_mcp_settings.json"
        take_servers(table_of(path, place, haul, parse_jsonc).get("mcpServers"), place.shown(path), haul)
    for base in (place.home / "Documents/Cline", place.home / "Cline"):
        take_folder(base / "Rules", place, haul)
        take_files(base / "Workflows", "commands", place, haul)
    return haul


def _project(place: Place, haul: Haul) -> None:
    rules = place.root / ".clinerules"
    if rules.is_dir():
        take_folder(rules, place, haul, without=("workflows", "hooks", "skills"))
        take_files(rules / "workflows", "commands", place, haul)
        take_files(rules / "skills", "skills", place, haul)
    else:
        take_instructions(rules, place, haul)
