"""Rows of projects: repositories, how to reach them, and how their sandboxes are prepared."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.tasks.store.records import ConnectionSettings, EnvironmentSpec, ForgeKind, ProjectSettings, SecretUse

SetupState = Literal["running", "ready", "failed"]


class ForgeConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A forge and how Pullwright signs in there. `credential` (a token or an App's private key) and `webhook_secret` are
    sealed; `base_url` empty: the forge's own."""

    id: str
    name: str
    forge: ForgeKind
    base_url: str = ""
    settings: ConnectionSettings = ConnectionSettings()
    credential: bytes | None = None
    webhook_secret: bytes | None = None
    created: float = 0.0


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that is worked on. `url` is what git uses, `slug` is `owner/name` at the forge."""

    id: str
    name: str
    forge: ForgeKind
    connection_id: str | None = None
    url: str = ""
    slug: str = ""
    default_branch: str = "main"
    settings: ProjectSettings = ProjectSettings()
    created: float = 0.0
    archived: float | None = None


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """How a project's sandboxes are prepared; the one named `default` holds unless a task says otherwise."""

    id: str
    project_id: str
    name: str = "default"
    spec: EnvironmentSpec = EnvironmentSpec()
    created: float = 0.0
    changed: float = 0.0


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of an environment; `value` is sealed and is never given back."""

    id: str
    environment_id: str
    name: str
    use: SecretUse = SecretUse()
    value: bytes
    created: float = 0.0


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One making of a setup layer. `line` of the script failed and `why`; of a try that went well `why` is what is to be known of
    it. `log` is a blob."""

    id: str
    environment_id: str
    key: str
    state: SetupState
    line: int = 0
    why: str = ""
    log: str = ""
    worker_id: str = ""
    started: float = 0.0
    finished: float | None = None
