"""The fake: a plain folder without any isolation, for unit tests only.

It keeps the whole of `sandbox.Sandbox`, so that what is tested over it runs over a real one. It is not an isolation and not
chosen for anybody: commands run as the caller, and paths inside are mapped to the tree's folder only for files.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import posixpath
import shutil
import signal
import socket
import stat as modes
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.output import Output
from pullwright.sandbox.sandbox import Check, Command, Finished, OnNetwork, OnOutput, SandboxSpec, Stat

_PIECE = 1 << 16


class FolderBackend:
    """`sandbox.Backend` without isolation. An overlay's lowers are copied into its upper, topmost last."""

    name = "folder"

    @asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncGenerator[FolderSandbox]:
        """Open it; leaving the block kills what still runs."""
        if isinstance(spec.tree, OverlayTree):
            root = spec.tree.upper
            for lower in reversed(spec.tree.lowers):
                shutil.copytree(lower, root, symlinks=True, dirs_exist_ok=True)
        else:
            root = spec.tree.path
        for name in ("home", "tmp"):
            (spec.folder / name).mkdir(parents=True, exist_ok=True)
        for lower in reversed(spec.home):
            shutil.copytree(lower, spec.folder / "home", symlinks=True, dirs_exist_ok=True)
        sandbox = FolderSandbox(spec, root)
        try:
            yield sandbox
        finally:
            for process in sandbox.processes():
                await process.kill()
            for name in ("tmp",) if spec.keep_home else ("home", "tmp"):
                shutil.rmtree(spec.folder / name, ignore_errors=True)

    async def checks(self) -> Sequence[Check]:
        """Always there, never isolated."""
        return (Check("folder", True, "no isolation: for tests only", required=False),)


class FolderProcess:
    """`sandbox.Process` over an asyncio subprocess. `terminal` gives no PTY: stdin and output are pipes."""

    def __init__(self, name: str, command: Command, output: Output, on_output: OnOutput | None) -> None:
        self.id = name
        self.command = command
        self.started = time.time()
        self._clock = time.monotonic()
        self._output = output
        self._on_output = on_output
        self._process: asyncio.subprocess.Process | None = None
        self._ended: asyncio.Task[Finished] | None = None
        self._why: str = ""
        self._flows = asyncio.Event()
        self._flows.set()

    async def begin(self, env: dict[str, str], cwd: Path) -> None:
        """Start it; a missing program has finished with code 127."""
        command = self.command
        stdin = (
            asyncio.subprocess.PIPE
            if command.stdin is not None or command.keep_stdin or command.terminal
            else asyncio.subprocess.DEVNULL
        )
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command.argv,
                stdin=stdin,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=cwd,
                env=env,
                start_new_session=True,
            )
        except OSError as error:
            code, why = (127, "missing") if isinstance(error, FileNotFoundError) else (126, "not-executable")
            self._output.feed(f"{command.argv[0]}: {error.strerror}\n".encode())
            self._why = why
            self._ended = asyncio.ensure_future(self._result(code, ""))
            await self._ended
            return
        if self._process.stdin is not None and command.stdin is not None:
            self._process.stdin.write(command.stdin)
            if not command.keep_stdin and not command.terminal:
                self._process.stdin.close()
        self._ended = asyncio.create_task(self._run(self._process))

    async def _run(self, process: asyncio.subprocess.Process) -> Finished:
        reading = asyncio.create_task(self._read(process))
        try:
            async with asyncio.timeout(self.command.timeout):
                await process.wait()
        except TimeoutError:
            self._why = "timeout"
            self._kill()
        code = await process.wait()
        await asyncio.wait((reading,), timeout=0.2)
        reading.cancel()
        by_us = "SIGKILL" if self._why else ""
        return await self._result(None if code < 0 or by_us else code, signal.Signals(-code).name if code < 0 else by_us)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while data := await process.stdout.read(_PIECE):
            self._output.feed(data)
            if self._on_output is not None:
                self._on_output(data)
            await self._flows.wait()

    async def _result(self, code: int | None, name: str) -> Finished:
        self._output.close()
        return Finished(
            exit_code=code,
            signal=name,
            seconds=time.monotonic() - self._clock,
            head=self._output.head,
            tail=self._output.tail,
            output_bytes=self._output.count,
            sha256=self._output.sha256,
            why=self._why,  # type: ignore[arg-type]
        )

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def finished(self) -> Finished | None:
        """How it ended, or None while it runs."""
        return self._ended.result() if self._ended is not None and self._ended.done() else None

    def new_output(self, limit: int) -> tuple[bytes, int]:
        """Output since the last call, at most `limit` bytes of its end, and how many bytes were left out."""
        return self._output.take(limit)

    async def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for the end; None when `timeout` seconds passed first."""
        if self._ended is None:
            return None
        await asyncio.wait((self._ended,), timeout=timeout)
        return self.finished

    async def write(self, data: bytes) -> None:
        """Type into stdin."""
        if self._process is None or self._process.stdin is None:
            raise BrokenPipeError(errno.EPIPE, "the command takes no input")
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    async def resize(self, columns: int, rows: int) -> None:
        """There is no terminal."""

    def hold(self, held: bool) -> None:
        """Leave its output where it is for a while, or read on."""
        if held:
            self._flows.clear()
        else:
            self._flows.set()

    async def signal(self, name: str) -> None:
        """Send a signal to its process group."""
        if self._process is not None and self.finished is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.Signals[name])

    async def kill(self) -> Finished:
        """Kill its process group and wait."""
        if self.finished is None:
            self._why = self._why or "killed"
            self._kill()
        finished = await self.wait()
        assert finished is not None
        return finished


class FolderSandbox:
    """`sandbox.Sandbox` over a folder of the host."""

    backend = "folder"

    def __init__(self, spec: SandboxSpec, root: Path) -> None:
        self.spec = spec
        self.at = spec.at
        self._root = root
        self._processes: list[FolderProcess] = []

    async def start(self, command: Command, on_output: OnOutput | None = None) -> FolderProcess:
        """Start a command."""
        output = Output(command.keep, command.keep_bytes if command.keep else 0)
        process = FolderProcess(f"c{len(self._processes) + 1}", command, output, on_output)
        self._processes.append(process)
        home, tmp = (str(self.spec.folder / name) for name in ("home", "tmp"))
        base = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
        env = {**base, **self.spec.env, "HOME": home, "TMPDIR": tmp, **command.env}
        await process.begin(env, self._path(command.cwd))
        return process

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """Run a command to its end. Cancelling kills it first."""
        process = await self.start(command, on_output)
        try:
            finished = await process.wait()
        except asyncio.CancelledError:
            await asyncio.shield(process.kill())
            raise
        assert finished is not None
        return finished

    def processes(self) -> Sequence[FolderProcess]:
        """The commands that still run, oldest first."""
        return [process for process in self._processes if process.finished is None]

    async def going_on(self) -> Sequence[FolderProcess]:
        """The same: what finished commands have left is not known here."""
        return self.processes()

    def _path(self, path: str) -> Path:
        inside = posixpath.normpath(posixpath.join(self.at, path)) if path else self.at
        if inside == self.at or inside.startswith(self.at.rstrip("/") + "/"):
            return self._root / posixpath.relpath(inside, self.at)
        for mount in self.spec.mounts:
            at = mount.at or str(mount.path)
            if inside == at or inside.startswith(at + "/"):
                return mount.path / posixpath.relpath(inside, at)
        return Path(inside)

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        """Up to `limit` bytes of a regular file."""
        with self._path(path).open("rb") as file:
            file.seek(offset)
            return file.read(limit)

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        """Replace a file's content, making its folders; keeps an existing file's mode."""
        target = self._path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if executable is not None:
            mode = target.stat().st_mode & 0o777
            target.chmod(mode | 0o111 if executable else mode & ~0o111)

    async def remove(self, path: str) -> None:
        """Remove one file or link."""
        self._path(path).unlink()

    async def stat(self, path: str) -> Stat | None:
        """What lies at a path, links not followed for `kind`."""
        try:
            found = self._path(path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        mode = found.st_mode
        kind = "file" if modes.S_ISREG(mode) else "folder" if modes.S_ISDIR(mode) else "link" if modes.S_ISLNK(mode) else "other"
        return Stat(kind, found.st_size, bool(mode & 0o111) and kind == "file", found.st_mtime_ns)

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        """Relative paths of files below a folder, sorted, at most `limit`, without `.git`."""
        root = self._path(path)
        found: list[str] = []
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if name != ".git")
            found += (os.path.relpath(Path(folder, name), root) for name in files)
        return sorted(found)[:limit]

    async def connect(self, port: int) -> int:
        """A connected stream socket to a port of the host's loopback."""
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, ("127.0.0.1", port))
        except BaseException:
            sock.close()
            raise
        return sock.detach()
