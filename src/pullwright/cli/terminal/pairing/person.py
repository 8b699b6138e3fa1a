"""What the person does in the sandbox themselves: a command, a look at what runs, a port opened to their browser."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time

from pullwright.cli.terminal.pairing.state import Running
from pullwright.protocol.errors import FixSettings, SandboxLost
from pullwright.protocol.events import CommandRan, ToolFinished, ToolStarted
from pullwright.protocol.ids import new_id
from pullwright.sandbox.egress.relay import relay
from pullwright.sandbox.sandbox import Command, Process, Sandbox
from pullwright.tools.live_output import LiveOutput
from pullwright.tools.output import KEEP, LIMIT, keep_path, readable, show
from pullwright.tools.tool import Bench

PROXY_PORT = 3128
_LISTENING = re.compile(r"^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A ", re.MULTILINE)
_IDLE = 600.0


async def run_command(bench: Bench, line: str) -> tuple[CommandRan, str]:
    """Run a shell line of the person's to its end; logged as theirs. Returns the event and the output as a model would see it.

    Cancelling kills the command, which is logged as well. Raises `SandboxLost`.
    """
    call_id = new_id("person")
    await bench.record(ToolStarted(call_id=call_id, name="person", effect="execute", title=_redacted(bench, line)))
    kept = keep_path(bench, call_id)
    live = LiveOutput(bench, call_id)
    began = time.monotonic()
    command = Command(argv=("bash", "-c", line), keep=kept, keep_bytes=KEEP)
    try:
        finished = await bench.sandbox.exec(command, live.feed)
    except asyncio.CancelledError:
        ran = CommandRan(
            call_id=call_id,
            command=_redacted(bench, line),
            cwd=bench.sandbox.at,
            signal="SIGKILL",
            by="person",
            seconds=time.monotonic() - began,
        )
        await asyncio.shield(asyncio.ensure_future(bench.record(ran)))
        raise
    finally:
        live.close()
    shown = show(bench, finished, kept, LIMIT)
    ran = CommandRan(
        call_id=call_id,
        command=_redacted(bench, line),
        cwd=bench.sandbox.at,
        exit_code=finished.exit_code,
        signal=finished.signal,
        seconds=round(finished.seconds, 4),
        output_bytes=shown.output_bytes,
        output_sha256=shown.sha256,
        artifact=shown.artifact,
        by="person",
    )
    await bench.record(ran)
    await bench.record(ToolFinished(call_id=call_id, name="person", ok=True, seconds=ran.seconds))
    return ran, shown.text


def _redacted(bench: Bench, line: str) -> str:
    return bench.redact(line.encode(errors="replace")).decode(errors="replace")


async def running(bench: Bench) -> list[Running]:
    """The commands in the background, oldest first. Ports are the sandbox's: which command has which cannot be told."""
    now = time.time()
    there = await known(bench)
    ports = await listening(bench.sandbox) if there else ()
    going_on = {process.id for process in await bench.sandbox.going_on()}
    found = [
        Running(
            id=process.id,
            command=process.command.argv[-1],
            seconds=now - process.started,
            ended=process.id not in going_on,
            ports=tuple(ports) if process.id in going_on else (),
        )
        for process in there.values()
    ]
    return sorted(found, key=lambda one: -one.seconds)


async def known(bench: Bench) -> dict[str, Process]:
    """The commands in the background by their ids: those that were left there, and ended ones that have left something."""
    left = {process.id: process for process in await bench.sandbox.going_on() if process.finished is not None}
    return {**left, **bench.background}


async def listening(sandbox: Sandbox) -> list[int]:
    """The ports that something inside listens on. Source: /proc/net/tcp, state 0A (Linux's proc(5))."""
    command = Command(argv=("cat", "/proc/net/tcp", "/proc/net/tcp6"), timeout=5.0)
    finished = await sandbox.exec(command)
    ports = {int(port, 16) for port in _LISTENING.findall(finished.output.decode("ascii", "replace"))}
    return sorted(ports - {PROXY_PORT})


async def output_of(bench: Bench, name: str) -> str:
    """The whole output of a background command so far, as far as it was kept. Raises `FixSettings` for no such command."""
    process = (await known(bench)).get(name)
    if process is None:
        raise FixSettings(f"there is no command {name}", fix="/ps lists them")
    kept = process.command.keep
    if kept is None or not kept.exists():
        return ""
    with kept.open("rb") as file:
        return readable(bench.redact(file.read(KEEP)))


class Doors:
    """Ports of the sandbox, opened on the person's own loopback."""

    def __init__(self) -> None:
        self._servers: dict[int, asyncio.Server] = {}
        self._sandbox: Sandbox | None = None

    async def open(self, sandbox: Sandbox, port: int) -> str:
        """Where the person finds port `port` of the sandbox: the same number where it is free here, else another.

        Raises `FixSettings` when nothing listens there.
        """
        self._sandbox = sandbox  # another one than before, when it was opened anew
        if port in self._servers:
            return _url(self._servers[port])
        try:
            socket.socket(fileno=await sandbox.connect(port)).close()
        except ConnectionRefusedError:
            raise FixSettings(f"nothing in the sandbox listens on port {port}", fix="/ps shows the ports that are open") from None

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert self._sandbox is not None
            await _carry(self._sandbox, port, reader, writer)

        try:
            server = await asyncio.start_server(serve, "127.0.0.1", port)
        except OSError:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self._servers[port] = server
        return _url(server)

    async def close(self) -> None:
        """Close all of them."""
        for server in self._servers.values():
            server.close()
            with contextlib.suppress(OSError):
                await server.wait_closed()
        self._servers.clear()


def _url(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _carry(sandbox: Sandbox, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the person's, into the sandbox and back."""
    try:
        inside = socket.socket(fileno=await sandbox.connect(port))
    except (OSError, SandboxLost):
        writer.close()
        return
    with inside:
        inside.setblocking(False)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for end in (ours, theirs):
                end.setblocking(False)
            async with asyncio.TaskGroup() as group:
                group.create_task(relay(inside, ours, _IDLE))
                group.create_task(_pump(theirs, reader, writer))


async def _pump(end: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Between asyncio's streams and a plain socket, both ways."""
    loop = asyncio.get_running_loop()

    async def inwards() -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await loop.sock_sendall(end, data)
            end.shutdown(socket.SHUT_WR)

    async def outwards() -> None:
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(end, 1 << 16):
                writer.write(data)
                await writer.drain()
            writer.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(inwards())
        group.create_task(outwards())
