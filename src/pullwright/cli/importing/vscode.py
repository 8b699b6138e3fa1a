"""Where VS Code and its kin keep what extensions store (`globalStorage`), on Linux, over SSH and on macOS."""

from __future__ import annotations

from pathlib import Path

from pullwright.cli.importing.haul import Place

EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
SERVERS = (".vscode-server", ".vscode-server-insiders", ".cursor-server", ".windsurf-server")


def stores(place: Place) -> list[Path]:
    """The global storages that are there."""
    given = place.env.get("XDG_CONFIG_HOME", "")
    config = Path(given) if given.startswith("/") else place.home / ".config"
    bases = [base / name / "User" for base in (config, place.home / "Library/Application Support") for name in EDITORS]
    bases += [place.home / name / "data/User" for name in SERVERS]
    return [base / "globalStorage" for base in bases if (base / "globalStorage").is_dir()]
