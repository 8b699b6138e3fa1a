"""Projects: added, their settings changed, their environments read and set, and how setting them up went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from pullwright.cli.project import project_at
from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import add_project, projects
from pullwright.cli.tasks.here import branch_of, free_name, normal, remotes
from pullwright.cli.tasks.records import Project, Setup
from pullwright.protocol.errors import FixSettings


def added(api: Api, directory: Path, *, url: str, name: str, connection: str, branch: str) -> Project:
    """A new project: the repository at `url`, else that of `directory` (a server's: by the URL of its remote)."""
    if not url:
        root = project_at(directory)
        url = str(root) if api.server.is_local else next(iter(remotes(root)), "")
        branch = branch or branch_of(root)
        if not url:
            raise FixSettings(f"{root} has no remote that the server could fetch from", fix="give the repository's URL")
    base = url.rstrip("/").removesuffix(".git").replace(":", "/").rpartition("/")[2]
    body: dict[str, Any] = {"name": name or free_name(Path(base), projects(api)), "url": url}
    if connection:
        body |= {"connection": connection, "forge": _forge_of(api, connection), "slug": normal(url).partition("/")[2]}
    return add_project(api, body | ({"default_branch": branch} if branch else {}))


def _forge_of(api: Api, connection: str) -> str:
    """The kind of forge that a connection is to."""
    known = api.get("/connections", list[dict[str, Any]])
    found = next((one for one in known if connection in (one.get("name"), one.get("id"))), None)
    if found is None:
        raise FixSettings(
            f"there is no connection {connection!r}", fix=f"there are: {', '.join(str(one['name']) for one in known) or 'none'}"
        )
    return str(found["forge"])


def changed_settings(api: Api, project: str, values: Sequence[str]) -> dict[str, Any]:
    """A project's settings after those of `KEY=VALUE` were changed."""
    path = f"/projects/{quote(project, safe='')}"
    whole = api.get(path, dict[str, Any])
    settings: dict[str, Any] = whole.get("settings", {})
    if not values:
        return settings
    for each in values:
        key, mark, value = each.partition("=")
        if not mark:
            raise FixSettings(f"{each!r} sets nothing", fix="write --set KEY=VALUE")
        settings[key.strip()] = _value(value)
    changed: dict[str, Any] = msgspec.json.decode(api.send("PATCH", path, {"settings": settings}))
    return changed.get("settings", settings)


def _value(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def environment(api: Api, project: str, name: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """An environment, after it was set to `given` where there is such."""
    path = _environment(project, name)
    raw = api.send("PUT", path, given) if given is not None else api.raw("GET", path)
    spec: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any]).get("spec", {})
    return spec


def setups(api: Api, project: str, name: str) -> list[Setup]:
    """The latest runs of an environment's set-up script, the newest first."""
    return api.get(f"{_environment(project, name)}/setups", list[Setup])


def setup_log(api: Api, project: str, name: str, setup: str) -> bytes:
    """What one of them said so far."""
    return api.raw("GET", f"{_environment(project, name)}/setups/{quote(setup, safe='')}/log")


def _environment(project: str, name: str) -> str:
    return f"/projects/{quote(project, safe='')}/environments/{quote(name, safe='')}"


def read_object(data: bytes, where: str) -> dict[str, Any]:
    """A JSON object. Raises `FixSettings` for anything else."""
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise FixSettings(f"{where} is no JSON object: {error}", fix="see: pullwright project environment") from None
