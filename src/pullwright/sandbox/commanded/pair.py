"""An attempt's sandbox that another program holds, and a second one with the workspace read-only once such a command comes."""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from pullwright.sandbox.commanded.entry import TAG
from pullwright.sandbox.commanded.held import Held, hold
from pullwright.sandbox.commanded.roots import HOME, Layout
from pullwright.sandbox.sandbox import Command, SandboxSpec


class Pair(ABC):
    """The part of an `Entry` that containers and gVisor sandboxes have in common; a backend says how one is run, and ends it."""

    def __init__(self, spec: SandboxSpec, layout: Layout) -> None:
        self.spec = spec
        self.layout = layout
        self.name = f"pullwright-{secrets.token_hex(6)}"
        self._held: dict[str, Held] = {}
        self._opening = asyncio.Lock()

    @abstractmethod
    def run(self, name: str, layout: Layout) -> list[str]:
        """The host's command that holds a sandbox of this name and prints `ready`."""

    async def begin(self) -> None:
        """Start the writable one. Raises `NoIsolation`, `FixMachine`."""
        self._held[self.name] = await hold((*self.layout.prefix, *self.run(self.name, self.layout)))

    async def ready(self, command: Command) -> None:
        """Start the read-only one when it is needed: in the first one's mount namespace, where the overlay is."""
        name = self.of(command)
        async with self._opening:
            if name not in self._held:
                inside = ("nsenter", "--target", str(self._held[self.name].pid), "--mount") if self.layout.prefix else ()
                self._held[name] = await hold((*inside, *self.run(name, self.layout.read_only(self.spec.at))))

    def alive(self) -> bool:
        """True while what was started runs."""
        return all(held.alive for held in self._held.values())

    def of(self, command: Command) -> str:
        """The name of the one that a command runs in."""
        return f"{self.name}-ro" if command.read_only and self.spec.access != "read-only" else self.name

    def variables(self, command: Command, tag: str) -> Mapping[str, str]:
        """A command's whole environment."""
        return {**self.spec.env, "HOME": HOME, "TMPDIR": "/tmp", **command.env, TAG: tag}  # noqa: S108 - inside

    def started(self) -> Iterator[tuple[str, Held]]:
        """What was started, last first: the order in which to end it."""
        yield from reversed(self._held.items())
