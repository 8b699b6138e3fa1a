"""A hook as it is configured."""

from __future__ import annotations

import shlex
from typing import Literal, get_args

import msgspec

HookEvent = Literal["before_tool", "after_tool", "session_start", "session_end", "stop", "before_compaction", "prompt"]
EVENTS: tuple[HookEvent, ...] = get_args(HookEvent)
OF_TOOLS = frozenset({"before_tool", "after_tool"})
"""Events with a call, which a matcher can choose by."""
STOPPING = frozenset({"before_tool", "prompt", "session_start"})
"""Events at which a hook that fails can keep something from happening: where `required` has a meaning."""

TIMEOUT = 30.0
LONGEST = 600.0
"""Seconds that a hook has when nothing is said, and at most."""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One hook. `command` is a shell line (`bash -c`), or a program with its arguments.

    `matcher` limits it to some calls (matching.py; empty: all). `where` is the host, where it runs as the person with their
    environment, in `folder`, or the sandbox, where it runs in the workspace. `own` says that it is the person's: a project's
    hook always runs in the sandbox, and cannot allow. A `required` hook that fails counts as one that says no.
    """

    event: HookEvent
    command: str | tuple[str, ...]
    matcher: str = ""
    timeout: float = TIMEOUT
    where: Literal["host", "sandbox"] = "host"
    required: bool = False
    name: str = ""
    own: bool = True
    folder: str = "/"

    @property
    def argv(self) -> tuple[str, ...]:
        """What is run."""
        return ("bash", "-c", self.command) if isinstance(self.command, str) else self.command

    @property
    def line(self) -> str:
        """The command as one line, for a reader."""
        return self.command if isinstance(self.command, str) else shlex.join(self.command)

    @property
    def title(self) -> str:
        """What it is called: its name, else its command."""
        line = " ".join(self.line.split())
        return self.name or (line if len(line) <= 80 else f"{line[:79]}…")
