"""Settings, prompt and session -> the record that a turn is run with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from pullwright.attempts.spec import SubAgents, TurnSpec
from pullwright.cli.credentials import Credentials
from pullwright.cli.extending.extensions import Extensions, extensions
from pullwright.cli.settings.budget import parse_budget
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.model import CLASSES, choose_model, secrets_of
from pullwright.cli.settings.network import parse_network
from pullwright.cli.settings.servers import secrets_of as mcp_secrets
from pullwright.cli.settings.servers import servers as mcp_servers
from pullwright.cli.settings.sizes import parse_size
from pullwright.cli.settings.tree import LimitSettings
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.policy import Limits, Mode
from pullwright.sandbox.backends import default_backend


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for that is no setting."""

    text: str
    project: Path
    images: tuple[str, ...] = ()
    mode: Mode = "code"
    ref: str | None = None
    local: bool = True
    branch: str = ""
    schema: dict[str, Any] | None = None
    agent: str = ""
    workload: str = ""


def turn_spec(
    asked: Asked,
    loaded: Loaded,
    session: str,
    env: Mapping[str, str] | None = None,
    model: ModelChoice | None = None,
    found: Extensions | None = None,
) -> TurnSpec:
    """The turn's record; the settings' model (or the custom agent's) without `model`. `found` is what `extensions` gives, read
    when it is not given. Raises `FixSettings`, `MissingCredential`."""
    env = os.environ if env is None else env
    found = found or extensions(loaded, env)
    loaded = found.as_agent(loaded, asked.agent)
    settings, where = loaded.settings, loaded.folders
    model = model or choose_model(settings, env, Credentials(where))
    instructions = where.config / "AGENTS.md"
    servers = mcp_servers(loaded, env, Credentials(where))
    return TurnSpec(
        session=session,
        turn=new_id("turn"),
        prompt=Prompt(id=new_id("inp"), by=env.get("USER", ""), text=asked.text, images=asked.images),
        project=asked.project,
        folder=where.sessions / session,
        cache=where.cache,
        model=model,
        ref=asked.ref,
        local=asked.local and asked.ref is None,
        mode=asked.mode,
        approval=settings.approval,
        # An answer needs no right to write.
        access="read-only" if asked.mode == "ask" and settings.access == "workspace-write" else settings.access,
        network=parse_network(settings.network),
        limits=limits(settings.limits),
        budget=parse_budget(settings.budget),
        backend=settings.sandbox or default_backend(),
        test_command=settings.test_command,
        verify=settings.verify and asked.mode == "code",
        branch=asked.branch,
        branch_prefix=settings.branch_prefix,
        signature=settings.signature,
        schema=asked.schema,
        trusted=loaded.trusted,
        user_instructions=instructions if instructions.is_file() else None,
        secrets=(*secrets_of(model, env), *mcp_secrets(servers)),
        mcp=servers,
        mcp_folder=where.state / "mcp",
        prices=Path(settings.prices).expanduser() if settings.prices else None,
        **extended(loaded, found, model, env),
        agent=found.persona(asked.agent) if asked.agent else None,
        workload=asked.workload,
    )


def extended(loaded: Loaded, found: Extensions, model: ModelChoice, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What hooks, skills and sub-agents make of a turn's record. Sub-agents whose class of model cannot be had use `model`."""
    settings = loaded.settings
    subagents = None
    if settings.subagents:
        theirs = msgspec.structs.replace(settings, model=settings.subagents_model, effort="")
        try:
            choice = choose_model(theirs, os.environ if env is None else env, Credentials(loaded.folders))
        except FixSettings:
            if settings.subagents_model not in CLASSES:
                raise
            choice = model
        subagents = SubAgents(model=choice, budget=parse_budget(settings.subagents_budget))
    return {"hooks": found.hooks, "skills": found.skills, "subagents": subagents}


def limits(settings: LimitSettings) -> Limits:
    """A sandbox's limits as the settings have them; 0 means none."""
    return Limits(
        memory_bytes=parse_size(settings.memory),
        processes=settings.processes or None,
        cpus=settings.cpus or None,
        disk_bytes=parse_size(settings.disk),
    )


def read_schema(path: Path) -> dict[str, Any]:
    """The JSON Schema in a file. Raises `FixSettings` when it is no JSON object."""
    try:
        schema = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise FixSettings(f"{path} is no JSON Schema: {error}", fix="give --output-schema a file with a JSON object") from None
    if not isinstance(schema, dict):
        raise FixSettings(f"{path} is no JSON Schema: it is no object", fix="give --output-schema a file with a JSON object")
    return cast(dict[str, Any], schema)
