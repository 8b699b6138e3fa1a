"""One command in a sandbox that is entered through another program."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import termios
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pullwright.protocol.errors import SandboxLost
from pullwright.sandbox.output import Output
from pullwright.sandbox.sandbox import Command, Finished, OnOutput

Why = Literal["", "missing", "not-executable", "timeout", "killed", "out-of-memory"]
SignalTree = Callable[[str, str], Awaitable[None]]
"""Send a signal (its name) to all that carries a tag."""

_BY_SIGNAL = {128 + number: number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGINT)}


class CommandedProcess:
    """A command. `start` begins it; the task that it hands back ends with the command and belongs to the sandbox."""

    def __init__(self, tag: str, command: Command, signal_tree: SignalTree, on_output: OnOutput | None) -> None:
        self.id = tag
        self.command = command
        self.started = time.time()
        self.finished: Finished | None = None
        self._output = Output(command.keep, command.keep_bytes)
        self._on_output = on_output
        self._signal_tree = signal_tree
        self._why: Why = ""
        self._host: asyncio.subprocess.Process | None = None
        self._descriptor = -1
        self._ended = asyncio.Event()
        self._silent = asyncio.Event()

    async def start(self, argv: Sequence[str]) -> Awaitable[None]:
        """Run the program on the host's side. Raises `SandboxLost` when that program is not there."""
        inner, outer = self._channels()
        wants_stdin = self.command.stdin is not None or self.command.keep_stdin
        try:
            self._host = await asyncio.create_subprocess_exec(
                *argv,
                stdin=outer if self.command.terminal else asyncio.subprocess.PIPE if wants_stdin else asyncio.subprocess.DEVNULL,
                stdout=outer,
                stderr=outer,
                start_new_session=True,
            )
        except OSError as error:
            os.close(inner)
            raise SandboxLost(f"{argv[0]} cannot be run: {error}") from error
        finally:
            os.close(outer)
        self._descriptor = inner
        os.set_blocking(inner, False)
        asyncio.get_running_loop().add_reader(inner, self._read)
        return self._run(self._host)

    def _channels(self) -> tuple[int, int]:
        """Our end and the program's end of what carries the output: a pipe, or a terminal."""
        if self.command.terminal is None:
            return os.pipe()
        inner, outer = pty.openpty()
        _set_size(outer, *self.command.terminal)
        return inner, outer

    async def _run(self, host: asyncio.subprocess.Process) -> None:
        try:
            try:
                async with asyncio.timeout(self.command.timeout):
                    await self._feed_stdin(host)
                    code = await host.wait()
            except TimeoutError:
                self._why = "timeout"
                await self._end_tree()
                code = await host.wait()
            with contextlib.suppress(TimeoutError):  # A daemon may hold the output open.
                async with asyncio.timeout(0.5):
                    await self._silent.wait()
            self.finished = self._finish(code)
        finally:
            self._stop_reading()
            self._output.close()
            if host.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    host.kill()
                await host.wait()
            self._ended.set()

    async def _feed_stdin(self, host: asyncio.subprocess.Process) -> None:
        if host.stdin is None:
            if self.command.stdin and self.command.terminal:
                await self.write(self.command.stdin)
            return
        with contextlib.suppress(OSError):
            host.stdin.write(self.command.stdin or b"")
            await host.stdin.drain()
        if not self.command.keep_stdin:
            host.stdin.close()

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 1 << 16)
        except BlockingIOError:
            return
        except OSError:  # A terminal whose other end is closed says EIO.
            data = b""
        if not data:
            self._stop_reading()
            return
        self._output.feed(data)
        if self._on_output is not None:
            self._on_output(data)

    def _stop_reading(self) -> None:
        self._silent.set()
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _finish(self, code: int) -> Finished:
        number = -code if code < 0 else _BY_SIGNAL.get(code, 0)
        why: Why = self._why or ({127: "missing", 126: "not-executable"}.get(code, "") if code > 0 else "")  # pyright: ignore[reportAssignmentType]
        ended_by_us = self._why in ("timeout", "killed")
        return Finished(
            exit_code=None if number or ended_by_us else code,
            signal=signal.Signals(number).name if number else "SIGKILL" if ended_by_us else "",
            seconds=time.time() - self.started,
            head=self._output.head,
            tail=self._output.tail,
            output_bytes=self._output.count,
            sha256=self._output.sha256,
            why=why,
        )

    async def _end_tree(self) -> None:
        await self._signal_tree(self.id, "SIGKILL")
        if self._host is not None and self._host.returncode is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._host.wait()
                    return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._host.pid, signal.SIGKILL)

    def new_output(self, limit: int) -> tuple[bytes, int]:
        """Output since the last call, at most `limit` bytes of its end, and how many bytes were left out."""
        return self._output.take(limit)

    async def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for the end; None when `timeout` seconds passed first."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._ended.wait()
        if self._ended.is_set() and self.finished is None:
            raise SandboxLost("the sandbox ended under a running command")
        return self.finished

    async def write(self, data: bytes) -> None:
        """Type into the terminal, or into a stdin that was left open. Does nothing once the command has ended."""
        if self.command.terminal:
            while data and self._descriptor >= 0:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:
                    await asyncio.sleep(0.005)
        elif self._host is not None and self._host.stdin is not None:
            with contextlib.suppress(OSError):
                self._host.stdin.write(data)
                await self._host.stdin.drain()

    async def resize(self, columns: int, rows: int) -> None:
        """Tell a terminal its new size."""
        if self.command.terminal and self._descriptor >= 0 and self._host is not None:
            _set_size(self._descriptor, columns, rows)
            with contextlib.suppress(ProcessLookupError):
                self._host.send_signal(signal.SIGWINCH)

    def hold(self, held: bool) -> None:
        """Leave its output where it is for a while, or read on."""
        if self._descriptor >= 0 and held:
            asyncio.get_running_loop().remove_reader(self._descriptor)
        elif self._descriptor >= 0:
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    async def signal(self, name: str) -> None:
        """Send a signal to all that the command started."""
        if not self._ended.is_set():
            await self._signal_tree(self.id, name)

    async def kill(self) -> Finished:
        """Kill the command and all that it started, and wait until it is gone."""
        if not self._ended.is_set():
            self._why = "killed"
            await self._end_tree()
        else:
            await self._signal_tree(self.id, "SIGKILL")
        finished = await self.wait()
        assert finished is not None, "wait without a limit ends with the command"
        return finished


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
