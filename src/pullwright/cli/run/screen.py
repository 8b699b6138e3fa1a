"""Where a turn is seen: progress on stderr, events as JSON lines on stdout."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import IO

import msgspec

from pullwright.cli.render.clean import fit
from pullwright.cli.render.progress import Progress
from pullwright.cli.render.style import style_for
from pullwright.protocol.events import Event, encode
from pullwright.protocol.live import CallDelta, Live, OutputDelta, ReasoningDelta, TextDelta
from pullwright.protocol.live import Progress as LiveProgress


class Screen:
    """Shows a turn. `gone` is called once when nobody reads stdout any more.

    On a terminal the last line says what goes on just now; elsewhere progress is plain lines. `quiet` shows none.
    """

    def __init__(
        self,
        *,
        json: bool = False,
        live: bool = False,
        quiet: bool = False,
        out: IO[str] | None = None,
        err: IO[str] | None = None,
    ) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._json, self._live, self._quiet = json, live, quiet
        self._terminal = self._err.isatty() and not quiet and os.environ.get("TERM", "") != "dumb"
        self.style = style_for(self._err)
        self._width = _width(self._err)
        self._progress = Progress(self.style, self._width)
        self._status = ""
        self._drawn = 0.0
        self.gone: Callable[[], None] = lambda: None
        self.reader_left = False

    def watch(self, seen: Event | Live) -> None:
        """What `run_turn` calls with everything that happens."""
        if isinstance(seen, TextDelta | ReasoningDelta | CallDelta | OutputDelta | LiveProgress):
            self._frame(seen)
            return
        if self._json:
            self._emit(encode(seen))
        if not self._quiet:
            self._resized()
            for line in self._progress.lines(seen):
                self.say(line)

    def _resized(self) -> None:
        if self._terminal:
            self._width = self._progress.width = _width(self._err)

    def say(self, line: str) -> None:
        """One line on stderr, above the status."""
        self._clear()
        with contextlib.suppress(OSError):
            print(line, file=self._err, flush=True)

    def close(self) -> None:
        """Take the status line away."""
        self._clear()

    def result(self, text: str) -> None:
        """The result, on stdout."""
        self._clear()
        try:
            self._out.write(text if text.endswith("\n") or not text else f"{text}\n")
            self._out.flush()
        except BrokenPipeError:
            self.reader_left = True

    def _emit(self, line: bytes) -> None:
        if self.reader_left:
            return
        try:
            self._out.write(line.decode() + "\n")
            self._out.flush()
        except OSError as error:  # nobody reads, or the disk behind it is full: events must not be lost silently
            self.reader_left = True
            if not isinstance(error, BrokenPipeError):
                self.say(f"error: the events cannot be written: {error.strerror}")
            self.gone()

    def _frame(self, frame: Live) -> None:
        if self._live:
            self._emit(msgspec.json.encode(frame))
        if self._terminal:
            self._draw(_status(frame))

    def _draw(self, text: str) -> None:
        now = time.monotonic()
        if not text or now - self._drawn < 0.1:
            return
        self._drawn, self._status = now, text
        self._resized()
        with contextlib.suppress(OSError):
            self._err.write(f"\r\x1b[2K{self.style(fit(text.replace(chr(9), ' '), self._width - 1), 'dim')}")
            self._err.flush()

    def _clear(self) -> None:
        if self._status:
            self._status = ""
            with contextlib.suppress(OSError):
                self._err.write("\r\x1b[2K")


def _status(frame: Live) -> str:
    """What goes on just now, in a few words."""
    from pullwright.cli.render.clean import clean

    match frame:
        case LiveProgress():
            total = f" of {frame.total}" if frame.total else ""
            count = f" {frame.done}{total} {frame.unit}".rstrip() if frame.done or frame.total else ""
            return f"    {clean(frame.what)}{count} …"
        case OutputDelta():
            lines = [line for line in clean(frame.text).splitlines() if line.strip()]
            return f"    {lines[-1]}" if lines else ""
        case TextDelta():
            return "    writing …"
        case _:
            return "    thinking …"


def _width(stream: IO[str]) -> int:
    try:
        return max(40, min(os.get_terminal_size(stream.fileno()).columns, 140))
    except (OSError, ValueError):
        return 100
