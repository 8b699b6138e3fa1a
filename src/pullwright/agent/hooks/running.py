"""One run of a hook, bounded in time and in output; nothing that it started on the host lives on.

on the host    as the person, with their environment, in a folder of theirs: not in the project, where a program may find
               the repository's files in place of its own (`python3 -c "import json"` and a json.py)
inside         a command of the sandbox like any other: its files, its network, its limits
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shlex
import signal
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pullwright.agent.hooks.hook import Hook
from pullwright.protocol.errors import FixMachine
from pullwright.sandbox.sandbox import Command, Finished, Sandbox

MOST = 64 << 10
"""Bytes of stdout, and of stderr, that a hook may write. More is a flood, and no answer."""
_GRACE = 0.2


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended. `failed` says why there is no answer, where the exit code does not."""

    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    failed: str = ""
    seconds: float = 0.0


async def run_on_host(hook: Hook, told: bytes, project: Path, environ: Mapping[str, str] | None = None) -> Ran:
    """Run it as the person. Cancelling kills it and what it started (its process group)."""
    began = time.monotonic()
    env = {**(os.environ if environ is None else environ), **_variables(hook, str(project))}
    try:
        transport, talk = await _start(hook, env)
    except OSError as error:
        return Ran(failed=f"it cannot be started: {error.strerror or error}")
    failed = ""
    try:
        async with asyncio.timeout(hook.timeout):
            await talk.answer(transport, told)
    except TimeoutError:
        failed = f"it gave no answer within {hook.timeout:g} s"
    finally:
        await _end(transport, talk)
    code = transport.get_returncode()
    if talk.flooded:
        failed = f"it wrote more than {MOST >> 10} KiB"
    elif not failed and (code is None or code < 0):
        failed = f"it was killed by {signal.Signals(-(code or -9)).name}"
    ended = code if code is not None and code >= 0 else None
    return Ran(exit_code=ended, stdout=talk.text(1), stderr=talk.text(2), failed=failed, seconds=time.monotonic() - began)


class _Talk(asyncio.SubprocessProtocol):
    """What is said between a hook and us. Its end is the end of its program, whoever else holds its pipes."""

    def __init__(self) -> None:
        self._said = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}
        self._changed = asyncio.Event()
        self.exited = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """A piece of its output; what is too much is not kept."""
        said = self._said[fd]
        said += data[: MOST + 1 - len(said)]
        if self.flooded:
            self._changed.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """One of its streams is closed."""
        self._open.discard(fd)
        self._changed.set()

    def process_exited(self) -> None:
        """It has ended."""
        self.exited.set()
        self._changed.set()

    @property
    def flooded(self) -> bool:
        """Whether it wrote too much."""
        return any(len(said) > MOST for said in self._said.values())

    def text(self, fd: int) -> str:
        """What it wrote to a stream."""
        return self._said[fd][:MOST].decode(errors="replace")

    async def answer(self, transport: asyncio.SubprocessTransport, told: bytes) -> None:
        """Hand it the question, and wait until it has ended or writes too much."""
        stdin = transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        stdin.write(told)
        stdin.close()  # once all is written
        while not (self.exited.is_set() or self.flooded):
            self._changed.clear()
            await self._changed.wait()
        with contextlib.suppress(TimeoutError):  # a child that goes on may hold them open; what it writes is no answer
            async with asyncio.timeout(_GRACE):
                while self._open and not self.flooded:
                    self._changed.clear()
                    await self._changed.wait()


async def _start(hook: Hook, env: Mapping[str, str]) -> tuple[asyncio.SubprocessTransport, _Talk]:
    """Start it, whole: a cancellation in the middle would leave asyncio waiting for whoever holds its pipes."""
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            _Talk, *hook.argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=hook.folder, env=env, start_new_session=True
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait((starting,))
        if starting.exception() is None:
            await _end(*starting.result())
        raise


async def _end(transport: asyncio.SubprocessTransport, talk: _Talk) -> None:
    """Kill what is left of its process group, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    await asyncio.shield(asyncio.ensure_future(talk.exited.wait()))
    transport.close()


async def run_inside(hook: Hook, told: bytes, sandbox: Sandbox, *, read_only: bool = False) -> Ran:
    """Run it in the sandbox. Raises `SandboxLost`."""
    began = time.monotonic()
    mark = f"--{secrets.token_hex(8)}"
    # The sandbox gives one stream for both; stderr comes after it, behind a mark.
    script = f'{{ {shlex.join(hook.argv)}; }} 2>"$TMPDIR/.{mark}"; code=$?; printf "\\n{mark}\\n"; '
    script += f'head -c {MOST} "$TMPDIR/.{mark}"; rm -f "$TMPDIR/.{mark}"; exit $code'
    command = Command(
        argv=("bash", "-c", script),
        env=_variables(hook, sandbox.at),
        stdin=told,
        timeout=hook.timeout,
        read_only=read_only,
    )
    try:
        finished = await _unless_flooding(sandbox, command)
    except FixMachine as error:
        return Ran(failed=f"it cannot be run here: {error}")
    failed = ""
    if finished.output_bytes > 2 * MOST:
        failed = f"it wrote more than {MOST >> 10} KiB"
    elif finished.why == "timeout":
        failed = f"it gave no answer within {hook.timeout:g} s"
    elif finished.exit_code is None or finished.why:
        failed = f"it was killed ({finished.why or finished.signal})"
    stdout, _, stderr = finished.output.decode(errors="replace").partition(f"\n{mark}\n")
    return Ran(exit_code=finished.exit_code, stdout=stdout, stderr=stderr, failed=failed, seconds=time.monotonic() - began)


async def _unless_flooding(sandbox: Sandbox, command: Command) -> Finished:
    """Run a command to its end, or until it writes too much. Cancelling kills it first."""
    count = 0
    too_much = asyncio.Event()

    def feed(data: bytes) -> None:
        nonlocal count
        count += len(data)
        if count > 2 * MOST:  # what it says, and its stderr after that
            too_much.set()

    process = await sandbox.start(command, feed)
    waits = [asyncio.ensure_future(process.wait()), asyncio.ensure_future(too_much.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        if process.finished is None:
            await process.kill()
    assert process.finished is not None
    return process.finished


def _variables(hook: Hook, project: str) -> dict[str, str]:
    """What a hook finds in its environment; the second name is what programs for Claude Code look for."""
    return {"PULLWRIGHT_HOOK": hook.event, "PULLWRIGHT_PROJECT": project, "CLAUDE_PROJECT_DIR": project}
