"""What is measured at a terminal, of any program alike: from bytes written to bytes read.

A key is a Greek or Cyrillic letter that was not typed before, so that its echo cannot be mistaken in a stream of output.
"""

from __future__ import annotations

import contextlib
import re
import termios
import time
from pathlib import Path

import msgspec

from console.driver import Terminal

LETTERS = [chr(code) for code in (*range(0x3B1, 0x3CA), *range(0x430, 0x450))]
ERASED = re.compile(rb"\x1b\[[02]?J(?:\x1b\[[0-?]*[@-~]|[\r\n ])*\Z")


class Echo(msgspec.Struct, frozen=True):
    """Milliseconds from key to echo; keys that were not seen within a second."""

    times: tuple[float, ...]
    missed: int

    def __str__(self) -> str:
        missed = f" ({self.missed} unseen)" if self.missed else ""
        return f"{at(self.times, 0.5):.1f} / {at(self.times, 0.95):.1f}{missed}" if self.times else f"none seen{missed}"


class Streaming(msgspec.Struct, frozen=True):
    """While lines stream in: echo, lines a second, CPU in percent, kB/s to the terminal, frames that were left erased, MB."""

    echo: Echo
    rate: float
    cpu: float
    wrote: float
    erased: int
    memory: float


def start(terminal: Terminal) -> float:
    """Milliseconds from start until a key that is typed is shown: keys are typed as soon as the terminal is no longer cooked."""
    while _echoes(terminal):
        _alive(terminal).pump(0.001)
    for letter in LETTERS * 20:
        terminal.type(letter)
        end = time.perf_counter() + 0.05
        while time.perf_counter() < end:
            _alive(terminal).pump(0.002)
            if any(other.encode() in terminal.raw for other in LETTERS):
                return (time.perf_counter() - terminal.started) * 1000
    raise TimeoutError("no key was ever shown")


def echo(terminal: Terminal, keys: int, gap: float) -> Echo:
    """Type `keys` letters, `gap` seconds apart, into an empty editor; it is empty again afterwards."""
    times: list[float] = []
    for number in range(keys):
        letter = LETTERS[number % len(LETTERS)]
        mark, began = len(terminal.raw), time.perf_counter()
        terminal.type(letter)
        while (took := time.perf_counter() - began) < 1 and letter.encode() not in terminal.raw[mark:]:
            _alive(terminal).pump(0.05)
        if took < 1:
            times.append((time.perf_counter() - began) * 1000)
        rest(terminal, gap - took)
        if number % len(LETTERS) == len(LETTERS) - 1 or number == keys - 1:
            for _ in range(number % len(LETTERS) + 1):
                terminal.press("backspace")
            rest(terminal, 0.3)
    return Echo(tuple(times), keys - len(times))


def streaming(terminal: Terminal, keys: int = 40) -> Streaming:
    """The same while lines come in; call it when the first have come."""
    cpu, mark, began = processor(terminal.pid), len(terminal.raw), time.perf_counter()
    seen = echo(terminal, keys, 0.1)
    took = time.perf_counter() - began
    data = bytes(terminal.raw[mark:])
    numbers = [int(number) for number in re.findall(rb"line (\d{6})", data)] or [0]
    return Streaming(
        echo=seen,
        rate=(max(numbers) - min(numbers)) / took,
        cpu=(processor(terminal.pid) - cpu) / took * 100,
        wrote=len(data) / took / 1000,
        erased=len(ERASED.findall(data)),
        memory=memory(terminal.pid),
    )


def rest(terminal: Terminal, seconds: float) -> None:
    """Read for so long."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.pump(left)


def memory(pid: int) -> float:
    """MB of a process and all below it, each shared page counted once for all that share it (PSS)."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.M)
            total += int(found[1]) if found else 0
    return total / 1024


def processor(pid: int) -> float:
    """Seconds of CPU that a process and all below it have used."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / 100


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    below: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            below += [int(child) for child in (task / "children").read_text().split()]
    return [pid, *(other for child in below for other in tree(child))]


def at(values: tuple[float, ...] | list[float], share: float) -> float:
    """The value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _alive(terminal: Terminal) -> Terminal:
    if not terminal.alive:
        raise TimeoutError(f"it ended ({terminal.status}): {bytes(terminal.raw[-300:])!r}")
    return terminal


def _echoes(terminal: Terminal) -> bool:
    """The terminal itself would echo what is typed: the program has not taken it over yet."""
    return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)
