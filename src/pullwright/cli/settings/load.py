"""The layers laid over each other: defaults < user file < project file < environment < flags."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pullwright.cli.folders import Folders
from pullwright.cli.folders import folders as find_folders
from pullwright.cli.settings.environment import environment_layer
from pullwright.cli.settings.keys import find_key
from pullwright.cli.settings.layer import Layer, Origin, checked
from pullwright.cli.settings.toml_file import leaves, parse_layer, read_layer
from pullwright.cli.settings.tree import Settings
from pullwright.cli.settings.trust import FILE, ProjectFiles, Trust, project_files
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.extensions import extension_of

PERSONS = ("terminal.", "server.")
"""What no project sets, trusted or not: the person's own terminal, where an editor is a program that runs as them, and the
server that they run."""


class Loaded(msgspec.Struct, frozen=True):
    """The settings, the origin of each value, what a person should be told, and whether the project is trusted.

    `extensions` are the project's files that configure an agent (`protocol/extensions.py`), as they were when their digest was
    compared: path below the root -> content. None of them before the project is trusted. `apart` is what a trusted project sets
    beside the person's own values, such as its hooks.
    """

    settings: Settings
    origins: dict[str, Origin]
    notices: tuple[str, ...]
    trusted: bool
    folders: Folders
    extensions: dict[str, bytes] = {}
    apart: Layer = {}


def load(
    project: Path | None = None, flags: Mapping[str, tuple[str, Any]] | None = None, env: Mapping[str, str] | None = None
) -> Loaded:
    """Read every source. `flags` maps a key to (the flag's name, its value); a value of None was not given.

    `project` is the repository's root, whose `.pullwright/config.toml` counts as far as it is trusted. Raises `FixSettings`.
    """
    env = os.environ if env is None else env
    where = find_folders(env)
    user = read_layer(where.config_file, "user file")
    own = project_layer(project, Trust(where)) if project else Own()
    environment, more = environment_layer(env)
    apart = {dotted: value for dotted, value in own.layer.items() if (key := find_key(dotted)) and key.apart}
    ours = {dotted: value for dotted, value in own.layer.items() if dotted not in apart}
    merged: Layer = {**user, **_beside(user, ours), **environment, **_flag_layer(flags or {})}
    origins = {key: value.origin for key, value in merged.items()}
    return Loaded(_tree(merged), origins, (*own.notices, *more), own.trusted, where, own.extensions, apart)


def _flag_layer(flags: Mapping[str, tuple[str, Any]]) -> Layer:
    given = {dotted: (name, value) for dotted, (name, value) in flags.items() if value is not None}
    return {dotted: checked(dotted, value, Origin("flag", name), lax=True) for dotted, (name, value) in given.items()}


def _beside(user: Layer, project: Layer) -> Layer:
    """The project's layer without what it sets of an MCP server that the person has configured: theirs counts alone."""
    theirs = {name: name.split(".")[2] for name in (*user, *project) if name.startswith("mcp.servers.")}
    known = {theirs[name] for name in user if name in theirs}
    return {name: value for name, value in project.items() if theirs.get(name) not in known}


class Own(msgspec.Struct, frozen=True):
    """What a project's own configuration comes to: the settings that count, notices about what does not, the trusted files."""

    layer: Layer = {}
    notices: tuple[str, ...] = ()
    trusted: bool = False
    extensions: dict[str, bytes] = {}


def project_layer(project: Path, trust: Trust) -> Own:
    """What the project's own files set, as far as they count.

    An untrusted file that cannot be read counts as none: it can neither set anything nor stop the person's work.
    """
    try:
        files = project_files(project)
    except FixSettings as error:
        return Own(notices=(f"the project's configuration was left out: {error}",))
    if files is None:
        return Own()
    if files in trust:
        layer = _parse(files)
        persons = [dotted for dotted in layer if dotted.startswith(PERSONS)]
        told = (f"{FILE} also sets {', '.join(persons)}; that is the person's alone",) if persons else ()
        return Own({key: layer[key] for key in layer if key not in persons}, told, trusted=True, extensions=files.files)
    notices: list[str] = []
    try:
        layer, left = split_untrusted(_parse(files))
    except FixSettings as error:
        layer, left = {}, []
        notices.append(f"the project's configuration was left out: {error}")
    if left:
        notices.append(f"{FILE} also sets {', '.join(left)}; that counts after `pullwright trust` only")
    if others := [name for name in files.files if name != FILE]:
        what = f"{len(others)} files for agents" if len(others) > 1 else "a file for agents"
        count = "they count" if len(others) > 1 else "it counts"
        notices.append(f"the project has {what} ({_folders(others)}); {count} after `pullwright trust` only")
    return Own(layer, tuple(notices))


def _folders(names: list[str]) -> str:
    """The places that the files lie in, each once."""
    found = (extension.path if (extension := extension_of(name)) else name for name in names)
    return ", ".join(dict.fromkeys(found))


def split_untrusted(layer: Layer) -> tuple[Layer, list[str]]:
    """What an untrusted project may set, and the names of what it may not."""
    kept: Layer = {}
    left: list[str] = []
    for dotted, value in layer.items():
        key = find_key(dotted)
        if key and key.untrusted and key.untrusted(value.value):
            kept[dotted] = value
        else:
            left.append(dotted)
    return kept, left


def _parse(files: ProjectFiles) -> Layer:
    text = files.files.get(FILE, b"").decode("utf-8", errors="replace")
    return parse_layer(text, str(files.project / FILE), "project file")


def _tree(layer: Layer) -> Settings:
    nested: dict[str, Any] = {}
    for dotted, value in layer.items():
        *parents, last = dotted.split(".")
        table = nested
        for parent in parents:
            table = table.setdefault(parent, {})
        table[last] = value.value
    return msgspec.convert(nested, Settings)


def listing(loaded: Loaded) -> list[tuple[str, Any, Origin]]:
    """Every setting as (key, value, origin), defaults included, in the tree's order."""
    values: dict[str, Any] = msgspec.to_builtins(loaded.settings)
    return [(dotted, value, loaded.origins.get(dotted, Origin("default"))) for dotted, value in leaves(values)]
