"""A session with thousands of events: how it is lived through, taken up again, looked through and searched."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from console.driver import Terminal

from .measures import LETTERS, at, memory, processor, rest, start
from .model import STEPS
from .seat import Seat

PATIENCE = 300
NEWLINE = b"\n"


def measure(seat: Seat, row: Callable[..., None]) -> None:
    """A turn of STEPS steps, live; then the same session resumed, and its transcript opened, scrolled and searched."""
    with seat.open() as terminal:
        start(terminal)
        _clear(terminal)
        began = time.perf_counter()
        terminal.type("HISTORY")
        rest(terminal, 0.5)
        terminal.press("enter")
        until(terminal, b"Done.", 0)
        row(f"{STEPS} steps lived through: seconds", f"{time.perf_counter() - began:.1f}")
        row("memory then", f"{memory(terminal.pid):.0f}")
        viewed(terminal, row)
        terminal.close()
    log = max(seat.home.rglob("log.jsonl"), key=lambda path: path.stat().st_size)
    row("events in its log", f"{log.read_bytes().count(NEWLINE):,}")
    with seat.open("resume", "--last") as terminal:
        row("resumed: start to usable prompt", f"{start(terminal):.0f}")
        row("CPU until then", f"{processor(terminal.pid) * 1000:.0f}")
        rest(terminal, 2)
        _clear(terminal)
        row("memory then", f"{memory(terminal.pid):.0f}")
        viewed(terminal, row)


def viewed(terminal: Terminal, row: Callable[..., None]) -> None:
    """The transcript in full screen: opened, scrolled, searched from its end to the first step, left."""
    row("viewer: open", f"{answered(terminal, lambda: terminal.press('ctrl-t')):.0f}")
    pages = [answered(terminal, lambda: terminal.press("page-up")) for _ in range(20)]
    row("viewer: a page up, p50 / p95", f"{at(pages, 0.5):.1f} / {at(pages, 0.95):.1f}")
    row("viewer: to the beginning", f"{answered(terminal, lambda: terminal.press('home')):.0f}")
    answered(terminal, lambda: terminal.press("/"))
    for letter in "module_62":
        answered(terminal, lambda letter=letter: terminal.type(letter))
    row("viewer: search for a word that is far below", f"{answered(terminal, lambda: terminal.press('enter')):.0f}")
    answered(terminal, lambda: terminal.press("q"))
    rest(terminal, 0.5)


def answered(terminal: Terminal, act: Callable[[], None]) -> float:
    """Milliseconds from a key until the terminal was given something, and nothing more for 30 ms (which are not counted)."""
    rest(terminal, 0.15)
    mark, began = len(terminal.raw), time.perf_counter()
    act()
    last = began
    while time.perf_counter() - began < 5:
        if terminal.pump(0.03):
            last = time.perf_counter()
        elif len(terminal.raw) > mark:
            break
    return (last - began) * 1000


def until(terminal: Terminal, text: bytes, mark: int) -> None:
    """Until the program has written `text`. Raises `TimeoutError`."""
    end = time.monotonic() + PATIENCE
    while not re.search(re.escape(text), terminal.raw[mark:]):
        if time.monotonic() > end or not terminal.alive:
            raise TimeoutError(f"{text!r} never came: {bytes(terminal.raw[-300:])!r}")
        terminal.pump(0.1)


def _clear(terminal: Terminal) -> None:
    """Take the letters that `start` typed out of the editor again."""
    for _ in LETTERS[:20]:
        terminal.press("backspace")
    rest(terminal, 0.5)
