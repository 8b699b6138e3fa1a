"""Codex: `$CODEX_HOME` (`~/.codex`) with config.toml, AGENTS.md, prompts/ and skills/; of a project `.codex/config.toml`.

The format is that of Codex's configuration reference (developers.openai.com/codex/config-reference): `approval_policy`
(untrusted, on-failure, on-request, never), `sandbox_mode`, `model`, `model_provider`, `model_reasoning_effort`,
`model_providers.NAME` (base_url, wire_api, env_key), `mcp_servers.NAME` (command, args, env, env_vars, cwd; url,
bearer_token_env_var, http_headers, env_http_headers; enabled, startup_timeout_sec, tool_timeout_sec, enabled_tools,
disabled_tools).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pullwright.cli.importing.haul import Haul, Place, Setting
from pullwright.cli.importing.mcp_json import Raw, number, strings, take_address, take_server, text
from pullwright.cli.importing.reading import table, table_of, texts, toml
from pullwright.cli.importing.texts import take_instructions
from pullwright.cli.importing.trees import take_files
from pullwright.models.catalog import providers
from pullwright.models.model import Effort

APPROVAL = {"untrusted": "suggest", "on-request": "auto-edit", "on-failure": "full-auto", "never": "full-auto"}
SKIPPED = {
    "hooks": "hooks run programs; write them anew: docs/extending.md",
    "notify": "see the setting terminal.notify",
    "profiles": "there are no profiles here; PULLWRIGHT_HOME keeps several set-ups apart",
}


def codex(place: Place) -> Haul:
    """What Codex has in this place."""
    haul = Haul("codex")
    if place.project:
        _settings(place.root / ".codex/config.toml", place, haul)
        return haul
    home = Path(place.env.get("CODEX_HOME") or place.home / ".codex")
    _settings(home / "config.toml", place, haul)
    override = home / "AGENTS.override.md"
    take_instructions(override if override.is_file() else home / "AGENTS.md", place, haul)
    take_files(home / "prompts", "commands", place, haul)
    take_files(home / "skills", "skills", place, haul)
    return haul


def _settings(path: Path, place: Place, haul: Haul) -> None:
    theirs, at = table_of(path, place, haul, toml), place.shown(path)
    _model(theirs, at, haul)
    policy, mode = text(theirs.get("approval_policy")), text(theirs.get("sandbox_mode"))
    if policy in APPROVAL:
        said = f'approval_policy = "{policy}"'
        haul.settings.append(Setting(at=at, theirs=said, key="terminal.approval", value=APPROVAL[policy]))
    elif "approval_policy" in theirs:
        haul.leave(at, "approval_policy", "there is nothing like it; see terminal.approval")
    if mode == "danger-full-access":
        haul.leave(at, f'sandbox_mode = "{mode}"', "nothing runs without a sandbox unless you say --access full-access each time")
    elif mode == "read-only":
        haul.leave(at, f'sandbox_mode = "{mode}"', 'approval mode suggest does it; or set access = "read-only"')
    if table(theirs.get("sandbox_workspace_write")).get("network_access"):
        haul.leave(at, "network_access = true", "the network is opened host by host; see the setting network")
    for key, why in SKIPPED.items():
        if key in theirs:
            haul.leave(at, key, why)
    for name, entry in table(theirs.get("mcp_servers")).items():
        take_server(name, _raw(table(entry)), at, haul)


def _model(theirs: dict[str, Any], at: str, haul: Haul) -> None:
    provider, model = text(theirs.get("model_provider")) or "openai", text(theirs.get("model"))
    entry = table(table(theirs.get("model_providers")).get(provider))
    known = provider in providers()
    # Codex's own `openai` cannot be redefined there; any other entry with an address is one of theirs.
    if provider != "openai" and entry.get("base_url"):
        _provider(provider, entry, at, haul)
        known = True
    if model and known:
        told = f'model = "{model}"'
        haul.settings.append(Setting(at=at, theirs=told, key="model", value=f"{provider}/{model}"))
    elif model:
        haul.leave(at, f'model = "{model}"', f"its provider {provider} is not known here")
    effort = text(theirs.get("model_reasoning_effort"))
    if effort and effort in get_args(Effort):
        said = f'model_reasoning_effort = "{effort}"'
        haul.settings.append(Setting(at=at, theirs=said, key="effort", value=effort))


def _provider(name: str, entry: dict[str, Any], at: str, haul: Haul) -> None:
    """A provider of one's own: its address, wire and the name of its variable. Headers may be secrets, and stay there."""
    told = f"model_providers.{name}"
    wire = text(entry.get("wire_api"))
    values = {"base_url": text(entry.get("base_url")), "wire": wire if wire in ("chat", "responses") else ""}
    values["key_env"] = text(entry.get("env_key"))
    for key, value in values.items():
        if value:
            take_address(haul, Setting(at=at, theirs=f"{told}.{key}", key=f"providers.{name}.{key}", value=value))
    for key in ("http_headers", "env_http_headers", "query_params"):
        if entry.get(key):
            haul.leave(at, f"{told}.{key}", "it may hold secrets; see the setting providers.NAME.headers")


def _raw(entry: dict[str, Any]) -> Raw:
    env = strings(entry.get("env")) | {name: f"${{{name}}}" for name in texts(entry.get("env_vars"))}
    headers = strings(entry.get("http_headers"))
    headers |= {name: f"${{{variable}}}" for name, variable in strings(entry.get("env_http_headers")).items()}
    if token := text(entry.get("bearer_token_env_var")):
        headers["Authorization"] = f"Bearer ${{{token}}}"
    return Raw(
        command=text(entry.get("command")),
        args=texts(entry.get("args")),
        env=env,
        cwd=text(entry.get("cwd")),
        url=text(entry.get("url")),
        headers=headers,
        start_timeout=number(entry.get("startup_timeout_sec")) or number(entry.get("startup_timeout_ms"), 0.001),
        timeout=number(entry.get("tool_timeout_sec")),
        tools=texts(entry.get("enabled_tools")),
        without=texts(entry.get("disabled_tools")),
        off=entry.get("enabled") is False,
    )
