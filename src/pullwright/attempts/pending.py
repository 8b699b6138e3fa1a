"""A sandbox that is still opening: the model thinks meanwhile, and the first tool that needs it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pullwright.protocol.errors import PullwrightError, SandboxLost
from pullwright.sandbox.sandbox import Command, Finished, OnOutput, Process, Sandbox, SandboxSpec, Stat


class PendingSandbox:
    """A `Sandbox` whose every call waits for the real one first.

    `opening` is the task that opens it, owned and awaited by the runner. When it fails, each call raises
    `SandboxLost`, which ends the loop; the runner then tells the cause itself.
    """

    def __init__(self, opening: asyncio.Task[Sandbox], *, at: str, backend: str) -> None:
        self._opening = opening
        self.at = at
        self.backend = backend

    @property
    def spec(self) -> SandboxSpec:
        """The real one's; raises `SandboxLost` before it is open."""
        return self._opened().spec

    def _opened(self) -> Sandbox:
        if not self._opening.done() or self._opening.cancelled() or self._opening.exception():
            raise SandboxLost("the sandbox is not open")
        return self._opening.result()

    async def real(self) -> Sandbox:
        """The open sandbox. Cancelling the wait leaves the opening alone."""
        await asyncio.wait((self._opening,))
        if self._opening.cancelled():
            raise SandboxLost("the sandbox was never opened")
        error = self._opening.exception()
        if isinstance(error, PullwrightError):
            raise SandboxLost(f"the sandbox could not be opened: {error}", fix=error.fix) from error
        return self._opening.result()

    async def start(self, command: Command, on_output: OnOutput | None = None) -> Process:
        """See `Sandbox.start`."""
        return await (await self.real()).start(command, on_output)

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """See `Sandbox.exec`."""
        return await (await self.real()).exec(command, on_output)

    def processes(self) -> Sequence[Process]:
        """See `Sandbox.processes`; none before it is open."""
        return self._opened().processes() if self._opening.done() else ()

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        """See `Sandbox.read`."""
        return await (await self.real()).read(path, offset, limit)

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        """See `Sandbox.write`."""
        await (await self.real()).write(path, data, executable)

    async def remove(self, path: str) -> None:
        """See `Sandbox.remove`."""
        await (await self.real()).remove(path)

    async def stat(self, path: str) -> Stat | None:
        """See `Sandbox.stat`."""
        return await (await self.real()).stat(path)

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        """See `Sandbox.tree`."""
        return await (await self.real()).tree(path, limit)

    async def connect(self, port: int) -> int:
        """See `Sandbox.connect`."""
        return await (await self.real()).connect(port)
