"""Servers for the tests of the MCP client: where they are, and connections to them on the host or in a real sandbox."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.protocol.events import Event
from pullwright.protocol.items import FunctionCall
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.folder import FolderSandbox
from pullwright.sandbox.sandbox import Mount, Sandbox, SandboxSpec
from pullwright.tools.mcp.connections import Connections
from pullwright.tools.mcp.pins import Pins
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import Tokens
from pullwright.tools.redaction import Redactor
from pullwright.tools.tool import Bench, Tool, ToolResult

HOSTILE = Path(__file__).with_name("hostile_mcp_server.py")
EVERYTHING = Path(__file__).parents[1] / ".ci/mcp/node_modules/@modelcontextprotocol/server-everything/dist/index.js"
AT = "/work/project"
OUTPUTS = "/run/pullwright/outputs"


def hostile(behaviour: str, *more: str, **options: Any) -> McpServer:
    """The hostile server, on the host: what it may not do is the client's affair, not the sandbox's."""
    given: dict[str, Any] = {"where": "host", "start_timeout": 10.0, "timeout": 20.0, **options}
    return McpServer(name="h", command=sys.executable, args=(str(HOSTILE), behaviour, *more), **given).check()


def everything(*more: str, **options: Any) -> McpServer:
    """The reference server of npm's `@modelcontextprotocol`; skips where it is not installed (`make .ci/mcp/node_modules`)."""
    if not EVERYTHING.exists() or not shutil.which("node"):
        pytest.skip("server-everything is not installed: make mcp-servers")
    return McpServer(name="everything", command="node", args=(str(EVERYTHING), *more), **options).check()


def from_pypi(module: str, name: str, *more: str, **options: Any) -> McpServer:
    """A server of PyPI that is among our development dependencies."""
    return McpServer(
        name=name, command=sys.executable, args=("-m", module, *more), env={"PYTHONPATH": str(packages())}, **options
    ).check()


def packages() -> Path:
    """The folder that third-party packages lie in."""
    import mcp

    return Path(mcp.__file__).parents[1]


class World:
    """Open connections, a bench, what a person was told, and calls as a model makes them."""

    def __init__(self, connections: Connections, bench: Bench, told: list[str]) -> None:
        self.connections = connections
        self.bench = bench
        self.told = told
        self.tools: dict[str, Tool] = {}
        self._calls = 0

    async def offer(self) -> list[str]:
        """The names of what is offered."""
        self.tools = {tool.spec.name: tool for tool in await self.connections.tools()}
        return list(self.tools)

    async def result(self, tool: str, /, **arguments: Any) -> ToolResult:
        """What a call gives."""
        self._calls += 1
        call = FunctionCall(call_id=f"call_{self._calls}", name=tool, arguments=json.dumps(arguments))
        return await self.tools[tool].run(call, self.bench)

    async def __call__(self, tool: str, /, **arguments: Any) -> str:
        """The text that a call gives."""
        output = (await self.result(tool, **arguments)).output
        return output if isinstance(output, str) else "".join(getattr(part, "text", "[image]") for part in output)


@asynccontextmanager
async def world(
    tmp_path: Path, servers: Sequence[McpServer], sandbox: Sandbox | None = None, tokens: Tokens | None = None
) -> AsyncGenerator[World]:
    """Connections to the servers; what is permitted is kept below `tmp_path`."""
    place = sandbox or folder_sandbox(tmp_path)

    async def opened() -> Sandbox:
        return place

    async def record(event: Event) -> None: ...

    told: list[str] = []
    outputs = tmp_path / "outputs"
    outputs.mkdir(exist_ok=True)
    bench = Bench(
        sandbox=place,
        artifacts=FolderArtifacts(tmp_path / "artifacts"),
        record=record,
        show=lambda frame: None,
        redact=Redactor(["hunter2-hunter2"]).redact,
        scratch=outputs,
        outputs_at=OUTPUTS,
    )
    pins = Pins(tmp_path / "pins", tmp_path / "project")
    async with Connections(servers, opened, pins, tokens=tokens, notice=told.append) as connections:
        yield World(connections, bench, told)


def folder_sandbox(tmp_path: Path) -> FolderSandbox:
    """A stand-in for what needs no isolation."""
    root = tmp_path / "tree"
    root.mkdir(exist_ok=True)
    return FolderSandbox(SandboxSpec(folder=tmp_path, tree=PlainTree(path=root), at=str(root)), root)


@asynccontextmanager
async def sandboxed(folder: Path) -> AsyncGenerator[Sandbox]:
    """A real sandbox over `folder/lower`, without network, in which the third-party servers can be seen."""
    lower, upper, work = (folder / name for name in ("lower", "upper", "work"))
    for path in (lower, upper, work, folder / "outputs", folder / "attempt"):
        path.mkdir(parents=True, mode=0o755, exist_ok=True)
    seen = [Path(sys.prefix), Path(sys.base_prefix), packages(), HOSTILE.parent, EVERYTHING.parents[3]]
    if node := shutil.which("node"):
        seen.append(Path(node).resolve())
    mounts = [Mount(path=path) for path in dict.fromkeys(seen) if path.exists() and path.parts[1] != "usr"]
    spec = SandboxSpec(
        folder=folder / "attempt",
        tree=OverlayTree(lowers=(lower,), upper=upper, work=work),
        at=AT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        mounts=(Mount(path=folder / "outputs", at=OUTPUTS), *mounts),
    )
    async with backend("linux").open(spec) as sandbox:
        yield sandbox
