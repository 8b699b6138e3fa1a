"""A command inside the Linux sandbox: its output, its end, and the end of everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import signal
import struct
import termios
import time
from collections.abc import Callable
from typing import Literal

from pullwright.protocol.errors import SandboxLost
from pullwright.sandbox.linux.control import Control, Op
from pullwright.sandbox.output import Output
from pullwright.sandbox.sandbox import Command, Finished, OnOutput

_PIECE = 1 << 18
_PIPE_BYTES = 1 << 20

Why = Literal["", "missing", "not-executable", "timeout", "killed", "out-of-memory"]


class LinuxProcess:
    """`sandbox.Process` over the init's protocol. The command proper ends with `finished`; `ended` is set when nothing
    of its tree is left either, which may be much later (a server left in the background)."""

    def __init__(self, name: str, command: Command, control: Control, on_output: OnOutput | None, output: Output) -> None:
        self.id = name
        self.command = command
        self.started = time.time()
        self.number = 0
        self._attached = False
        self.ended = asyncio.Event()
        self.out_of_memory: Callable[[], bool] = lambda: False
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._output = output
        self._on_output = on_output
        self._clock = time.monotonic()
        self._done: asyncio.Future[Finished] = self._loop.create_future()
        self._result: tuple[int | None, str, Why] | None = None
        self._why: Why = ""
        self._reading = -1
        self._writing = -1
        self._typed = bytearray()
        self._timer = self._loop.call_later(command.timeout, self._timed_out) if command.timeout is not None else None

    # what the sandbox tells

    def attach(self, reading: int, writing: int) -> None:
        """Take the output's descriptor and the input's (-1: none); both are ours to close."""
        self._reading, self._writing = reading, writing
        os.set_blocking(reading, False)
        if self.command.terminal is None:
            with contextlib.suppress(OSError):
                fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._loop.add_reader(reading, self._read)
        if writing >= 0:
            os.set_blocking(writing, False)
            if self.command.stdin is not None:
                self._typed += self.command.stdin
                self._type()
        self._attached = True
        self._conclude()  # a short command may have ended before its terminal came

    def on_event(self, op: Op, payload: bytes) -> None:
        """The command was not started, exited, or nothing of its tree is left."""
        if op == Op.FAILED:
            self._failed(struct.unpack("=i", payload)[0])
        elif op == Op.EXITED:
            self._exited(struct.unpack("=iIQ", payload)[0])
        elif op == Op.ENDED:
            self.ended.set()
            if self._result is None:
                self._result = (None, "SIGKILL", self._why or "killed")
            self._conclude()
            self._control.forget(self.number)
            if self._attached and self._reading < 0:  # its output ended before it did
                self._output.close()

    def lose(self, error: SandboxLost | None) -> None:
        """The sandbox is gone: closed on purpose (None), or lost."""
        self.ended.set()
        self._attached = True
        if not self._done.done():
            if error is not None:
                self._done.set_exception(error)
                self._done.exception()
            else:
                self._result = self._result or (None, "SIGKILL", self._why or "killed")
                self._conclude()
        self._close()

    def _failed(self, reason: int) -> None:
        missing = reason == errno.ENOENT
        said = f"{self.command.argv[0]}: {os.strerror(reason)}\n"
        if reason == errno.ENOTDIR and not missing:
            said = f"{self.command.cwd or 'the workspace'}: no such folder, or {said}"
        self._output.feed(said.encode())
        if self._on_output is not None:
            self._on_output(said.encode())
        self._result = (127, "", "missing") if missing else (126, "", "not-executable")
        self._end()

    def _exited(self, status: int) -> None:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            names = {each.value: each.name for each in signal.Signals}
            name = names.get(number, f"SIG{number}")
            self._result = (None, name, self._why)
        else:
            self._result = (os.WEXITSTATUS(status), "", self._why)
        if self._why and self._result[0] is not None:  # it ended while we were killing its tree: not by itself
            self._result = (None, "SIGKILL", self._why)
        if self._result[0] != 0 and not self._why and self.out_of_memory():
            self._result = (self._result[0], self._result[1], "out-of-memory")
        self._end()

    def _end(self) -> None:
        """The command proper has ended: what it wrote is in the pipe. A killed one has ended when its tree has."""
        if self._why:
            return
        self._conclude()

    def _conclude(self) -> None:
        if self._done.done() or self._result is None or not self._attached:
            return
        self._drain()
        if self._timer is not None:
            self._timer.cancel()
        code, name, why = self._result
        self._done.set_result(
            Finished(
                exit_code=code,
                signal=name,
                seconds=time.monotonic() - self._clock,
                head=self._output.head,
                tail=self._output.tail,
                output_bytes=self._output.count,
                sha256=self._output.sha256,
                why=why,
            )
        )

    # output and input

    def _drain(self) -> None:
        """Take exactly what was written before the end; something left in the background may write for ever."""
        if self._reading < 0:
            return
        if self.command.terminal is not None:
            # A terminal's count leaves out what the kernel has not yet passed on; a read waits for that, so an empty one is
            # the end. What is on its way is bounded (n_tty and flip buffers: some 70 kB).
            left = _PIECE
            while left > 0 and (got := self._read(left)):
                left -= got
            return
        with contextlib.suppress(OSError):
            (waiting,) = struct.unpack("i", fcntl.ioctl(self._reading, termios.FIONREAD, b"\0" * 4))
            while waiting > 0 and (got := self._read(min(waiting, _PIECE))):
                waiting -= got

    def _read(self, size: int = _PIECE) -> int:
        """How many bytes came; 0 when there are none now, or never again."""
        if self._reading < 0:
            return 0
        try:
            data = os.read(self._reading, size)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: a terminal whose other end is closed
            data = b""
        if not data:
            self._loop.remove_reader(self._reading)
            os.close(self._reading)
            if self._writing == self._reading:
                self._writing = -1
            self._reading = -1
            if self.ended.is_set() or self._done.done():
                self._output.close()
            return 0
        self._output.feed(data)
        if self._on_output is not None and not self._done.done():
            self._on_output(data)
        return len(data)

    def _type(self) -> None:
        if self._writing < 0:
            self._typed.clear()
            return
        try:
            if self._typed:
                del self._typed[: os.write(self._writing, self._typed[:_PIECE])]
        except BlockingIOError:
            pass
        except OSError:  # it does not read any more
            self._typed.clear()
        if self._typed:
            self._loop.add_writer(self._writing, self._type)
            return
        self._loop.remove_writer(self._writing)
        if self.command.terminal is None and not self.command.keep_stdin:
            os.close(self._writing)
            self._writing = -1

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._writing >= 0:
            self._loop.remove_writer(self._writing)
            if self._writing != self._reading:
                os.close(self._writing)
            self._writing = -1
        if self._reading >= 0:
            self._loop.remove_reader(self._reading)
            os.close(self._reading)
            self._reading = -1
        self._output.close()

    # sandbox.Process

    @property
    def finished(self) -> Finished | None:
        """How it ended, or None while it runs."""
        return self._done.result() if self._done.done() and not self._done.exception() else None

    def new_output(self, limit: int) -> tuple[bytes, int]:
        """Output since the last call, at most `limit` bytes of its end, and how many bytes were left out."""
        return self._output.take(limit)

    async def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for the end; None when `timeout` seconds passed first. Raises `SandboxLost`."""
        if timeout is not None:
            done, _ = await asyncio.wait((self._done,), timeout=timeout)
            if not done:
                return None
        return await asyncio.shield(self._done)

    async def write(self, data: bytes) -> None:
        """Type into a terminal, or into stdin where it was left open. Raises `BrokenPipeError` where there is none."""
        if self._writing < 0:
            raise BrokenPipeError(errno.EPIPE, "the command takes no input")
        self._typed += data
        self._type()

    async def resize(self, columns: int, rows: int) -> None:
        """Tell a terminal its new size; nothing for a command without one."""
        if self.command.terminal is not None and self._reading >= 0:
            fcntl.ioctl(self._reading, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hold(self, held: bool) -> None:
        """Leave its output where it is for a while, or read on. What waits at its end is read all the same."""
        if self._reading >= 0 and held:
            self._loop.remove_reader(self._reading)
        elif self._reading >= 0:
            self._loop.add_reader(self._reading, self._read)

    async def signal(self, name: str) -> None:
        """Send a signal to the command's foreground process group; nothing once it has ended."""
        number = signal.Signals[name]
        with contextlib.suppress(ProcessLookupError):
            await self._control.ask(Op.SIGNAL, struct.pack("=Ii", self.number, number))

    async def kill(self) -> Finished:
        """Kill the command and everything that it started, and wait until all of it is gone."""
        await self.kill_because("killed")
        return await asyncio.shield(self._done)

    async def kill_because(self, why: Why) -> None:
        """Kill the whole tree (also what a finished command left) and wait until it is gone."""
        if self._result is None and not self._why:
            self._why = why
        if not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                await self._control.ask(Op.KILL, struct.pack("=I", self.number))
            await self.ended.wait()

    def _timed_out(self) -> None:
        if self._result is None and not self._why:
            self._why = "timeout"
            self._control.send(Op.KILL, struct.pack("=I", self.number))
