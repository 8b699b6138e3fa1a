"""The service's records: rows as frozen values, and the states that they go through.

TaskState      queued ─▶ running ─▶ review ─▶ merged
                             │ ▲        └─▶ (sent back: running)
                             ▼ │
                          needs_input               also: answered (an `ask` task) · failed · over_budget · cancelled · paused
AttemptState   the same words, for one attempt (`review`: its change waits for a person)
TurnState      queued ─▶ admitted ─▶ running ─▶ finished         also: paused (not to be admitted) · cancelled (never began)

A task's state follows from its attempts' (`tasks.states.task_state`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.policy import Access, ApprovalMode, Budget, Limits, Mode, NetworkPolicy

TaskState = Literal[
    "queued", "running", "needs_input", "review", "merged", "answered", "failed", "over_budget", "cancelled", "paused"
]
AttemptState = TaskState
TurnState = Literal["queued", "paused", "admitted", "running", "finished", "cancelled"]
TurnKind = Literal["prompt", "notes", "answer", "merge-base", "retry"]
Role = Literal["admin", "member", "viewer"]
ForgeKind = Literal["github", "gitlab", "gitea", "git"]
Publish = Literal["when-verified", "on-approval"]
MergeMethod = Literal["merge", "squash", "rebase"]

ENDED: frozenset[TaskState] = frozenset({"merged", "answered", "failed", "over_budget", "cancelled"})
"""States in which nothing runs or waits; a person may still send back or try again."""


class ProjectSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a project's tasks are run and published. `slots`: its attempts at once (0: no limit of its own).

    `own_approval`: the requester may approve their own task. `triggers` are names of `tasks.triggers`; `label` and
    `mention` are what they listen for at the forge; `bot` is the login whose own doings are ignored.
    """

    publish: Publish = "when-verified"
    merge_method: MergeMethod = "merge"
    own_approval: bool = True
    slots: int = 0
    branch_prefix: str = "pullwright/"
    labels: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    label: str = "pullwright"
    mention: str = "@pullwright"
    bot: str = ""
    trigger_user: str = ""


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How Pullwright signs in at a forge: as a GitHub App (`app_id`, its key sealed beside) or with a token."""

    sign_in: Literal["app", "token", "none"] = "token"
    app_id: str = ""
    installation: int = 0
    bot: str = ""
    git_url: str = ""
    allow_private: bool = False


class EnvironmentSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a project's sandbox is prepared.

    `setup` runs once with `setup_network` and is kept as a layer; `maintenance` runs over it, with the same network, once for
    each other commit that it is used for. `variables` hold for the whole task, `network` for the agent (default: off).
    `base_root`: `host`, `folder:NAME` or `image:NAME` of the service's `roots` folder, or `image:REFERENCE` of a registry.
    `test_command` empty: detected on the base. `files` are paths whose content is part of the setup layer's key, beside lock
    files. `trusted` is a commit whose set-up inputs an administrator trusts with secrets (empty: the head of the default branch).
    `use_last_good` goes on with the last layer that was made when a new setup fails. `upkeep_seconds` are maintenance's.
    """

    setup: str = ""
    maintenance: str = ""
    setup_network: NetworkPolicy = NetworkPolicy(presets=("registries",))
    network: NetworkPolicy = NetworkPolicy()
    variables: dict[str, str] = {}
    limits: Limits = Limits()
    test_command: str = ""
    base_root: str = "host"
    backend: str = ""
    access: Access = "workspace-write"
    files: tuple[str, ...] = ()
    setup_seconds: float = 1800.0
    upkeep_seconds: float = 600.0
    trusted: str = ""
    use_last_good: bool = False


class SecretUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a secret is for: `setup` (a variable of the setup script alone), or `intercept`: the header that the proxy adds
    to requests to `host` (`format` has `{}` where the value goes), which the sandbox never sees."""

    kind: Literal["setup", "intercept"] = "setup"
    host: str = ""
    header: str = "Authorization"
    format: str = "Bearer {}"
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class TaskSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a task came from. `kind`: cli, web, api, trigger or schedule. A trigger's `issue` or `pull` is the number at the
    forge, `comment` the id of what asked, `actor` the forge's login."""

    kind: str = "api"
    trigger: str = ""
    issue: int = 0
    pull: int = 0
    comment: int = 0
    actor: str = ""
    url: str = ""


class TaskOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person or program dispatches. `project` is an id or a name; `ref` empty: the default branch. `approval` says which
    calls of the agent a person is asked about, in all of the task's turns. `deadline` is in seconds from now; `dedup` an
    idempotency key: the same one again gives the same task."""

    project: str
    prompt: str
    title: str = ""
    images: tuple[str, ...] = ()
    mode: Mode = "code"
    approval: ApprovalMode = "full-auto"
    ref: str = ""
    environment: str = ""
    model: str = ""
    attempts: int = 1
    template: str = ""
    budget: Budget = Budget()
    priority: int = 0
    deadline: float | None = None
    dedup: str = ""
    source: TaskSource = TaskSource()


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days each is kept; None: for ever. Counted from when a task was closed, or a record was made. What each
    means is said in `tasks.backup.retention`."""

    outputs: float | None = None
    tasks: float | None = None
    audit: float | None = None
    deliveries: float | None = 30.0
    responses: float | None = 30.0
    workers: float = 7.0
