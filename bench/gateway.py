"""The API as a gateway: what it adds to the first token, how it bears many streams, how soon it lets an upstream go.

    .venv/bin/python bench/gateway.py [--wire responses] [--streams 200] [--events 200] [--gap 0.05] [--rounds 3]

`pullwright serve`, the upstream, a bare reverse proxy (it copies bytes and looks at nothing) and the clients are processes of
their own; all read the machine's one clock. *First token*: 20 clients at a time, each over its own connection. The upstream
writes into the first delta when it had read the request and when it answers; what is shown is the rest of the time that the
client waited, and what of it the proxy and the gateway add to the direct way. *Load*: every stream at once, round after round,
so that memory that grows shows itself. *Gone*: clients that go away in mid-stream, and how long the upstream still had its
connection.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from gate.asking import Way
from gate.proxy import serve_proxy
from gate.upstream import PATHS, serve_upstream
from gate.watching import Watched, resident

from api.served import Served

FIRST_STREAMS = 20
TURN = 5
"""Requests of each client for the first token, before another way has its turn."""


async def first_tokens(way: Way, rounds: int) -> list[float]:
    """Of `FIRST_STREAMS` clients at a time; a connection's first request is not counted."""

    async def one(number: int) -> list[float]:
        asking = await way.open()
        found: list[float] = []
        dice = random.Random(number)
        for turn in range(rounds + 1):
            await asyncio.sleep(dice.random() / 2)
            await asking.ask(way.head, way.body(50, 0.02))
            if not asking.whole:
                raise SystemExit(f"an answer was not whole: {bytes(asking._head[:400])!r}")
            if turn:
                found.append(asking.outside)
        asking.transport.close()
        return found

    return [value for values in await asyncio.gather(*map(one, range(FIRST_STREAMS))) for value in values]


async def load(way: Way, streams: int, events: int, gap: float) -> tuple[float, int]:
    """Seconds for all streams, and how many were not whole."""

    async def one() -> bool:
        try:
            asking = await way.open()
            await asking.ask(way.head, way.body(events, gap))
            asking.transport.close()
        except OSError:
            return False
        return asking.whole and asking.deltas == events

    started = time.perf_counter()
    whole = await asyncio.gather(*(one() for _ in range(streams)))
    return time.perf_counter() - started, whole.count(False)


async def gone(way: Way, count: int) -> float:
    """Let clients go away in mid-stream; when the last one went, on the machine's clock."""

    async def one() -> None:
        asking = await way.open()
        asking.ask(way.head, way.body(5000, 0.05))
        while asking.deltas < 5:
            await asyncio.sleep(0.01)
        asking.transport.close()

    await asyncio.gather(*(one() for _ in range(count)))
    return time.monotonic()


@contextmanager
def beside(work: Callable[..., None], *words: Any) -> Iterator[tuple[str, Connection]]:
    """A process of its own that tells its address first."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(*words, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.kill()
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wire", choices=list(PATHS), default="responses", help="what the upstream speaks")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--gap", type=float, default=0.05, help="seconds between two events of a stream")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=20, help="requests of each of the 20 clients for the first token")
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        beside(serve_upstream, said.wire) as (upstream, pipe),
        beside(serve_proxy, upstream) as (proxy, _),
        Served(Path(folder), {"bench": (said.wire, upstream + "/v1")}) as served,
    ):
        path = PATHS[said.wire]
        gateway = Way(served.url, "/v1/responses", "bench/scripted", served.key)
        show_first(said.samples, {"direct": Way(upstream, path, "m"), "bare proxy": Way(proxy, path, "m"), "gateway": gateway})
        show_load(said, gateway, served.pid)
        show_gone(gateway, pipe)


def show_first(samples: int, ways: dict[str, Way]) -> None:
    """The ways take turns, so that what else the machine does meets all of them."""
    print(
        f"| first token, {FIRST_STREAMS} streams | p50 ms | p99 ms | max ms | added p50 | added p99 |\n|---|---|---|---|---|---|"
    )
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(max(1, samples // TURN)):
        for name, way in ways.items():
            times[name] += asyncio.run(first_tokens(way, TURN))
    base: list[float] = []
    for name, found in times.items():
        cuts = statistics.quantiles(found, n=100)
        middle, high = cuts[49], cuts[98]
        base = base or [middle, high]
        added = f"{middle - base[0]:.2f} | {high - base[1]:.2f}"
        print(f"| {name} | {middle:.2f} | {high:.2f} | {max(found):.2f} | {added} |", flush=True)


def show_load(said: argparse.Namespace, way: Way, pid: int) -> None:
    columns = ("wall s", "events/s", "errors", "CPU µs an event", "RSS before MB", "peak MB", "after MB")
    print(f"\n| {said.streams} streams of {said.events} events | {' | '.join(columns)} |\n{'|---' * (len(columns) + 1)}|")
    for number in range(said.rounds):
        before, watched = resident(pid), Watched(pid)
        wall, errors = asyncio.run(load(way, said.streams, said.events, said.gap))
        peak, used = watched.stop()
        time.sleep(1)
        total = said.streams * said.events
        memory = f"{before:.0f} | {peak:.0f} | {resident(pid):.0f}"
        print(
            f"| round {number + 1} | {wall:.2f} | {total / wall:.0f} | {errors} | {used / total * 1e6:.0f} | {memory} |",
            flush=True,
        )


def show_gone(way: Way, pipe: Connection) -> None:
    while pipe.poll():
        pipe.recv()
    left = asyncio.run(gone(way, FIRST_STREAMS))
    times: list[float] = []
    while len(times) < FIRST_STREAMS and pipe.poll(5):
        times.append(max(0.0, pipe.recv() - left))
    shown = f"{statistics.median(times) * 1000:.0f} | {max(times) * 1000:.0f}" if times else "- | -"
    print("\n| clients gone in mid-stream | upstreams let go | p50 ms | max ms |\n|---|---|---|---|")
    print(f"| {FIRST_STREAMS} | {len(times)} | {shown} |")


if __name__ == "__main__":
    main()
