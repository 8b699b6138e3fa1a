"""A sandbox's own program on the host (`podman run`, `runsc run`): started, waited for until it is ready, let go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from pullwright.protocol.errors import FixMachine, NoIsolation


class Held:
    """A foreground program whose sandbox lives as long as our end of its stdin. When Pullwright dies, so does it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def alive(self) -> bool:
        """False once the program has ended."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The program's process id on the host; it lives in the namespace where an overlay is mounted."""
        return self._process.pid

    async def let_go(self, seconds: float = 10.0) -> None:
        """Close its stdin, wait for its end, and kill it if that does not come."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def hold(argv: Sequence[str], seconds: float = 30.0) -> Held:
    """Start it and wait until its first process says `ready`. Raises `NoIsolation` with what it said instead."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise FixMachine(f"{argv[0]} cannot be run: {error}", fix="install it, or use the linux backend") from error
    held = Held(process)
    said: list[bytes] = []
    try:
        async with asyncio.timeout(seconds):
            assert process.stdout is not None, "stdout is a pipe"
            while line := await process.stdout.readline():
                if line.strip() == b"ready":
                    return held
                said.append(line)
    except TimeoutError:
        said.append(b"it did not get ready in time")
    except BaseException:
        await held.let_go(0)
        raise
    await held.let_go(0)
    message = b" ".join(said).decode("utf-8", "replace").strip()[-500:]
    raise NoIsolation(f"no sandbox could be opened: {message}", fix="see `pullwright doctor`, or use the linux backend")
