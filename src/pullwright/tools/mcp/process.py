"""Where a server's command runs: inside the sandbox, or on the host where the person said so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from pullwright.protocol.errors import FixSettings
from pullwright.sandbox.sandbox import Command, OnOutput, Process, Sandbox
from pullwright.tools.mcp.servers import McpServer

ENDED = "it ended"
GRACE = 0.5
"""Seconds from the request to end to the kill."""

_APART = 'mkdir -p "${TMPDIR:-/tmp}/mcp"; exec "$@" 2>>"${TMPDIR:-/tmp}/mcp/$0.stderr"'
"""The server's errors go into a file: output and errors of a command inside come as one stream."""
_TOGETHER = 'mkdir -p "${TMPDIR:-/tmp}/mcp"; exec "$@" >>"${TMPDIR:-/tmp}/mcp/$0.stderr" 2>&1'
_TAIL = 4096
_HOST_ENV = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "SHELL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Running(Protocol):
    """A server's process, as far as a connection needs it."""

    async def write(self, data: bytes) -> None:
        """Say something to it. Raises `OSError` when it does not listen."""
        ...

    async def ended(self) -> str:
        """Wait for its end, and how it ended."""
        ...


@asynccontextmanager
async def inside(server: McpServer, sandbox: Sandbox, on_output: OnOutput | None) -> AsyncGenerator[Running]:
    """The command in the sandbox, its stdout to `on_output`; without one, output and errors both go into the file. Leaving the
    block ends it, and all that it started. Raises `SandboxLost`."""
    line = _APART if on_output else _TOGETHER
    command = Command(
        argv=("sh", "-c", line, server.name, server.command, *server.args),
        cwd=server.cwd,
        env=dict(server.env),
        keep_stdin=True,
    )
    process = await sandbox.start(command, on_output)
    try:
        yield _Inside(process)
    finally:
        if process.finished is None:
            await process.signal("SIGTERM")
            if await process.wait(GRACE) is None:
                await process.kill()


def server_of(command: Command) -> str:
    """Which server a command of `inside` runs; empty for any other command."""
    return command.argv[3] if len(command.argv) > 3 and command.argv[2] in (_APART, _TOGETHER) else ""


class _Inside:
    def __init__(self, process: Process) -> None:
        self._process = process

    async def write(self, data: bytes) -> None:
        await self._process.write(data)

    async def ended(self) -> str:
        finished = await self._process.wait()
        assert finished is not None
        if finished.exit_code == 127:
            return "there is no such program inside the sandbox"
        code = f"exit {finished.exit_code}" if finished.exit_code is not None else f"killed by {finished.signal}"
        return f"{ENDED} ({code})"


async def errors_inside(server: McpServer, sandbox: Sandbox) -> str:
    """The end of what the server wrote to stderr, with whatever it wrote into it; empty where there is nothing."""
    line = f'tail -c {_TAIL} "${{TMPDIR:-/tmp}}/mcp/$0.stderr"'
    finished = await sandbox.exec(Command(argv=("sh", "-c", line, server.name), timeout=5))
    return finished.output.decode(errors="replace") if finished.ok else ""


@asynccontextmanager
async def on_host(server: McpServer, on_output: OnOutput, environ: Mapping[str, str]) -> AsyncGenerator[OnHost]:
    """The command on the host, in a process group of its own that ends with the block. Raises `FixSettings`."""
    env = {name: environ[name] for name in _HOST_ENV if name in environ} | dict(server.env)
    try:
        process = await asyncio.create_subprocess_exec(
            server.command,
            *server.args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=server.cwd or environ.get("HOME") or "/",  # not the project: its files must not be found by a relative name
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        raise FixSettings(f"{server.command} cannot be run: {error.strerror}", fix="see `pullwright mcp list`") from None
    running = OnHost(process)
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(running.read(on_output)), group.create_task(running.read_errors())]
        try:
            yield running
        finally:
            await running.end()
            for task in reading:
                task.cancel()


class OnHost:
    """A process of the host; the end of its stderr is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.errors = bytearray()

    async def read(self, on_output: OnOutput) -> None:
        """Pass on what it writes."""
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(1 << 18):
            on_output(data)

    async def read_errors(self) -> None:
        """Keep the end of its stderr."""
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(1 << 16):
            self.errors += data
            del self.errors[:-_TAIL]

    async def write(self, data: bytes) -> None:
        """Say something to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    async def ended(self) -> str:
        """Wait for its end."""
        code = await self._process.wait()
        return f"{ENDED} (exit {code})" if code >= 0 else f"{ENDED} (killed by {signal.Signals(-code).name})"

    async def end(self) -> None:
        """Ask its group to end, then kill it. What has left the group is not waited for."""
        for name, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 2.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._process.wait()
