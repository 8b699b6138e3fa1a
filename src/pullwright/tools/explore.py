"""A sub-agent that looks around and reports. Its work is the agent room's; the tool only knows whom to send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.tool import Bench, ToolResult

Send = Callable[[str, Call, Bench], Awaitable[ToolResult]]
"""Send a sub-agent out with a task, for this call, in the sandbox of this bench; its report."""


class _Arguments(msgspec.Struct):
    task: str


class Explore:
    """`explore`: what a sub-agent found out. It reads, and can do nothing that the session cannot."""

    spec = ToolSpec(
        name="explore",
        description="Send a sub-agent to find something out: it reads, searches and runs read-only commands in this workspace, "
        "and reports with path:line. It knows nothing of this conversation, so say all that it needs. For broad questions whose "
        "search would fill your own context; several in one response run side by side.",
        parameters={
            "type": "object",
            "properties": {"task": {"type": "string", "description": "the question, and what the report must hold"}},
            "required": ["task"],
        },
    )

    def __init__(self, send: Send) -> None:
        self._send = send

    def effect(self, call: Call) -> Effect:
        """Looking around changes nothing."""
        return "read"

    def title(self, call: Call) -> str:
        """The task's first line."""
        try:
            return read_arguments(call, _Arguments, self.spec)[0].task.strip().partition("\n")[0][:200] or "a look around"
        except WrongCall:
            return "a look around"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Send it, and wait for its report. Cancelling ends it."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            if not arguments.task.strip():
                raise WrongCall('explore: no task given. The right form: {"task": "where is …, and who calls it?"}')
        except WrongCall as wrong:
            return wrong.result
        result = await self._send(arguments.task, call, bench)
        return msgspec.structs.replace(result, output=note + result.output) if isinstance(result.output, str) else result
