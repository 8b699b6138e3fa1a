"""Each key of the settings: what it means, what it may be, and whether an untrusted project may set it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pullwright.cli.settings.budget import parse_budget
from pullwright.cli.settings.hooks import HOOKS, SETTABLE, WHEN, check_hooks
from pullwright.cli.settings.network import parse_network
from pullwright.cli.settings.notify import parse_notify
from pullwright.cli.settings.serving import SERVER_KEYS
from pullwright.cli.settings.sizes import parse_share, parse_size
from pullwright.cli.settings.tree import FailOn, KeysName, SandboxName, ThemeName, WhereName
from pullwright.models.choice import Wire
from pullwright.models.model import Effort
from pullwright.protocol.policy import Access, ApprovalMode


def _class_only(value: str) -> bool:
    return value in ("fast", "deep")


def _not_negative(value: int) -> None:
    if value < 0:
        raise ValueError(f"{value} is less than 0")


def _positive(value: float) -> None:
    if not 0 < value < 86_400:
        raise ValueError(f"{value:g} is no time that could be waited")


def _bindings(changes: dict[str, str]) -> object:
    from pullwright.cli.terminal.screen.keys import bound

    return bound(changes)


class Key(msgspec.Struct, frozen=True):
    """One key. `check` raises `ValueError` for a value of the right type that means nothing.

    `untrusted` says whether an untrusted project may set this value; None: never. What a trusted project sets of a key that is
    `apart` comes beside the person's value and never in its place; it is written as a list of tables, in a file alone.
    """

    name: str
    type: Any
    help: str
    check: Callable[[Any], object] | None = None
    untrusted: Callable[[Any], bool] | None = None
    apart: bool = False


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key("model", str, "fast, deep, provider/name, or a name at the provider in use", None, _class_only),
        Key("effort", Effort, "reasoning effort; empty: the class's"),
        Key("provider", str, "the provider used where none is named; empty: the first one with an address or a key"),
        Key("models.fast.model", str, "what `fast` stands for: provider/name"),
        Key("models.fast.effort", Effort, "its reasoning effort"),
        Key("models.deep.model", str, "what `deep` stands for: provider/name"),
        Key("models.deep.effort", Effort, "its reasoning effort"),
        Key("providers.*.base_url", str, "the provider's address, up to /v1"),
        Key("providers.*.wire", Wire, "which API it speaks"),
        Key("providers.*.key_env", str, "the variable that holds its key"),
        Key("providers.*.entra", bool, "sign in with Entra ID in place of a key"),
        Key("providers.*.headers", dict[str, str], "headers added to each request"),
        Key("providers.*.window", int, "context window in tokens"),
        Key("approval", ApprovalMode, "who is asked before an effect, in `exec`"),
        Key("access", Access, "what the sandbox may write"),
        Key("network", str, "off, registries, and hosts, with commas between", parse_network),
        Key("budget", str, "ceilings such as 2usd,100ktokens,50steps,10m", parse_budget),
        Key("verify", bool, "re-run the tests in fresh sandboxes when the agent has finished"),
        Key("test_command", str, "how the tests are run; empty: found out", None, lambda _: True),
        Key("sandbox", SandboxName, "the kind of isolation; empty: this platform's own"),
        Key("limits.memory", str, "memory of a sandbox, such as 4GiB; 0: no limit", parse_size),
        Key("limits.processes", int, "processes in a sandbox; 0: no limit"),
        Key("limits.cpus", float, "processor cores; 0: no limit"),
        Key("limits.disk", str, "what a sandbox may write, such as 8GiB; 0: no limit", parse_size),
        Key("branch_prefix", str, "what the names of branches begin with"),
        Key("signature.name", str, "author of commits; empty: git's user.name"),
        Key("signature.email", str, "their address; empty: git's user.email"),
        Key("signature.co_author", str, "a Co-authored-by line: Name <mail>"),
        Key("signature.sign", str, "key to sign commits with; true: git's user.signingKey"),
        Key("review.min_confidence", float, "how sure a finding of a review must be, from 0 to 1", parse_share),
        Key("review.fail_on", FailOn, "the least severe priority that gives a review exit code 6, or never"),
        Key("prices", str, "a price table of your own (TOML)"),
        Key("subagents", bool, "let the agent send sub-agents of its own to look around (they change nothing)"),
        Key("subagents_model", str, "their model: fast, deep or provider/name"),
        Key("subagents_budget", str, "ceilings of each of them, counted in the turn's as well", parse_budget),
        *(
            Key(f"hooks.{event}", HOOKS, f"programs that are run {when}", check_hooks(event), apart=True)
            for event, when in WHEN.items()
        ),
        Key("terminal.approval", ApprovalMode, "who is asked before an effect, in the interactive terminal"),
        Key("terminal.theme", ThemeName, "colours of the interactive terminal; terminal: its own sixteen, none: no colour"),
        Key("terminal.keys", KeysName, "how the prompt is edited"),
        Key("terminal.notify", str, "what tells you that you are needed: bell, desktop, both with a comma, or off", parse_notify),
        Key("terminal.notify_after", int, "seconds that a turn must have taken before its end is told", _not_negative),
        Key("terminal.editor", str, "the external editor; empty: $VISUAL, then $EDITOR"),
        Key("terminal.plain", bool, "line by line, for screen readers and simple terminals"),
        Key("terminal.output_lines", int, "lines of a command's output that stay shown when it has ended", _not_negative),
        Key("terminal.history", int, "prompts that are remembered; 0: none", _not_negative),
        Key("terminal.bindings", dict[str, str], 'other keys for actions: queue = "ctrl-q", a comma between several', _bindings),
        Key("mcp.servers.*.command", str, "a program that speaks MCP over its pipes"),
        Key("mcp.servers.*.args", tuple[str, ...], "its arguments"),
        Key("mcp.servers.*.env", dict[str, str], "its variables; ${NAME} stands for yours"),
        Key("mcp.servers.*.cwd", str, "the folder that it starts in; empty: the workspace"),
        Key("mcp.servers.*.url", str, "the address of a server that speaks MCP over streamable HTTP"),
        Key("mcp.servers.*.headers", dict[str, str], "headers added to each request; ${NAME} stands for your variable"),
        Key("mcp.servers.*.where", WhereName, "where the command runs or the url lies; empty: commands inside, urls outside"),
        Key("mcp.servers.*.start_timeout", float, "seconds until it must have listed its tools", _positive),
        Key("mcp.servers.*.timeout", float, "seconds that one call may take", _positive),
        Key("mcp.servers.*.tools", tuple[str, ...], "the tools that are taken, with *; none: all"),
        Key("mcp.servers.*.without", tuple[str, ...], "tools that are not taken, with *"),
        Key("mcp.servers.*.reading", tuple[str, ...], "tools that you vouch for as only reading: they never ask, with *"),
        Key("mcp.servers.*.asking", tuple[str, ...], "tools that ask in every approval mode, with *"),
        Key("mcp.servers.*.folders", tuple[str, ...], "folders of yours that are shown inside, read-only, for the command"),
        Key("mcp.servers.*.client_id", str, "the application to sign in as, where Pullwright cannot register itself"),
        Key("mcp.servers.*.client_secret", str, "its secret, if it has one; ${NAME} stands for yours"),
        Key("mcp.servers.*.private", bool, "the url's name may lead to a private address"),
        Key("mcp.servers.*.off", bool, "leave the server out"),
        *(Key(name, type_, help_, check) for name, type_, help_, check in SERVER_KEYS),
    )
}


def find_key(dotted: str) -> Key | None:
    """The key that `dotted` names (`providers.local.base_url` is one of `providers.*.base_url`), or None."""
    if key := KEYS.get(dotted):
        return key
    parts = dotted.split(".")
    if parts[0] == "providers" and len(parts) >= 3:
        return KEYS.get(".".join(("providers", "*", *parts[2:])))
    if parts[:2] == ["mcp", "servers"] and len(parts) >= 4:
        return KEYS.get(".".join(("mcp.servers", "*", *parts[3:])))
    return None


def allowed(key: Key) -> str:
    """The values a key takes, in words: `fast, deep` for a choice, else its type."""
    if key.apart:
        return f"tables, each as [[{key.name}]] and command = …; {', '.join(SETTABLE)} may follow"
    choices = [value for value in _choices(key.type) if value]
    if choices:
        return ", ".join(choices)
    if key.type == tuple[str, ...]:
        return "a list of texts"
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    return names.get(key.type, "a table of texts")


def choices(key: Key) -> list[str]:
    """The words a key may be, empty when it is free."""
    return [value for value in _choices(key.type) if value]


def _choices(kind: Any) -> list[str]:
    from typing import get_args

    return [value for value in get_args(kind) if isinstance(value, str)] if kind != tuple[str, ...] else []
