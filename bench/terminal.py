"""The interactive terminal beside its peers: each program at the same pty, talking to the same scripted model.

    .venv/bin/python bench/terminal.py [--seats pullwright,codex,claude,opencode] [--starts 10] [--keys 60]

`start` is from the process's start until a key that is typed is shown; `echo` from a key's byte written to its letter read. While
streaming, a thousand lines a second come in as the model's text, and for Pullwright also as a command's output. `erased` are
frames that were handed to the terminal with the screen left erased. Peers are installed by npm below bench/.peers (or
BENCH_PEERS) and are left out, with the reason, where that does not work. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from seats import history, measures
from seats.seat import SEATS, Seat

from console.driver import Terminal

GOALS = "goals: start <= 300 ms; echo <= 16 ms p95; memory <= 150 MB with 5,000 events; --help <= 100 ms"


@contextmanager
def model() -> Iterator[str]:
    """The scripted model server; its address."""
    command = [sys.executable, str(Path(__file__).with_name("seats") / "model.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def heads(*names: str) -> None:
    print()
    row(*names)
    row(*("---" for _ in names))


def starts(seat: Seat, times: int) -> None:
    """Start and --help, over and over; the first start apart, for it finds nothing ready."""
    took: list[float] = []
    used: list[float] = []
    for _ in range(times):
        with seat.open() as terminal:
            took.append(measures.start(terminal))
            used.append(measures.processor(terminal.pid) * 1000)
            terminal.kill()
    helped: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([*seat.argv, "--help"], env=seat.env, cwd=seat.project, capture_output=True, check=False)
        helped.append((time.perf_counter() - began) * 1000)
    later = took[1:] or took
    row(
        seat.name,
        f"{took[0]:.0f}",
        f"{measures.at(later, 0.5):.0f} / {measures.at(later, 0.95):.0f}",
        f"{measures.at(used, 0.5):.0f}",
        f"{measures.at(helped, 0.5):.0f} / {measures.at(helped, 0.95):.0f}",
    )


def echoes(seat: Seat, keys: int) -> None:
    """Echo and memory at rest, then while a thousand lines a second come in."""
    with seat.open() as terminal:
        measures.start(terminal)
        measures.rest(terminal, 3)
        terminal.press(*["backspace"] * 20)
        measures.rest(terminal, 0.5)
        small = measures.memory(terminal.pid)
        idle = measures.echo(terminal, keys, 0.05)
        before = measures.processor(terminal.pid)
        measures.rest(terminal, 3)
        asleep = (measures.processor(terminal.pid) - before) / 3 * 100
        row(seat.name, "at rest", idle, "", f"{asleep:.1f} %", "", "", f"{small:.0f}")
        kinds = ("STREAM", "COMMAND") if seat.name == "pullwright" else ("STREAM",)
        for kind in kinds:
            busy(seat, terminal, kind, keys)
        terminal.kill()


def busy(seat: Seat, terminal: Terminal, kind: str, keys: int) -> None:
    """One turn with lines streaming in."""
    mark = len(terminal.raw)
    terminal.type(kind)
    measures.rest(terminal, 0.5)
    terminal.press("enter")
    end = time.monotonic() + 20
    while b"line 00" not in terminal.raw[mark:] and time.monotonic() < end:
        terminal.pump(0.1)
    seen = measures.streaming(terminal, keys)
    row(
        seat.name,
        "text streams in" if kind == "STREAM" else "a command prints",
        seen.echo,
        f"{seen.rate:.0f}",
        f"{seen.cpu:.0f} %",
        f"{seen.wrote:.0f}",
        seen.erased,
        f"{seen.memory:.0f}",
    )
    measures.rest(terminal, 14)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seats", default=",".join(SEATS))
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--keys", type=int, default=60)
    args = parser.parse_args()
    print(GOALS)
    with model() as root, tempfile.TemporaryDirectory() as folder:
        seats: list[Seat] = []
        for name in args.seats.split(","):
            try:
                seats.append(SEATS[name](Path(folder), root))
            except LookupError as error:
                print(f"{name}: left out, {error}")
        heads("program", "first start ms", "start p50 / p95 ms", "CPU until then ms", "--help p50 / p95 ms")
        for seat in seats:
            attempt(lambda seat=seat: starts(seat, args.starts), seat)
        heads("program", "state", "key to echo p50 / p95 ms", "lines/s", "CPU", "kB/s", "erased", "memory MB")
        for seat in seats:
            attempt(lambda seat=seat: echoes(seat, args.keys), seat)
        if any(seat.name == "pullwright" for seat in seats):
            heads("a long session", "ms or MB")
            history.measure(seats[0], row)


def attempt(what: Callable[[], None], seat: Seat) -> None:
    """Measure; a peer that fails leaves a row with why, Pullwright ends the bench."""
    try:
        what()
    except (TimeoutError, AssertionError) as error:
        if seat.name == "pullwright":
            raise
        row(seat.name, f"left out: {error}")


if __name__ == "__main__":
    main()
