"""A bench over a plain folder: real files and real processes, no isolation; and calls as a model makes them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from pullwright.log.artifacts import FolderArtifacts
from pullwright.protocol.events import Event
from pullwright.protocol.items import Call, CustomCall, FunctionCall
from pullwright.protocol.live import Live
from pullwright.protocol.policy import Access
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.output import Output
from pullwright.sandbox.sandbox import Command, Finished, OnOutput, SandboxSpec, Stat
from pullwright.tools.redaction import Redactor
from pullwright.tools.tool import Bench, Tool, ToolResult


class FolderProcess:
    def __init__(self, name: str, command: Command) -> None:
        self.id, self.command, self.started = name, command, time.monotonic()
        self.finished: Finished | None = None
        self.output = Output(command.keep, command.keep_bytes)
        self.over = asyncio.Event()
        self.child: asyncio.subprocess.Process | None = None

    def new_output(self, limit: int) -> tuple[bytes, int]:
        return self.output.take(limit)

    async def wait(self, timeout: float | None = None) -> Finished | None:
        try:
            async with asyncio.timeout(timeout):
                await self.over.wait()
        except TimeoutError:
            return None
        return self.finished

    async def write(self, data: bytes) -> None:
        assert self.child
        assert self.child.stdin
        self.child.stdin.write(data)
        await self.child.stdin.drain()

    async def resize(self, columns: int, rows: int) -> None: ...

    def hold(self, held: bool) -> None: ...

    async def signal(self, name: str) -> None:
        if not hasattr(signal, name):
            raise ValueError(f"no signal {name}")
        assert self.child
        os.killpg(self.child.pid, getattr(signal, name))

    async def kill(self) -> Finished:
        if not self.finished:
            assert self.child
            os.killpg(self.child.pid, signal.SIGKILL)
            await self.over.wait()
        assert self.finished
        return self.finished

    async def pump(self, on_output: OnOutput | None) -> None:
        child = self.child
        assert child
        assert child.stdout
        why = ""
        try:
            async with asyncio.timeout(self.command.timeout):
                while data := await child.stdout.read(65536):
                    self.feed(data, on_output)
                await child.wait()
        except TimeoutError:
            why = "timeout"
            os.killpg(child.pid, signal.SIGKILL)
            while data := await child.stdout.read(65536):
                self.feed(data, on_output)
        code = await child.wait()
        self.end(code if code >= 0 else None, signal.Signals(-code).name if code < 0 else "", why)

    def feed(self, data: bytes, on_output: OnOutput | None) -> None:
        self.output.feed(data)
        if on_output:
            on_output(data)

    def end(self, code: int | None, by: str, why: Any) -> None:
        self.output.close()
        self.finished = Finished(
            exit_code=code,
            signal=by,
            seconds=time.monotonic() - self.started,
            head=self.output.head,
            tail=self.output.tail,
            output_bytes=self.output.count,
            sha256=self.output.sha256,
            why=why,
        )
        self.over.set()


class FolderSandbox:
    """The `Sandbox` protocol on a folder."""

    backend = "stand-in"

    def __init__(self, root: Path) -> None:
        self.at = str(root)
        self.spec = SandboxSpec(folder=root.parent, tree=PlainTree(path=root), at=self.at)
        self.started: list[FolderProcess] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.refuse_write: Callable[[str], Exception | None] = lambda path: None
        self.before_write: Callable[[str], Awaitable[None]] | None = None
        self.env: dict[str, str] = {}

    def full(self, path: str) -> Path:
        return Path(self.at, path)

    async def start(self, command: Command, on_output: OnOutput | None = None) -> FolderProcess:
        process = FolderProcess(f"p{len(self.started) + 1}", command)
        self.started.append(process)
        try:
            process.child = await asyncio.create_subprocess_exec(
                *command.argv,
                cwd=command.cwd or self.at,
                env={**os.environ, **self.env, **command.env},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except asyncio.CancelledError:
            process.end(None, "SIGKILL", "killed")
            raise
        except FileNotFoundError:
            process.end(127, "", "missing")
            return process
        if not command.terminal and not command.keep_stdin:
            assert process.child.stdin
            process.child.stdin.close()
        self.tasks.append(asyncio.create_task(process.pump(on_output)))
        return process

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        process = await self.start(command, on_output)
        try:
            finished = await process.wait()
        except asyncio.CancelledError:
            await process.kill()
            raise
        assert finished
        return finished

    def processes(self) -> Sequence[FolderProcess]:
        return [process for process in self.started if not process.finished]

    async def going_on(self) -> Sequence[FolderProcess]:
        """See `Sandbox`."""
        return self.processes()

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        return self.full(path).read_bytes()[offset : offset + limit]

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        if self.before_write:
            await self.before_write(path)
        if error := self.refuse_write(path):
            raise error
        full = self.full(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
        if executable is not None:
            full.chmod(0o755 if executable else 0o644)

    async def remove(self, path: str) -> None:
        self.full(path).unlink()

    async def stat(self, path: str) -> Stat | None:
        full = self.full(path)
        if not full.exists():
            return None
        stat = full.lstat()
        kind = "link" if full.is_symlink() else "folder" if full.is_dir() else "file"
        return Stat(kind, stat.st_size, bool(stat.st_mode & 0o100), stat.st_mtime_ns)

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        root = self.full(path)
        found = sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())
        return [name for name in found if not name.startswith(".git/")][:limit]

    async def close(self) -> None:
        for process in self.processes():
            await process.kill()
        tasks, self.tasks = self.tasks, []
        await asyncio.gather(*tasks)

    async def connect(self, port: int) -> int:
        raise ConnectionRefusedError


class Workbench:
    """A bench, what it recorded and showed, and the calls to make at it."""

    def __init__(self, folder: Path, secrets: Sequence[str] = (), access: Access = "workspace-write") -> None:
        self.root = folder / "repo"
        self.scratch = folder / "outputs"
        self.root.mkdir()
        self.scratch.mkdir()
        self.sandbox = FolderSandbox(self.root)
        self.events: list[Event] = []
        self.frames: list[Live] = []
        self.artifacts = FolderArtifacts(folder / "artifacts")
        self.bench = Bench(
            sandbox=self.sandbox,
            artifacts=self.artifacts,
            record=self.record,
            show=self.frames.append,
            redact=Redactor(secrets).redact,
            scratch=self.scratch,
            outputs_at="/run/pullwright/outputs",
            access=access,
        )

    async def record(self, event: Event) -> None:
        self.events.append(event)

    def files(self, tree: dict[str, str | bytes]) -> None:
        for name, content in tree.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def tree(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    async def call(self, tool: Tool, call_id: str = "call_1", /, **arguments: Any) -> ToolResult:
        return await tool.run(self.function(tool, arguments, call_id), self.bench)

    def function(self, tool: Tool, arguments: dict[str, Any], call_id: str = "call_1") -> Call:
        return FunctionCall(call_id=call_id, name=tool.spec.name, arguments=json.dumps(arguments))

    def run(self, tool: Tool, /, **arguments: Any) -> ToolResult:
        """One call in a loop of its own."""

        async def main() -> ToolResult:
            try:
                return await self.call(tool, **arguments)
            finally:
                await self.sandbox.close()

        return asyncio.run(main())

    def patch(self, text: str) -> ToolResult:
        from pullwright.tools.apply_patch import ApplyPatch

        return asyncio.run(ApplyPatch().run(CustomCall(call_id="call_1", name="apply_patch", input=text), self.bench))


def text_of(result: ToolResult) -> str:
    assert isinstance(result.output, str)
    return result.output
