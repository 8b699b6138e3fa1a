"""A command of the person's in a sandbox of its own, with the streams passed through."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from pullwright.cli.run.request import limits
from pullwright.cli.run.scratch import scratch
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.network import parse_network
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Finished, Mount, NetworkDecision, Process, Sandbox, SandboxSpec
from pullwright.sandbox.toolchains import toolchains
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.snapshot import snapshot

_WHY = {
    "missing": "there is no such program inside",
    "not-executable": "that cannot be run",
    "timeout": "out of time; it and all it started were killed",
    "out-of-memory": "out of memory",
    "killed": "it was killed",
    "": "",
}


async def inside(words: tuple[str, ...], loaded: Loaded, directory: Path, *, ref: str | None, timeout: float | None) -> int:
    """Run `words` in a sandbox on a snapshot of the project around `directory`; the exit code as a shell has it."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    task = asyncio.current_task()
    assert task is not None
    # As Ctrl-C does it: the sandbox is closed and the snapshot removed on the way out.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with thrown_away(loaded, directory, ref) as (sandbox, cwd):
        command = Command(
            argv=words,
            cwd=cwd,
            timeout=timeout,
            terminal=_size() if terminal else None,
            stdin=None if terminal else _stdin(),
            env={"TERM": os.environ.get("TERM", "xterm")} if terminal else {},
        )
        if terminal:
            finished = await _with_terminal(sandbox, command)
        else:
            finished = await sandbox.exec(command, _write)
    if finished.why:
        click.echo(f"pullwright: {words[0]}: {_WHY[finished.why]}", err=True)
    return _code(finished)


@asynccontextmanager
async def thrown_away(
    loaded: Loaded, directory: Path, ref: str | None = None, mounts: tuple[Mount, ...] = ()
) -> AsyncIterator[tuple[Sandbox, str]]:
    """A sandbox on a snapshot that is thrown away, and the working directory in it."""
    settings, where = loaded.settings, loaded.folders
    with scratch(where.state) as folder:
        async with await snapshot(directory, ref=ref, local=ref is None, cache=where.cache, folder=folder) as workspace:
            tools = toolchains(workspace.root, os.environ)
            spec = SandboxSpec(
                folder=folder / "attempt",
                tree=workspace.overlay,
                at=str(workspace.root),
                access=settings.access,
                network=parse_network(settings.network),
                limits=limits(settings.limits),
                mounts=(*tools.mounts, *mounts),
                env=tools.env,
            )
            try:
                async with backend(settings.sandbox).open(spec, _refused) as sandbox:
                    yield sandbox, str(directory.resolve())
            finally:
                remove_tree(folder / "attempt")  # however deep it is


def _refused(decision: NetworkDecision) -> None:
    if not decision.allowed:
        click.echo(
            f"pullwright: network: {decision.host}:{decision.port} refused ({decision.reason or decision.rule})\r", err=True
        )


def _stdin() -> bytes | None:
    return None if sys.stdin.isatty() else sys.stdin.buffer.read()


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


async def _with_terminal(sandbox: Sandbox, command: Command) -> Finished:
    """Run it in a PTY, with our terminal in raw mode: keys, signals' keys and the window's size go inside."""
    import termios
    import tty

    loop = asyncio.get_running_loop()
    before = termios.tcgetattr(0)
    process = await sandbox.start(command, _write)
    keys: asyncio.Queue[bytes] = asyncio.Queue()
    try:
        tty.setraw(0)
        loop.add_reader(0, lambda: keys.put_nowait(os.read(0, 65536)))
        async with asyncio.TaskGroup() as group:
            loop.add_signal_handler(signal.SIGWINCH, lambda: keys.put_nowait(b""))
            typing = group.create_task(_type(process, keys))
            finished = await process.wait()
            typing.cancel()
    finally:
        loop.remove_reader(0)
        loop.remove_signal_handler(signal.SIGWINCH)
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    assert finished is not None
    return finished


async def _type(process: Process, keys: asyncio.Queue[bytes]) -> None:
    """Hand over what is typed; nothing typed means that the window changed its size."""
    while True:
        if data := await keys.get():
            await process.write(data)
        else:
            await process.resize(*_size())


def _size() -> tuple[int, int]:
    size = os.get_terminal_size()
    return size.columns, size.lines


def _code(finished: Finished) -> int:
    if finished.exit_code is not None:
        return finished.exit_code
    try:
        return 128 + signal.Signals[finished.signal].value
    except KeyError:
        return 1
