"""The slash commands: what each is called, what it does, and the module that does it.

`SLASHES` names all of the built-in ones without importing any; a person's own commands come beside them (custom.py).
"""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

Group = Literal["Work", "Model and rules", "Session", "Extending", "Terminal"]


class Slash(msgspec.Struct, frozen=True, kw_only=True):
    """One command. `usage` shows its arguments. `module` (below `slash/`) has `async def NAME(face, arguments)`, dashes as
    underscores, and may have `NAME_arguments(face) -> [(value, hint)]` for completion. `while_working`: it may be given
    while a turn runs; others are refused then, with the reason."""

    name: str
    help: str
    group: Group
    module: str
    usage: str = ""
    while_working: bool = False

    async def run(self, face: Face, arguments: str) -> None:
        """Do it. Raises `PullwrightError`, which the face shows."""
        await self._function(self._symbol)(face, arguments)

    def arguments(self, face: Face) -> Sequence[tuple[str, str]]:
        """What may follow the name: value and hint; empty where anything may."""
        module = importlib.import_module(f"pullwright.cli.terminal.slash.{self.module}")
        found: Callable[[Face], Sequence[tuple[str, str]]] | None = getattr(module, f"{self._symbol}_arguments", None)
        return found(face) if found is not None else ()

    @property
    def _symbol(self) -> str:
        return self.name.replace("-", "_") + ("_" if keyword.iskeyword(self.name) else "")

    def _function(self, name: str) -> Callable[[Face, str], Awaitable[None]]:
        module = importlib.import_module(f"pullwright.cli.terminal.slash.{self.module}")
        function: Callable[[Face, str], Awaitable[None]] = getattr(module, name)
        return function


def _slashes(*slashes: Slash) -> dict[str, Slash]:
    return {slash.name: slash for slash in slashes}


SLASHES: dict[str, Slash] = _slashes(
    Slash(name="plan", help="plan first and change nothing; again: off", usage="[prompt]", group="Work", module="rules"),
    Slash(
        name="diff",
        help="what changed since the session began, or in the last turn",
        usage="[turn]",
        group="Work",
        module="change",
        while_working=True,
    ),
    Slash(
        name="commit",
        help="commit what the agent changed: branch, paths, message",
        usage="[message]",
        group="Work",
        module="change",
    ),
    Slash(
        name="verify",
        help="run the tests in fresh sandboxes, on the files as the session found them and as they are",
        group="Work",
        module="change",
    ),
    Slash(name="undo", help="take the last turn back, files and conversation", group="Work", module="session"),
    Slash(
        name="rewind",
        help="go back to an earlier point (Esc Esc); back: undo",
        usage="[back]",
        group="Work",
        module="session",
    ),
    Slash(
        name="ps",
        help="commands in the background: watch, kill, open their ports",
        usage="[kill ID | open PORT]",
        group="Work",
        module="processes",
        while_working=True,
    ),
    Slash(
        name="review",
        help="look for problems that a change brings in; choose which to fix",
        usage="[uncommitted | base REF | commit SHA | A..B] [what to look at]",
        group="Work",
        module="review",
    ),
    Slash(name="init", help="look at the project and write a useful AGENTS.md", group="Work", module="work"),
    Slash(name="model", help="choose the model", usage="[fast | deep | provider/name]", group="Model and rules", module="rules"),
    Slash(name="effort", help="how long the model thinks", usage="[level]", group="Model and rules", module="rules"),
    Slash(
        name="approvals",
        help="who is asked before an effect",
        usage="[suggest | auto-edit | full-auto]",
        group="Model and rules",
        module="rules",
        while_working=True,
    ),
    Slash(
        name="permissions",
        help="what was allowed, for the session and for good; take it back",
        group="Model and rules",
        module="rules",
        while_working=True,
    ),
    Slash(
        name="access",
        help="what the sandbox may write",
        usage="[read-only | workspace-write | full-access]",
        group="Model and rules",
        module="rules",
    ),
    Slash(
        name="network",
        help="what the sandbox may reach",
        usage="[off | registries | HOST,…]",
        group="Model and rules",
        module="rules",
    ),
    Slash(
        name="budget",
        help="ceilings of a turn",
        usage="[2usd 100ktokens 50steps 10m]",
        group="Model and rules",
        module="rules",
        while_working=True,
    ),
    Slash(
        name="skills",
        help="the skills that there are; $name in a prompt asks for one",
        group="Extending",
        module="extending",
        while_working=True,
    ),
    Slash(name="hooks", help="the hooks that there are", group="Extending", module="extending", while_working=True),
    Slash(name="agent", help="work as a custom agent", usage="[NAME | none]", group="Extending", module="extending"),
    Slash(
        name="subagents",
        help="let the agent send sub-agents to look around; their model and ceilings",
        usage="[on | off]",
        group="Extending",
        module="extending",
        while_working=True,
    ),
    Slash(
        name="mcp",
        help="MCP servers: their state and tools; permit changed ones, connect anew",
        usage="[server]",
        group="Extending",
        module="mcp",
        while_working=True,
    ),
    Slash(name="compact", help="shorten the conversation now", usage="[what must stay]", group="Session", module="session"),
    Slash(name="context", help="what fills the window", group="Session", module="status", while_working=True),
    Slash(
        name="cost",
        help="money, tokens and time of this session, turn by turn",
        group="Session",
        module="status",
        while_working=True,
    ),
    Slash(name="status", help="everything about this session", group="Session", module="status", while_working=True),
    Slash(name="resume", help="go on with another session of this project", usage="[session]", group="Session", module="session"),
    Slash(name="continue", help="go on with a turn that was cut off", group="Session", module="session"),
    Slash(name="fork", help="a new session that continues from here", group="Session", module="session"),
    Slash(name="new", help="a new session, with an empty conversation", group="Session", module="session"),
    Slash(name="theme", help="colours of the terminal", usage="[name]", group="Terminal", module="terminal", while_working=True),
    Slash(name="vim", help="vim's keys, on or off", group="Terminal", module="terminal", while_working=True),
    Slash(
        name="notify",
        help="how you are called when you are needed",
        usage="[way]",
        group="Terminal",
        module="terminal",
        while_working=True,
    ),
    Slash(
        name="history",
        help="search what you have sent; clear: forget it",
        usage="[clear]",
        group="Terminal",
        module="terminal",
        while_working=True,
    ),
    Slash(name="editor", help="write in your own editor (Ctrl-G)", group="Terminal", module="terminal", while_working=True),
    Slash(name="copy", help="the last answer into the clipboard", group="Terminal", module="terminal", while_working=True),
    Slash(
        name="export",
        help="the session as Markdown, or as an HTML page",
        usage="[file.md | file.html]",
        group="Terminal",
        module="terminal",
        while_working=True,
    ),
    Slash(name="clear", help="an empty screen; the conversation stays", group="Terminal", module="terminal", while_working=True),
    Slash(name="keys", help="all keys", group="Terminal", module="terminal", while_working=True),
    Slash(name="help", help="the commands", usage="[command]", group="Terminal", module="terminal", while_working=True),
    Slash(name="quit", help="end the program", group="Terminal", module="terminal", while_working=True),
)
