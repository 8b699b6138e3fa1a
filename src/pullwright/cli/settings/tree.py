"""The tree of settings and its defaults. `keys.py` says what each means."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.agent.hooks.hook import TIMEOUT
from pullwright.attempts.spec import Signature
from pullwright.cli.settings.serving import ServerSettings
from pullwright.models.choice import Wire
from pullwright.models.model import Effort
from pullwright.protocol.policy import Access, ApprovalMode

FailOn = Literal["P0", "P1", "P2", "P3", "never"]
SandboxName = Literal["", "linux", "gvisor", "container", "seatbelt"]
ThemeName = Literal["auto", "dark", "light", "terminal", "none"]
KeysName = Literal["emacs", "vim"]
WhereName = Literal["", "sandbox", "host"]


class ModelClass(msgspec.Struct, frozen=True, kw_only=True):
    """What `fast` or `deep` stands for; empty: what the provider's entry in the catalogue says."""

    model: str = ""
    effort: Effort = ""


class ModelClasses(msgspec.Struct, frozen=True, kw_only=True):
    """The two classes of model."""

    fast: ModelClass = ModelClass()
    deep: ModelClass = ModelClass()


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of one's own, or what differs from the catalogue's entry of that name."""

    wire: Wire | None = None
    base_url: str = ""
    key_env: str = ""
    entra: bool = False
    headers: dict[str, str] = {}
    window: int = 0


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox's ceilings, as written; 0 means none."""

    memory: str = "4GiB"
    processes: int = 1024
    cpus: float = 0.0
    disk: str = "8GiB"


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """The interactive terminal. Its approval mode is a key of its own: a pairing edits the person's own files, while `exec`
    works on a snapshot, where asking before each edit only stops the work.
    """

    approval: ApprovalMode = "suggest"
    theme: ThemeName = "auto"
    keys: KeysName = "emacs"
    notify: str = "bell"
    notify_after: int = 10
    editor: str = ""
    plain: bool = False
    output_lines: int = 8
    history: int = 10_000
    bindings: dict[str, str] = {}


class ReviewSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What counts in a review."""

    min_confidence: float = 0.5
    fail_on: FailOn = "P1"


class HookSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hook, as written: `[[hooks.before_tool]]`. `where` empty: on the host for the person's own, inside for a project's."""

    command: str | list[str]
    matcher: str = ""
    timeout: float = TIMEOUT
    where: Literal["", "host", "sandbox"] = ""
    required: bool = False
    name: str = ""


class HookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The person's hooks, by event."""

    before_tool: tuple[HookSetting, ...] = ()
    after_tool: tuple[HookSetting, ...] = ()
    session_start: tuple[HookSetting, ...] = ()
    session_end: tuple[HookSetting, ...] = ()
    stop: tuple[HookSetting, ...] = ()
    before_compaction: tuple[HookSetting, ...] = ()
    prompt: tuple[HookSetting, ...] = ()


class McpServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server, as written; `tools.mcp.servers.McpServer` says what the fields mean. `off` leaves it out."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    where: WhereName = ""
    start_timeout: float = 30.0
    timeout: float = 120.0
    tools: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    client_id: str = ""
    client_secret: str = ""
    private: bool = False
    off: bool = False


class Mcp(msgspec.Struct, frozen=True, kw_only=True):
    """MCP servers, by name."""

    servers: dict[str, McpServerSettings] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be configured."""

    model: str = "fast"
    effort: Effort = ""
    provider: str = ""
    models: ModelClasses = ModelClasses()
    providers: dict[str, Provider] = {}
    approval: ApprovalMode = "full-auto"
    access: Access = "workspace-write"
    network: str = "off"
    budget: str = "200steps"
    verify: bool = True
    test_command: str = ""
    sandbox: SandboxName = ""
    limits: LimitSettings = LimitSettings()
    branch_prefix: str = "pullwright/"
    signature: Signature = Signature()
    prices: str = ""
    review: ReviewSettings = ReviewSettings()
    subagents: bool = False
    subagents_model: str = "fast"
    subagents_budget: str = "30steps,300ktokens,1usd"
    hooks: HookSettings = HookSettings()
    terminal: Terminal = Terminal()
    mcp: Mcp = Mcp()
    server: ServerSettings = ServerSettings()
