"""An open Linux sandbox: commands and files, through its init."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import posixpath
import secrets
import socket
import stat as modes
import struct
import time
from collections.abc import Callable, Mapping, Sequence

from pullwright.protocol.errors import FixMachine, SandboxLost
from pullwright.sandbox.linux.control import Control, Op
from pullwright.sandbox.linux.process import LinuxProcess
from pullwright.sandbox.output import Output
from pullwright.sandbox.sandbox import Command, Finished, OnOutput, SandboxSpec, Stat

_TERMINAL, _READ_ONLY = 1, 2
_STAT = struct.Struct("=IIQq")
_PIECE = 1 << 20
NEWLY, MOMENT = 0.2, 0.05
"""Seconds since a command's end in which its tree may only seem to go on, and how long that is waited for."""


class LinuxSandbox:
    """`sandbox.Sandbox` over one init. Made by `LinuxBackend.open`; `env` is what every command starts with."""

    backend = "linux"

    def __init__(
        self, spec: SandboxSpec, env: Mapping[str, str], control_socket: socket.socket, reading_env: Mapping[str, str]
    ) -> None:
        self.spec = spec
        self.at = spec.at
        self.control = Control(control_socket, self._lost)
        self.held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held.set_result(None)
        self.on_busy: Callable[[bool], None] = lambda busy: None
        self.out_of_memory: Callable[[], int] = lambda: 0
        self._env = dict(env)
        self._reading_env = dict(reading_env)
        self._trees: dict[int, LinuxProcess] = {}
        self._started = 0
        self._closing = False

    # commands

    async def start(self, command: Command, on_output: OnOutput | None = None) -> LinuxProcess:
        """Start a command. A missing program is a process that finishes with code 127. Raises `SandboxLost`, and
        `FixMachine` where a read-only command cannot be had (no Landlock)."""
        await asyncio.shield(self.held)
        self._started += 1
        process = LinuxProcess(
            f"c{self._started}", command, self.control, on_output, Output(command.keep, command.keep_bytes if command.keep else 0)
        )
        kills = self.out_of_memory()
        process.out_of_memory = lambda: self.out_of_memory() > kills
        try:
            await self._send(process)
        except BaseException as error:
            process.lose(None)
            if isinstance(error, OSError) and error.errno == errno.ENOSYS and command.read_only:
                raise FixMachine(
                    "a read-only command needs Landlock, which this kernel does not have",
                    fix="boot with lsm=landlock,… (Linux 5.13 or newer), or open the sandbox with --access read-only",
                ) from error
            raise
        return process

    async def _send(self, process: LinuxProcess) -> None:
        command = process.command
        ours, theirs = _stdio(command)
        number = 0

        def on_event(op: Op, payload: bytes) -> None:
            process.on_event(op, payload)
            if op == Op.ENDED:
                self._trees.pop(number, None)
            self.on_busy(bool(self._trees))

        try:
            number, answer = self.control.send(Op.EXEC, self._order(command), theirs, on_event)
            process.number = number
            self._trees[number] = process
            if ours:
                process.attach(*ours)
                ours = ()
        finally:
            for fd in {*theirs, *(fd for fd in ours if fd >= 0)}:
                os.close(fd)
        self.on_busy(True)
        try:
            # only a terminal's descriptor has to be waited for; but a cancelled start leaves nothing either
            terminal = (await asyncio.shield(answer)).fd
        except asyncio.CancelledError:
            await asyncio.shield(process.kill_because("killed"))
            raise
        except OSError as error:
            self._trees.pop(number, None)
            if error.errno == errno.EAGAIN:
                raise SandboxLost("the sandbox can start no more processes") from error
            raise
        if terminal >= 0:
            process.attach(terminal, terminal)

    def _order(self, command: Command) -> bytes:
        flags = (_TERMINAL if command.terminal else 0) | (_READ_ONLY if command.read_only else 0)
        columns, rows = command.terminal or (0, 0)
        env = {
            **self._env,
            "PWD": self._inside(command.cwd),
            **({"TERM": "xterm-256color"} if command.terminal else {}),
            **(self._reading_env if command.read_only else {}),
            **command.env,
        }
        strings = [self._inside(command.cwd), *command.argv, *(f"{name}={value}" for name, value in env.items())]
        head = struct.pack("=IHHII", flags, columns, rows, len(command.argv), len(env))
        return head + b"".join(os.fsencode(text).replace(b"\0", b"") + b"\0" for text in strings)

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """Run a command to its end. Cancelling kills its whole tree first. Raises `SandboxLost`."""
        process = await self.start(command, on_output)
        try:
            finished = await process.wait()
        except asyncio.CancelledError:
            await asyncio.shield(process.kill_because("killed"))
            raise
        if finished is None:
            raise SandboxLost("the command's end was not told")
        return finished

    def processes(self) -> Sequence[LinuxProcess]:
        """The commands that still run, oldest first."""
        return [process for process in self._trees.values() if process.finished is None]

    async def going_on(self) -> Sequence[LinuxProcess]:
        """Those, and the finished ones of which something still runs. What has just finished gets a moment to be gone."""
        now = time.time()
        new = [one for one in self._trees.values() if one.finished and now - one.started - one.finished.seconds < NEWLY]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MOMENT):
                for one in new:
                    await one.ended.wait()
        return list(self._trees.values())

    async def kill_all(self) -> None:
        """Kill every command, and what finished ones left in the background."""
        await asyncio.gather(*(process.kill_because("killed") for process in list(self._trees.values())))

    # files

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        """Up to `limit` bytes of a regular file. Raises `OSError`."""
        fd = await self._open(path, os.O_RDONLY)
        try:
            _only_regular(fd, path)
            pieces: list[bytes] = []
            while limit > 0 and (piece := os.pread(fd, min(limit, _PIECE), offset)):
                pieces.append(piece)
                offset += len(piece)
                limit -= len(piece)
            return b"".join(pieces)
        finally:
            os.close(fd)

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        """Replace a file's content, making its folders; keeps an existing file's mode. All or nothing, but where the
        folder cannot be written. Raises `OSError`."""
        target, mode = self._inside(path), 0o644
        found = await self._stat(target, follow=True)
        if found is not None:
            if not modes.S_ISREG(found[0]):
                raise OSError(errno.EISDIR if modes.S_ISDIR(found[0]) else errno.EINVAL, "not a regular file", path)
            target = os.fsdecode((await self.control.ask(Op.RESOLVE, _text(target))).data)
            mode = found[0] & 0o777
        else:
            await self.control.ask(Op.FOLDERS, _text(posixpath.dirname(target)))
        if executable is not None:
            mode = mode | 0o111 if executable else mode & ~0o111
        linked = found is not None and found[1] > 1
        if linked or not await self._replace(target, data, mode):
            await self._overwrite(target, data, mode)

    async def _replace(self, target: str, data: bytes, mode: int) -> bool:
        beside = posixpath.join(posixpath.dirname(target), f".{secrets.token_hex(8)}.pullwright")
        try:
            fd = await self._open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except PermissionError:
            return False
        try:
            _write_all(fd, data, mode)
            await self.control.ask(Op.RENAME, _text(beside) + _text(target))
        except OSError as error:
            with contextlib.suppress(OSError):
                await self.control.ask(Op.REMOVE, _text(beside))
            if error.errno in (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM):
                return False
            raise
        finally:
            os.close(fd)
        return True

    async def _overwrite(self, target: str, data: bytes, mode: int) -> None:
        fd = await self._open(target, os.O_WRONLY | os.O_CREAT, mode)
        try:
            _only_regular(fd, target)
            os.ftruncate(fd, 0)
            _write_all(fd, data, mode)
        finally:
            os.close(fd)

    async def remove(self, path: str) -> None:
        """Remove one file or link. Raises `OSError`."""
        await self.control.ask(Op.REMOVE, _text(self._inside(path)))

    async def stat(self, path: str) -> Stat | None:
        """What lies at a path, links not followed for `kind`; None when there is nothing."""
        found = await self._stat(self._inside(path), follow=False)
        if found is None:
            return None
        mode, _, size, mtime_ns = found
        kind = "file" if modes.S_ISREG(mode) else "folder" if modes.S_ISDIR(mode) else "link" if modes.S_ISLNK(mode) else "other"
        return Stat(kind, size, bool(mode & 0o111) and kind == "file", mtime_ns)

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        """Relative paths of files below a folder, sorted, the first `limit` in order of a walk, without `.git`."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            try:
                await self.control.ask(Op.TREE, struct.pack("=I", limit) + _text(self._inside(path)), (writing,))
            finally:
                os.close(writing)
            data = await _read_to_end(reading)
        finally:
            os.close(reading)
        return sorted(os.fsdecode(name) for name in data.split(b"\0") if name)

    # ports

    async def connect(self, port: int) -> int:
        """A connected stream socket to a port on the sandbox's own loopback. Raises `ConnectionRefusedError`."""
        for family in (4, 6):
            try:
                answer = await self.control.ask(Op.CONNECT, struct.pack("=II", family, port))
                return await _connected(answer.fd)
            except (ConnectionRefusedError, OSError) as error:
                if family == 6 or not isinstance(error, ConnectionRefusedError):
                    raise ConnectionRefusedError(errno.ECONNREFUSED, f"nothing listens on port {port} inside") from error
        raise AssertionError

    async def listen(self, port: int) -> socket.socket:
        """A socket that listens on 127.0.0.1 inside, for the host to accept from. Raises `OSError`."""
        answer = await self.control.ask(Op.LISTEN, struct.pack("=I", port))
        return socket.socket(fileno=answer.fd)

    # the end

    def close(self) -> None:
        """End init, and with it everything inside."""
        self._closing = True
        self.control.close()

    def _lost(self) -> None:
        error = None if self._closing else SandboxLost("the sandbox has ended by itself")
        for process in list(self._trees.values()):
            process.lose(error)
        self._trees.clear()

    def _inside(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.at, path)) if path else self.at

    async def _open(self, path: str, flags: int, mode: int = 0) -> int:
        try:
            return (await self.control.ask(Op.OPEN, struct.pack("=iI", flags, mode) + _text(self._inside(path)))).fd
        except OSError as error:
            raise type(error)(error.errno, error.strerror, path) from error

    async def _stat(self, path: str, *, follow: bool) -> tuple[int, int, int, int] | None:
        try:
            answer = await self.control.ask(Op.STAT, struct.pack("=I", follow) + _text(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        mode, links, size, mtime_ns = _STAT.unpack(answer.data)
        return mode, links, size, mtime_ns


def _text(text: str) -> bytes:
    data = os.fsencode(text)
    if b"\0" in data:
        raise ValueError("a path cannot hold a NUL")
    return data + b"\0"


def _stdio(command: Command) -> tuple[tuple[int, int] | tuple[()], list[int]]:
    """Our ends (output, input or -1) and the command's three; nothing for a terminal, which is made inside.

    A pipe of root's is another user's to the command, which may open it all the same as /dev/stdout or /dev/stdin.
    """
    if command.terminal is not None:
        return (), []
    reading, writing = os.pipe()
    os.fchmod(writing, 0o622)
    if command.stdin is None and not command.keep_stdin:
        return (reading, -1), [os.open(os.devnull, os.O_RDONLY), writing, writing]
    inner, outer = os.pipe()
    os.fchmod(inner, 0o644)
    return (reading, outer), [inner, writing, writing]


def _only_regular(fd: int, path: str) -> None:
    mode = os.fstat(fd).st_mode
    if modes.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not modes.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)


def _write_all(fd: int, data: bytes, mode: int) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
    if os.fstat(fd).st_mode & 0o777 != mode:
        os.fchmod(fd, mode)


async def _read_to_end(fd: int) -> bytes:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    pieces: list[bytes] = []
    loop.add_reader(fd, ready.set)
    try:
        while True:
            try:
                piece = os.read(fd, _PIECE)
            except BlockingIOError:
                ready.clear()
                await ready.wait()
                continue
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
    finally:
        loop.remove_reader(fd)


async def _connected(fd: int) -> int:
    """Waits until a connecting socket is connected. Closes it where that fails."""
    sock = socket.socket(fileno=fd)
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(fd, ready.set)
    try:
        await ready.wait()
    except BaseException:
        sock.close()
        raise
    finally:
        loop.remove_writer(fd)
    reason = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if reason:
        sock.close()
        raise OSError(reason, os.strerror(reason))
    return sock.detach()
