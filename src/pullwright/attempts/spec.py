"""What a turn is run with. A CLI run and a service attempt fill in the same record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pullwright.agent.hooks.hook import Hook
from pullwright.agent.personas import Persona
from pullwright.agent.skills import Skill
from pullwright.attempts.setup.layer import SetupLayer
from pullwright.models.choice import ModelChoice
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.policy import Access, ApprovalMode, Budget, Limits, Mode, NetworkPolicy
from pullwright.tools.mcp.servers import McpServer


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who a commit is by. `sign` is a GPG or SSH key id handed to git, empty for unsigned; `co_author` is `Name <mail>`."""

    name: str = ""
    email: str = ""
    co_author: str = ""
    sign: str = ""


class SubAgents(msgspec.Struct, frozen=True, kw_only=True):
    """What sub-agents are sent out with: their model, and the ceilings of each."""

    model: ModelChoice
    budget: Budget


class TurnSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: what is asked, of which project, with which model, under which rules.

    `project` is the repository's root (or a folder in it); `ref` the base (None: HEAD); `local` takes the
    uncommitted state along. `base_files` is a folder with the base's files, for a repository that has none of its own checked
    out: what is known beforehand is read there. `folder` is the session's folder (log, artifacts, attempt), `cache` the
    mirrors and checkouts. `at` is the workspace's path inside the sandbox (empty: the same as outside). `test_command`
    overrides detection. `branch` names the change's branch; without, it is `branch_prefix` and what the change does.
    `schema` asks for a last message in that JSON Schema. `answerable` says that somebody is
    there to answer permissions and questions; without, a needed answer ends the turn as `needs_input`; `patience` is how many
    seconds they get (None: any time). `prices` is a price table of the person's own, over ours.

    `in_place` works on the person's own files (a pairing): no branch and no clean runs at the end. `plan` plans first and
    changes nothing: edits are refused, commands see the workspace read-only. `always` are scopes (agent.scopes) that the
    person allowed for good. `compact` shortens the conversation, keeping what it says above all, in place of a prompt.
    `instructed` false leaves the project's instruction files out: what is reviewed must not tell its reviewer what to do.
    `mcp` are MCP servers; what of them was permitted, and sign-ins, are kept in `mcp_folder` (None: in the session's folder).

    `moved` says that the session's files were made anew on this machine (workspace.shipping): the model is told what is gone.
    `retaken` says that somebody takes the turn up again when its sandbox is lost: `SandboxLost` is raised, the turn left open.

    `hooks`, `skills` and `agent` (a custom agent, in whose words and with whose tools the turn works) are the person's and a
    trusted project's. Without `subagents` the agent can send none. `workload` names the template (attempts.workloads) whose
    instructions and checks hold for the turn. `setup` are layers that a setup script made: they lie below the workspace and the
    home of this turn's sandbox, and of its clean runs (not in place). `notices` are told as the turn begins: what of its
    environment is not as it should be.
    """

    session: str
    turn: str
    prompt: Prompt
    project: Path
    folder: Path
    cache: Path
    model: ModelChoice
    ref: str | None = None
    local: bool = True
    base_files: Path | None = None
    at: str = ""
    mode: Mode = "code"
    approval: ApprovalMode = "full-auto"
    access: Access = "workspace-write"
    network: NetworkPolicy = NetworkPolicy()
    limits: Limits = Limits()
    budget: Budget = Budget()
    backend: str = "linux"
    base_root: Path | None = None
    setup: SetupLayer | None = None
    notices: tuple[str, ...] = ()
    env: dict[str, str] = {}
    test_command: str = ""
    verify: bool = False
    branch: str = ""
    branch_prefix: str = "pullwright/"
    signature: Signature = Signature()
    schema: dict[str, Any] | None = None
    trusted: bool = False
    user_instructions: Path | None = None
    secrets: tuple[str, ...] = ()
    answerable: bool = False
    patience: float | None = 600.0
    retaken: bool = False
    moved: bool = False
    in_place: bool = False
    plan: bool = False
    always: tuple[str, ...] = ()
    compact: str | None = None
    instructed: bool = True
    mcp: tuple[McpServer, ...] = ()
    mcp_folder: Path | None = None
    prices: Path | None = None
    hooks: tuple[Hook, ...] = ()
    skills: tuple[Skill, ...] = ()
    agent: Persona | None = None
    subagents: SubAgents | None = None
    workload: str = ""
    queued: float | None = None
