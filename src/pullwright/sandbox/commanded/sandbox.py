"""The Sandbox protocol over an `Entry`."""

from __future__ import annotations

import asyncio
import posixpath
import secrets
import socket
from collections.abc import Awaitable, Sequence

from pullwright.protocol.errors import SandboxLost
from pullwright.sandbox.commanded import files
from pullwright.sandbox.commanded.entry import TAG, Entry
from pullwright.sandbox.commanded.process import CommandedProcess
from pullwright.sandbox.sandbox import Command, Finished, OnOutput, Process, SandboxSpec, Stat

_SIGNAL_TAGGED = r"""
round=0
while [ $round -lt 20 ]; do
  found=
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" != "$$" ] && tr '\0' '\n' < "$folder/environ" 2>/dev/null | grep -qx "$1" && kill -"$2" "$pid" 2>/dev/null && found=1
  done
  [ -n "$found" ] && [ "$2" = KILL ] || exit 0
  round=$((round + 1))
done
"""
"""A fork may slip between two looks, so killing goes on until nothing is found; zombies cannot be signalled again and have no
environment."""

_BRIDGE = 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1; printf "\\006"; cat <&3 & cat >&3; wait'


class CommandedSandbox:
    """An open sandbox. The backend that made it ends it; `close` ends what was started through it."""

    def __init__(self, backend: str, spec: SandboxSpec, entry: Entry) -> None:
        self.backend = backend
        self.spec = spec
        self.at = spec.at
        self._entry = entry
        self._bridges: list[asyncio.subprocess.Process] = []
        self._running: dict[str, tuple[CommandedProcess, asyncio.Task[None]]] = {}

    async def start(self, command: Command, on_output: OnOutput | None = None) -> Process:
        """Start a command. Raises `SandboxLost`."""
        return await self._start(command, on_output)

    async def _start(self, command: Command, on_output: OnOutput | None) -> CommandedProcess:
        if not self._entry.alive():
            raise SandboxLost("the sandbox has ended")
        await self._entry.ready(command)
        tag = secrets.token_hex(8)
        process = CommandedProcess(tag, command, self._signal_tagged, on_output)
        # `exec` makes a missing program the shell's own 127, whichever program we enter through.
        inner = ("sh", "-c", 'exec "$@"', "sh", *command.argv)
        running = await process.start(self._entry.argv(command, tag, inner=inner))
        task = asyncio.create_task(_await(running))
        self._running[tag] = (process, task)
        task.add_done_callback(lambda _: self._running.pop(tag, None))
        return process

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """Run a command to its end. Cancelling kills its whole tree first. Raises `SandboxLost`."""
        process = await self._start(command, on_output)
        try:
            finished = await process.wait()
        except asyncio.CancelledError:
            await process.kill()
            raise
        assert finished is not None, "wait without a limit ends with the command"
        if not self._entry.alive():
            raise SandboxLost("the sandbox ended under a command")
        return finished

    def processes(self) -> Sequence[Process]:
        """The commands that still run, oldest first."""
        return [process for process, _ in self._running.values() if process.finished is None]

    async def going_on(self) -> Sequence[Process]:
        """The same: what finished commands have left is not known here."""
        return self.processes()

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        """Up to `limit` bytes of a regular file. Raises `OSError`."""
        return await files.shell(self, files.READ, self._inside(path), str(offset + 1), str(limit))

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        """Replace a file's content, making its folders. Raises `OSError`."""
        wanted = {None: "", True: "x", False: "n"}[executable]
        await files.shell(self, files.WRITE, self._inside(path), wanted, stdin=data)

    async def remove(self, path: str) -> None:
        """Remove one file or link. Raises `OSError`."""
        await files.shell(self, files.REMOVE, self._inside(path))

    async def stat(self, path: str) -> Stat | None:
        """What lies at a path; None when there is nothing."""
        try:
            return files.parse_stat(await files.shell(self, files.STAT, self._inside(path)))
        except FileNotFoundError:
            return None

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        """Relative paths of files below a folder, sorted, at most `limit`, without `.git`."""
        found = await files.shell(self, files.TREE, self._inside(path), str(limit))
        return sorted(name.decode("utf-8", "surrogateescape").removeprefix("./") for name in found.split(b"\0") if name)

    async def connect(self, port: int) -> int:
        """A connected socket to a port on the sandbox's own loopback. Raises `ConnectionRefusedError`. Needs bash inside."""
        ours, theirs = socket.socketpair()
        command = Command(argv=("bash", "-c", _BRIDGE, "bash", str(port)), cwd="/", keep_stdin=True)
        inner = command.argv
        with theirs:
            bridge = await asyncio.create_subprocess_exec(
                *self._entry.argv(command, secrets.token_hex(8), inner=inner),
                stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._bridges.append(bridge)
        ours.setblocking(False)
        try:
            async with asyncio.timeout(10):
                ready = await asyncio.get_running_loop().sock_recv(ours, 1)
        except BaseException:
            ours.close()
            raise
        if ready != b"\x06":
            ours.close()
            raise ConnectionRefusedError(f"nothing listens on port {port} inside")
        return ours.detach()

    async def close(self) -> None:
        """End everything that was started through this object; its backend ends the rest."""
        for process, _ in tuple(self._running.values()):
            await process.kill()
        await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)
        for bridge in self._bridges:
            if bridge.returncode is None:
                bridge.kill()
            await bridge.wait()

    def _inside(self, path: str) -> str:
        return posixpath.join(self.at, path) if path else self.at

    async def _signal_tagged(self, tag: str, name: str) -> None:
        """Signal all processes inside that carry a command's tag."""
        if not self._entry.alive():
            return
        argv = ("sh", "-c", _SIGNAL_TAGGED, "sh", f"{TAG}={tag}", name.removeprefix("SIG"))
        helper = await asyncio.create_subprocess_exec(
            *self._entry.argv(Command(argv=argv, cwd="/"), "", inner=argv),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await helper.wait()


async def _await(running: Awaitable[None]) -> None:
    await running
