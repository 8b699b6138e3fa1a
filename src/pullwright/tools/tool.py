"""What every tool is to the loop.

    Tool.spec              how the model is told of it
    Tool.effect(call)      what this very call can do: read | edit | execute | ask
    Tool.run(call, bench)  -> ToolResult

A wrong call (bad arguments, a path that is not there, an edit that does not match) is a `ToolResult` with
`ok` false and a message that the model can act on. Only a lost sandbox or a bug of ours raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from pullwright.log.log import Artifacts
from pullwright.protocol.events import Event, PlanStep
from pullwright.protocol.items import Call, ImagePart, TextPart, ToolSpec
from pullwright.protocol.live import Live
from pullwright.protocol.policy import Access, Effect
from pullwright.sandbox.sandbox import Process, Sandbox


class ToolResult(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back to the model: `output` (text, or parts with images), already bounded and redacted by the loop's rules.

    `asks` is set by `ask_user` alone: the question that ends the turn when nobody is there to answer.
    """

    output: str | tuple[TextPart | ImagePart, ...]
    ok: bool = True
    asks: str = ""


class Bench:
    """What a tool works with: the open sandbox, and where to put what it finds out.

    `record` logs an event at once (the loop stamps turn and step); `show` sends a live frame; `redact`
    takes secrets out of text (the tool boundary: model and log see the same). `files` are texts as the model
    last saw them (path -> sha256 of the content), for noticing changes made by others. `scratch` is a host folder
    for command output; inside the sandbox its files are readable below `outputs_at`. `cut` is what calls that were stopped
    had to say until then (call id -> text). `served` are the MCP servers inside that were called since the files were looked at.
    """

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        artifacts: Artifacts,
        record: Callable[[Event], Awaitable[None]],
        show: Callable[[Live], None],
        redact: Callable[[bytes], bytes],
        scratch: Path,
        outputs_at: str,
        access: Access = "workspace-write",
    ) -> None:
        self.sandbox = sandbox
        self.artifacts = artifacts
        self.record = record
        self.show = show
        self.redact = redact
        self.scratch = scratch
        self.outputs_at = outputs_at
        self.access = access
        self.plan: tuple[PlanStep, ...] = ()
        self.files: dict[str, str] = {}
        self.misses: dict[str, int] = {}
        self.background: dict[str, Process] = {}
        self.cut: dict[str, str] = {}
        self.served: set[str] = set()

    @property
    def holds_back(self) -> bool:
        """Whether commands must see the workspace read-only though the sandbox was opened to write it (plan first)."""
        return self.access == "read-only" and self.sandbox.spec.access != "read-only"


class Tool(Protocol):
    """Something that the model may call. Stateless: what lasts lives in the `Bench`."""

    spec: ToolSpec

    def effect(self, call: Call) -> Effect:
        """What this call can do. Arguments that cannot be read count as `read` (the call will only say what is wrong)."""
        ...

    def title(self, call: Call) -> str:
        """One line for a reader: the command, the path, the question."""
        ...

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Do it. Raises `SandboxLost`; everything else is a result. Cancelling leaves no half-made edit and no process."""
        ...
