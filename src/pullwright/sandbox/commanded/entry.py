"""What a backend has to say for `CommandedSandbox` to do the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pullwright.sandbox.sandbox import Command

TAG = "PULLWRIGHT_COMMAND"
"""The variable that marks everything a command started."""


class Entry(Protocol):
    """The way into one open sandbox."""

    def argv(self, command: Command, tag: str, *, inner: Sequence[str]) -> Sequence[str]:
        """What the host runs so that `inner` runs inside, with the command's cwd, variables and terminal, marked by `tag`."""
        ...

    async def ready(self, command: Command) -> None:
        """Make sure that this command can be started (a read-only one may need more). Raises `NoIsolation`."""
        ...

    def alive(self) -> bool:
        """False once the sandbox itself has ended."""
        ...
