"""A program in a terminal: keys go in, a screen comes out."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .stream import Emulator

PATIENCE = float(os.environ.get("TERMINAL_PATIENCE", "30"))
"""Seconds that a condition is waited for: generous, for a loaded machine; nothing waits as long when all is well."""

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "shift-tab": "\x1b[Z",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "page-up": "\x1b[5~",
    "page-down": "\x1b[6~",
    "alt-enter": "\x1b\r",
    "space": " ",
}


class Terminal:
    """`argv` on a pty of `columns` × `rows`, in `cwd`, with exactly the environment `env` (and TERM).

    Nothing reads the program's output but `pump`, which every waiting method calls. `reflow`: long lines are wrapped anew
    when the width changes, as VTE, kitty, tmux and Windows Terminal do (xterm does not). `emulate` false only keeps `raw` and
    answers questions, for measurements. Close it, or use it as a context manager: the program is hung up on, then killed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | str = ".",
        columns: int = 80,
        rows: int = 24,
        reflow: bool = True,
        emulate: bool = True,
    ) -> None:
        self.columns, self.rows, self.reflow = columns, rows, reflow
        self.raw = bytearray()
        self.status: int | None = None
        self.emulator = Emulator(columns, rows, self._reply)
        self._emulate = emulate
        self._outgoing = bytearray()
        self.started = time.perf_counter()
        self._process, self.fd = _open(argv, {"TERM": "xterm-256color", **env}, str(cwd), (rows, columns))
        self.pid = self._process.pid

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what goes in ----------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Send characters as they are typed."""
        self._send(text.encode())

    def press(self, *names: str) -> None:
        """Send keys by name: those of KEYS, `ctrl-x`, `alt-x`, or a character."""
        for name in names:
            self._send(_key(name).encode())

    def paste(self, text: str) -> None:
        """Paste as a terminal does: newlines as carriage returns, in brackets where the program asked for them."""
        body = text.replace("\r\n", "\r").replace("\n", "\r")
        self._send((f"\x1b[200~{body}\x1b[201~" if "2004" in self.emulator.modes else body).encode())

    def resize(self, columns: int, rows: int | None = None) -> None:
        """Change the window's size; the kernel sends SIGWINCH."""
        self.columns, self.rows = columns, rows or self.rows
        self.emulator.resize(self.columns, self.rows, self.reflow)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    # --- what comes out --------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The screen's lines, without trailing blanks."""
        return self.emulator.screen.rows

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    @property
    def scrollback(self) -> list[str]:
        """What has left the main screen at its top."""
        return self.emulator.main.scrolled

    @property
    def everything(self) -> str:
        """Scrollback and screen."""
        return "\n".join([*self.scrollback, *self.emulator.main.rows])

    def pump(self, seconds: float = 0.0) -> bytes:
        """Read what there is, waiting at most `seconds` for it; send what is still to be sent."""
        readers, writers, _ = select.select([self.fd], [self.fd] if self._outgoing else [], [], seconds)
        if writers:
            with contextlib.suppress(BlockingIOError):
                del self._outgoing[: os.write(self.fd, self._outgoing[:4096])]
        if not readers:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return b""
        except OSError:
            self._gone()
            return b""
        self.raw += data
        (self.emulator.feed if self._emulate else self.emulator.listen)(data)
        return data

    # --- waiting ---------------------------------------------------------------------------------

    def wait(self, holds: Callable[[Terminal], object], what: str = "", patience: float = PATIENCE) -> Terminal:
        """Until `holds(self)`, looked at between frames only. Fails with the screen after `patience` seconds."""
        end = time.monotonic() + patience
        while True:
            self.pump()
            if not self.emulator.in_frame and not self._outgoing and holds(self):
                return self
            if self.status is not None or time.monotonic() > end:
                why = f"the program ended ({self.status})" if self.status is not None else f"not within {patience:g} s"
                raise AssertionError(f"{why}: {what or holds}\n{self.picture()}")
            self.pump(0.05)

    def wait_for(self, *texts: str, patience: float = PATIENCE) -> Terminal:
        """Until the screen shows all `texts`."""
        return self.wait(lambda it: all(text in it.text for text in texts), f"screen shows {texts}", patience)

    def wait_past(self, *texts: str, patience: float = PATIENCE) -> Terminal:
        """Until scrollback and screen together show all `texts`."""
        return self.wait(lambda it: all(text in it.everything for text in texts), f"shown so far: {texts}", patience)

    def wait_gone(self, *texts: str, patience: float = PATIENCE) -> Terminal:
        """Until the screen shows none of `texts`."""
        return self.wait(lambda it: not any(text in it.text for text in texts), f"screen no longer shows {texts}", patience)

    def wait_exit(self, patience: float = PATIENCE) -> int:
        """Until the program has ended; its exit status, negative for a signal."""
        end = time.monotonic() + patience
        while self.status is None and time.monotonic() < end:
            self.pump(0.05)
            self._reap()
        assert self.status is not None, f"still running\n{self.picture()}"
        return self.status

    def settle(self, quiet: float = 0.4, patience: float = PATIENCE) -> None:
        """Until the program has written nothing for `quiet` seconds (a spinner never settles)."""
        end = time.monotonic() + patience
        while time.monotonic() < end and (self.pump(quiet) or self._outgoing):
            pass

    def picture(self) -> str:
        """The screen in a frame, for a person who reads why a test failed."""
        rule = "─" * self.columns
        lines = [f"│{line}" for line in self.lines]
        return "\n".join(
            [f"┌{rule}", *lines, f"└{rule}", f"scrollback: {len(self.scrollback)} lines; title: {self.emulator.title}"]
        )

    # --- the end ---------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        self._reap()
        return self.status is None

    def kill(self) -> None:
        """`kill -9`, as a crash is. What it started is not touched."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            self.status = self._process.wait()

    def close(self) -> None:
        """Close the window: hang up, and kill what does not go within ten seconds."""
        if self.fd < 0:
            return
        if self.alive:
            os.kill(self.pid, signal.SIGHUP)
            with contextlib.suppress(AssertionError):
                self.wait_exit(10)
        self.kill()
        os.close(self.fd)
        self.fd = -1

    def _send(self, data: bytes) -> None:
        self._outgoing += data
        while self._outgoing and self.status is None:
            self.pump(0.05)

    def _reply(self, text: str) -> None:
        self._outgoing += text.encode()

    def _gone(self) -> None:
        """The other end of the pty is closed: the program has ended, or is about to."""
        self._outgoing.clear()
        self._reap()
        time.sleep(0.01)

    def _reap(self) -> None:
        self.status = self._process.poll()


def _key(name: str) -> str:
    if name in KEYS:
        return KEYS[name]
    if name.startswith("ctrl-"):
        return chr(ord(name[5:].upper()) & 0x1F)
    if name.startswith("alt-"):
        return "\x1b" + _key(name[4:])
    assert len(name) == 1, f"no such key: {name}"
    return name


def _open(argv: Sequence[str], env: Mapping[str, str], cwd: str, size: tuple[int, int]) -> tuple[subprocess.Popen[bytes], int]:
    """The program on a pty of its own, of this size from its first moment; and the pty's other end.

    `setsid -c` makes the pty its controlling terminal: forking here would be unsafe beside threads.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    try:
        process = subprocess.Popen(["setsid", "-c", *argv], stdin=theirs, stdout=theirs, stderr=theirs, env=dict(env), cwd=cwd)
    finally:
        os.close(theirs)
    os.set_blocking(ours, False)
    return process, ours
