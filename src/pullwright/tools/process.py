"""Commands that outlive the call that started them: list, poll, type into, signal, kill."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.sandbox.sandbox import Process
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.exec import ended, going_on, news
from pullwright.tools.output import honoured
from pullwright.tools.tool import Bench, ToolResult

_PATIENCE = 1.0
_LONGEST = 600.0


class _Arguments(msgspec.Struct):
    action: Literal["list", "poll", "input", "signal", "resize", "kill"]
    id: str = ""
    text: str = ""
    seconds: float | None = None
    columns: int = 120
    rows: int = 40
    limit: int | None = None


class ProcessTool:
    """`process`: what `exec` left running. `list`, `poll` and `resize` change nothing."""

    spec = ToolSpec(
        name="process",
        description="Deal with commands that go on running. poll waits up to `seconds` for the end and gives new output; "
        "input types `text` as it is (\\n is Enter, \\u0003 Ctrl-C), then polls; signal sends the one that `text` names.",
        parameters={
            "type": "object",
            "properties": {
                "action": {"type": "string", "enum": ["list", "poll", "input", "signal", "resize", "kill"]},
                "id": {"type": "string"},
                "text": {"type": "string"},
                "seconds": {"type": "number"},
                "columns": {"type": "integer"},
                "rows": {"type": "integer"},
            },
            "required": ["action"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """`execute` for what reaches the command, else `read`."""
        try:
            action = read_arguments(call, _Arguments, self.spec)[0].action
        except WrongCall:
            return "read"
        return "execute" if action in ("input", "signal", "kill") else "read"

    def title(self, call: Call) -> str:
        """The action and its process."""
        try:
            arguments, _ = read_arguments(call, _Arguments, self.spec)
        except WrongCall:
            return "a process"
        return f"{arguments.action} {arguments.id}".strip()

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Do it."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            if arguments.action == "list":
                return ToolResult(output=note + _listed(bench))
            process = bench.background.get(arguments.id)
            if process is None:
                raise WrongCall(f"process: there is no {arguments.id or 'process without an id'}.\n{_listed(bench)}")
            _check(process, arguments, bench)
            await _act(process, arguments)
            return ToolResult(output=note + await _look(bench, call.call_id, process, arguments))
        except WrongCall as wrong:
            return wrong.result


def _check(process: Process, arguments: _Arguments, bench: Bench) -> None:
    """A command of an earlier turn may write where this one may not: it takes no orders then. Raises `WrongCall`."""
    if arguments.action in ("input", "signal") and bench.holds_back and not process.command.read_only:
        raise WrongCall(
            f"process: {process.id} is of an earlier turn and may write to the workspace, and now nothing is to be changed: it "
            "takes no input and no signal. Poll it, kill it, or start another with exec."
        )


async def _act(process: Process, arguments: _Arguments) -> None:
    """What the action does to the process. Raises `WrongCall`."""
    try:
        if arguments.action == "input":
            await process.write(arguments.text.encode())
        elif arguments.action == "signal":
            name = arguments.text.strip().upper() or "SIGINT"
            await process.signal(name if name.startswith("SIG") else f"SIG{name}")
        elif arguments.action == "resize":
            await process.resize(arguments.columns, arguments.rows)
        elif arguments.action == "kill":
            await process.kill()
    except (OSError, ValueError) as error:
        if process.finished is None:
            raise WrongCall(f"process: {arguments.action} to {process.id} failed: {error}") from None


async def _look(bench: Bench, call_id: str, process: Process, arguments: _Arguments) -> str:
    """New output, and how it ended if it did. An ended process leaves the list."""
    limit = honoured(arguments.limit)
    if arguments.action in ("poll", "input", "signal"):
        await process.wait(_PATIENCE if arguments.seconds is None else max(0.0, min(arguments.seconds, _LONGEST)))
    finished = process.finished
    if finished is None:
        text, end = going_on(bench, process, limit)
        return f"{text}[{end}]"
    bench.background.pop(process.id, None)
    text = news(bench, process, limit)
    _, end = await ended(bench, call_id, process.command, finished, limit, background=True)
    return f"{text}[{end}]"


def _listed(bench: Bench) -> str:
    running = [f"{process.id}{_state(process)}: {process.command.argv[-1][:200]}" for process in bench.background.values()]
    return "\n".join(running) or "no commands are running"


def _state(process: Process) -> str:
    return "" if process.finished is None else " (ended; poll it)"
