"""Questions as numbered lines: any terminal, without colours, without cursor movement, down to 20 columns."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from pullwright.cli.render.clean import clean
from pullwright.cli.render.style import Colour, Style
from pullwright.cli.setup.asker import Back, Option, Skipped

ESC = "\x1b"
NARROWEST = 20


class Lines:
    """An `Asker` that prints and reads lines. `back` says whether there is a question before this one."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.back = False
        self.asked = 0

    @property
    def width(self) -> int:
        """Columns to write into, asked anew each time: terminals are resized."""
        return max(shutil.get_terminal_size().columns - 1, NARROWEST)

    def say(self, text: str = "", *colours: Colour) -> None:
        """Tell something."""
        for line in clean(text).split("\n"):
            for part in wrapped(line, self.width, whole_words=True):
                print(self.style(part, *colours), flush=True)

    def choose(self, title: str, options: Sequence[Option], default: int = 0) -> int:
        """Number the options and read a number."""
        self.say(title, "bold")
        for number, option in enumerate(options):
            self._option(number, option, marked=number == default)
        while True:
            answer = self._read(f"[{default + 1}]{self._ways_out()}: ", input).lower()
            if not answer:
                return default
            if answer.isdecimal() and 0 < int(answer) <= len(options):
                return int(answer) - 1
            named = [number for number, option in enumerate(options) if option.label.lower().startswith(answer)]
            if len(named) == 1:
                return named[0]
            self.say(f"Type a number from 1 to {len(options)}.", "yellow")

    def _option(self, number: int, option: Option, *, marked: bool) -> None:
        mark = f"{'>' if marked else ' '} {number + 1}. "
        for index, part in enumerate(wrapped(clean(option.label), self.width - len(mark))):
            print(self.style(mark if index == 0 else " " * len(mark), "cyan") + part, flush=True)
        for part in wrapped(clean(option.hint), self.width - len(mark)) if option.hint else ():
            print(" " * len(mark) + self.style(part, "dim"), flush=True)

    def text(self, title: str, default: str = "", *, optional: bool = False) -> str:
        """Read a line."""
        shown = f" [{default}]" if default else " (Enter: none)" if optional else ""
        answer = self._read(f"{title}{shown}: ", input) or default
        if not answer and not optional:
            raise Skipped
        return answer

    def secret(self, title: str, *, optional: bool = False) -> str:
        """Read a line that the terminal does not show."""
        import getpass

        answer = self._read(f"{title}, not shown{' (Enter: none)' if optional else ''}: ", getpass.getpass)
        if not answer and not optional:
            raise Skipped
        return answer

    def _read(self, prompt: str, read: object) -> str:
        """A line without its blanks. Esc (and `s`) skips, `b` goes back; the end of the input counts as Ctrl-C."""
        assert callable(read)
        parts = wrapped(clean(prompt), self.width)
        for part in parts[:-1]:
            print(part, flush=True)
        last = parts[-1] if parts[-1].endswith(" ") else parts[-1] + " "
        try:
            if read is input:
                print(last, end="", flush=True)
                _await_line()
                last = ""
            answer = str(read(last)).strip()
        except EOFError:
            print(flush=True)
            raise KeyboardInterrupt from None
        self.asked += 1
        if answer.startswith(ESC) or answer == "s":
            raise Skipped
        if answer == "b" and self.back:
            raise Back
        return answer

    def _ways_out(self) -> str:
        return " (b back, s skip)" if self.back else " (s skip)"


def _await_line() -> None:
    """Wait until a line is there. A Ctrl-C in the moment before `input` waits would be noticed with the next key only: its C code
    looks for signals when it is woken, and nothing wakes it. Here the signal itself does."""
    import os
    import select
    import signal
    import sys

    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        select.select([sys.stdin, woken], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)


def wrapped(line: str, width: int, *, whole_words: bool = False) -> list[str]:
    """`line` in parts of at most `width` columns, each with its indent. With `whole_words` a path that is longer stays whole,
    so that it can be copied: the terminal breaks it.
    """
    indent = line[: len(line) - len(line.lstrip(" "))]
    narrowest = max(width, NARROWEST // 2)
    parts = textwrap.wrap(line, narrowest, subsequent_indent=indent, break_on_hyphens=False, break_long_words=not whole_words)
    return parts or [""]
