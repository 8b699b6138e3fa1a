"""opencode: `~/.config/opencode` with opencode.json(c), AGENTS.md, agent(s)/, command(s)/ and skill(s)/; of a project
opencode.json(c) and `.opencode/`.

The format is that of opencode.ai/docs/config: `model` (provider/name), `permission` (a word, or `edit` and `bash`: ask, allow,
deny), `instructions` (paths, globs, addresses), `command` and `agent` tables, `mcp` (local: `command` as a list, `environment`;
remote: `url`, `headers`; `enabled`, `timeout` in ms), `{env:NAME}` and `{file:path}` in texts.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from pullwright.cli.importing.haul import File, Haul, Kind, Place, Setting
from pullwright.cli.importing.jsonc import parse_jsonc
from pullwright.cli.importing.markdown import front_matter, safe_name
from pullwright.cli.importing.mcp_json import Raw, number, strings, take_address, take_server, text
from pullwright.cli.importing.opencode_agents import agent_file, converted
from pullwright.cli.importing.reading import table, table_of, texts
from pullwright.cli.importing.texts import take_instructions
from pullwright.cli.importing.trees import take_files
from pullwright.models.catalog import providers

FOLDERS: tuple[tuple[str, Kind], ...] = (
    ("agents", "agents"), ("agent", "agents"),
    ("commands", "commands"), ("command", "commands"),
    ("skills", "skills"), ("skill", "skills"),
)  # fmt: skip


def opencode(place: Place) -> Haul:
    """What opencode has in this place."""
    haul = Haul("opencode")
    if place.project:
        base, folder = place.root, place.root / ".opencode"
    else:
        xdg = place.env.get("XDG_CONFIG_HOME", "")
        base = folder = (Path(xdg) if xdg.startswith("/") else place.home / ".config") / "opencode"
        take_instructions(base / "AGENTS.md", place, haul)
    for name in ("config.json", "opencode.json", "opencode.jsonc"):
        _settings(base / name, place, haul)
    for theirs, ours in FOLDERS:
        take_files(folder / theirs, ours, place, haul)
    haul.files = [_ours(file) for file in haul.files]
    return haul


def _ours(file: File) -> File:
    """An agent's file in our words; those of the JSON are made so."""
    if file.kind != "agents" or ".json" in file.at:
        return file
    return msgspec.structs.replace(file, content=converted(PurePosixPath(file.path).stem, file.content))


def _settings(path: Path, place: Place, haul: Haul) -> None:
    if path.name == "config.json" and place.project:
        return
    theirs, at = table_of(path, place, haul, parse_jsonc), place.shown(path)
    _model(theirs, at, haul)
    _approval(theirs.get("permission"), at, haul)
    for name in texts(theirs.get("instructions")):
        _instructions(name, path, place, haul)
    for name, entry in table(theirs.get("command")).items():
        fields = table(entry)
        content = front_matter({"description": text(fields.get("description"))}, text(fields.get("template")))
        haul.files.append(File(at=f"{at}: {name}", kind="commands", path=f"{safe_name(name)}.md", content=content.encode()))
    for name, entry in table(theirs.get("agent")).items():
        fields = table(entry)
        if prompt := text(fields.get("prompt")):
            content = agent_file(safe_name(name), fields, prompt)
            haul.files.append(File(at=f"{at}: {name}", kind="agents", path=f"{safe_name(name)}.md", content=content))
    for name, entry in table(theirs.get("mcp")).items():
        take_server(name, _raw(table(entry)), at, haul)
    for key, why in (("plugin", "plugins are programs for opencode"), ("formatter", "there are no formatters here")):
        if theirs.get(key):
            haul.leave(at, key, why)


def _model(theirs: dict[str, Any], at: str, haul: Haul) -> None:
    model = text(theirs.get("model"))
    provider, slash, name = model.partition("/")
    entry = table(table(theirs.get("provider")).get(provider))
    options = table(entry.get("options"))
    address = text(options.get("baseURL"))
    if slash and name and (provider in providers() or address):
        haul.settings.append(Setting(at=at, theirs=f'model: "{model}"', key="model", value=model))
        if address:
            said = f"provider.{provider}.options.baseURL"
            take_address(haul, Setting(at=at, theirs=said, key=f"providers.{provider}.base_url", value=address))
        if options.get("apiKey"):
            haul.leave(at, f"provider.{provider}.options.apiKey", f"keys are kept apart: pullwright login {provider}")
    elif model:
        haul.leave(at, f'model: "{model}"', f"its provider {provider} is not known here")
    if theirs.get("small_model"):
        haul.leave(at, "small_model", "titles cost no model call here; see models.fast.model")


def _approval(permission: Any, at: str, haul: Haul) -> None:
    whole = permission if isinstance(permission, str) else ""
    rules = table(permission)
    every = text(rules.get("*")) or whole
    edit, bash = (text(rules.get(key)) or text(table(rules.get(key)).get("*")) or every for key in ("edit", "bash"))
    if not edit and not bash:
        return
    mode = "suggest" if edit in ("ask", "deny") else "auto-edit" if bash in ("ask", "deny") else "full-auto"
    said = f"permission: edit {edit or 'allow'}, bash {bash or 'allow'}"
    haul.settings.append(Setting(at=at, theirs=said, key="terminal.approval", value=mode))
    if any(isinstance(rule, dict) for rule in rules.values()):
        why = "commands run in a sandbox here; what is allowed for good is asked when it comes up"
        haul.leave(at, "permission rules", why)


def _instructions(name: str, path: Path, place: Place, haul: Haul) -> None:
    at = place.shown(path)
    if "://" in name or any(sign in name for sign in "*?["):
        haul.leave(at, f"instructions: {name}", "only single files are taken over")
        return
    target = Path(name.replace("~", str(place.home), 1) if name.startswith("~/") else path.parent / name)
    inside = target.resolve().is_relative_to((place.root if place.project else place.home).resolve())
    if inside and target.is_file():
        if target.name != "AGENTS.md":
            take_instructions(target, place, haul)
    else:
        haul.leave(at, f"instructions: {name}", "there is no such file, or it lies elsewhere")


def _raw(entry: dict[str, Any]) -> Raw:
    command = texts(entry.get("command"))
    return Raw(
        command=command[0] if command else text(entry.get("command")),
        args=command[1:],
        env=strings(entry.get("environment")),
        cwd=text(entry.get("cwd")),
        url=text(entry.get("url")),
        headers=strings(entry.get("headers")),
        timeout=number(entry.get("timeout"), 0.001),
        off=entry.get("enabled") is False,
    )
