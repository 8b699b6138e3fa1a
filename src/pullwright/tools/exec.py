"""Commands in the sandbox."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

import msgspec

from pullwright.protocol.errors import FixMachine
from pullwright.protocol.events import CommandRan
from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.sandbox.sandbox import Command, Finished, Process
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.live_output import LiveOutput
from pullwright.tools.output import KEEP, honoured, keep_path, readable, show
from pullwright.tools.pipes import hidden, pipe_end, pipe_env
from pullwright.tools.tool import Bench, ToolResult

TIMEOUT = 600.0
"""Seconds that a command may take when no timeout is given and nothing waits for it only for a while."""

SIZE = (120, 40)
"""Columns and rows of a new terminal."""

CUT = 2_000
"""Bytes of the end of its output that the model is told of a command that was stopped."""

_GRACE = 0.3


class _Arguments(msgspec.Struct):
    command: str | list[str]
    cwd: str = ""
    timeout: float | None = None
    yield_seconds: float | None = None
    background: bool = False
    terminal: bool = False
    read_only: bool = False
    limit: int | None = None

    @property
    def commands(self) -> list[str]:
        """The shell lines, in order."""
        return [self.command] if isinstance(self.command, str) else self.command

    @property
    def patience(self) -> float | None:
        """Seconds to wait before the command goes on in the background; None: until it ends."""
        if self.yield_seconds is not None:
            return max(0.0, self.yield_seconds)
        return _GRACE if self.background else 5.0 if self.terminal else None


_PROPERTIES = {
    "command": {
        "type": ["string", "array"],
        "items": {"type": "string"},
        "description": "bash line, or several to run in order, each with its own exit code",
    },
    "cwd": {"type": "string"},
    "timeout": {"type": "number", "description": "seconds, default 600; then the whole tree is killed"},
    "yield_seconds": {"type": "number", "description": "after this, answer and let it go on (see process)"},
    "background": {"type": "boolean"},
    "terminal": {"type": "boolean", "description": "give it a PTY"},
    "limit": {"type": "integer", "description": "bytes of output shown, default 16000, at most 64000"},
}
_READ_ONLY = {
    "read_only": {
        "type": "boolean",
        "description": "workspace read-only: never asks, runs beside other reads; chmod and touch fail, so not for test runs",
    }
}


class Exec:
    """`exec`: shell lines, run by `bash -c` (no login shell, so the environment is the project's).

    With `only_reading` every command runs with the workspace read-only (mode `ask`).
    """

    def __init__(self, *, only_reading: bool = False) -> None:
        self._only_reading = only_reading
        said = (
            "The workspace is read-only." if only_reading else "cd, export and variables do not carry over to the next command."
        )
        self.spec = ToolSpec(
            name="exec",
            description=f"Run shell commands in the sandbox, from the workspace. {said} "
            "Calls of one step run in order, those that only read side by side.",
            parameters={
                "type": "object",
                "properties": _PROPERTIES if only_reading else {**_PROPERTIES, **_READ_ONLY},
                "required": ["command"],
            },
        )

    def effect(self, call: Call) -> Effect:
        """`read` when the workspace is read-only for it, else `execute`."""
        try:
            arguments, _ = read_arguments(call, _Arguments, self.spec)
        except WrongCall:
            return "read"
        return "read" if arguments.read_only or self._only_reading else "execute"

    def title(self, call: Call) -> str:
        """The command, in one line."""
        try:
            return " ; ".join(" ".join(line.split()) for line in read_arguments(call, _Arguments, self.spec)[0].commands)[:300]
        except WrongCall:
            return "a command"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Run the commands one after the other. A failing one does not stop the next."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            if not arguments.commands:
                raise WrongCall("exec: no command given")
        except WrongCall as wrong:
            return wrong.result
        arguments.read_only = arguments.read_only or self._only_reading or bench.holds_back
        several = len(arguments.commands) > 1
        parts: list[str] = []
        for number, line in enumerate(arguments.commands, 1):
            run = _Run(bench, call.call_id, arguments, line, number if several else 0)
            try:
                output = await run.run()
            except FixMachine as error:  # read-only commands cannot be had on every machine
                return WrongCall(f"exec: {error}; nothing was run. Run it without `read_only`.").result
            except asyncio.CancelledError:
                bench.cut[call.call_id] = "\n".join([*parts, run.so_far()])
                raise
            parts.append(output)
        return ToolResult(output=note + "\n".join(parts))


class _Run:
    """One shell line of a call."""

    def __init__(self, bench: Bench, call_id: str, arguments: _Arguments, line: str, number: int) -> None:
        self._bench = bench
        self._call_id = call_id
        self._arguments = arguments
        self._line = line
        self._number = number
        self._kept = keep_path(bench, call_id, number)
        self._live = LiveOutput(bench, call_id)
        waits = arguments.patience is None
        self._command = Command(
            argv=("bash", "-c", line),
            cwd=arguments.cwd,
            env={
                **pipe_env(line, bench),
                **(reading_env(bench.sandbox.spec.env) if arguments.read_only else {}),
            },
            timeout=arguments.timeout if arguments.timeout is not None else TIMEOUT if waits else None,
            terminal=SIZE if arguments.terminal else None,
            keep=self._kept,
            keep_bytes=KEEP,
            read_only=arguments.read_only,
            keep_stdin=not waits,
        )

    async def run(self) -> str:
        """What the model is told. Cancelling kills the command, unless it had gone to the background."""
        try:
            if self._arguments.patience is None:
                finished = await self._bench.sandbox.exec(self._command, self._live.feed)
                return await self._ended(finished)
            return await self._start(self._arguments.patience)
        finally:
            self._live.close()

    def so_far(self) -> str:
        """The end of what a command said that was stopped."""
        try:
            with self._kept.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - CUT))
                data = file.read()
        except FileNotFoundError:
            return ""
        left_out = f"[… {size - CUT:,} bytes left out …]\n" if size > CUT else ""
        return left_out + readable(self._bench.redact(data))

    async def _start(self, patience: float) -> str:
        process = await self._bench.sandbox.start(self._command, self._live.feed)
        try:
            finished = await process.wait(patience)
        except asyncio.CancelledError:
            await process.kill()
            raise
        if finished is not None:
            return await self._ended(finished)
        self._bench.background[process.id] = process
        await self._bench.record(
            CommandRan(
                call_id=self._call_id,
                command=_redacted(self._bench, self._line),
                cwd=self._command.cwd or self._bench.sandbox.at,
                background=True,
            )
        )
        return self._counted(*going_on(self._bench, process, honoured(self._arguments.limit)))

    async def _ended(self, finished: Finished) -> str:
        limit = honoured(self._arguments.limit)
        return self._counted(*await ended(self._bench, self._call_id, self._command, finished, limit))

    def _counted(self, text: str, end: str) -> str:
        """The output and its end, which says of which command it is when there are several."""
        return f"{text}[{self._number} {end}]" if self._number else f"{text}[{end}]"


def reading_env(env: Mapping[str, str]) -> dict[str, str]:
    """What keeps Python and pytest from writing into a workspace that is read-only, over an environment of `env`.

    pytest's cache goes to the scratch folder (pytest itself expands the variable): switched off, `--lf` and plugins that
    use it would fail; left where it is, pytest ends with warnings. It has to be a folder that is there: of a new one pytest
    sets the mode, which a read-only command may not.
    """
    options = f"{env.get('PYTEST_ADDOPTS', '')} -o cache_dir=$TMPDIR".strip()
    return {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": options}


async def exec_reading(bench: Bench, command: Command) -> Finished:
    """Run one of our own commands that changes nothing: with the workspace read-only where the machine can do that."""
    try:
        return await bench.sandbox.exec(command)
    except FixMachine:
        return await bench.sandbox.exec(msgspec.structs.replace(command, read_only=False))


async def ended(
    bench: Bench, call_id: str, command: Command, finished: Finished, limit: int, *, background: bool = False
) -> tuple[str, str]:
    """Log a finished command as evidence; its output as the model sees it, and its end (`exit 0`)."""
    kept = command.keep or keep_path(bench, call_id)
    shown = show(bench, finished, kept, limit)
    line = command.argv[-1]
    ran = CommandRan(
        call_id=call_id,
        command=_redacted(bench, line),
        cwd=command.cwd or bench.sandbox.at,
        exit_code=finished.exit_code,
        signal=finished.signal,
        timed_out=finished.why == "timeout",
        seconds=round(finished.seconds, 4),
        output_bytes=shown.output_bytes,
        output_sha256=shown.sha256,
        artifact=shown.artifact,
        background=background,
    )
    pipe: tuple[int, ...] = ()
    try:
        pipe = await pipe_end(bench, command, finished)
    finally:
        await bench.record(msgspec.structs.replace(ran, pipe=pipe))
    return in_lines(shown.text), ", ".join(_end(command, finished)) + (f"; pipe: {codes}" if (codes := hidden(pipe)) else "")


def _redacted(bench: Bench, line: str) -> str:
    return bench.redact(line.encode(errors="replace")).decode(errors="replace")


def in_lines(text: str) -> str:
    """The text, ending with a newline if it is not empty."""
    return text if not text or text.endswith("\n") else text + "\n"


def _end(command: Command, finished: Finished) -> Sequence[str]:
    """How it ended, in a few words."""
    words = [f"exit {finished.exit_code}" if finished.exit_code is not None else f"killed by {finished.signal}"]
    if finished.why == "timeout":
        words = [f"timed out after {command.timeout:g} s, the whole tree killed"]
    elif finished.why in ("out-of-memory", "killed"):
        words.append("out of memory" if finished.why == "out-of-memory" else "killed by the sandbox")
    if finished.seconds > 1 and finished.why != "timeout":
        words.append(f"{finished.seconds:.1f} s")
    return words


def news(bench: Bench, process: Process, limit: int) -> str:
    """Output of a process since the last look, as the model sees it."""
    data, left_out = process.new_output(limit)
    text = in_lines(readable(bench.redact(data)))
    return f"[… {left_out:,} bytes left out …]\n{text}" if left_out else text


def going_on(bench: Bench, process: Process, limit: int) -> tuple[str, str]:
    """New output of a command that goes on, and what is said of it at its end."""
    kept = process.command.keep
    where = f"; all its output: {bench.outputs_at}/{kept.name}" if kept else ""
    return news(bench, process, limit), f"still running as {process.id}{where}"
