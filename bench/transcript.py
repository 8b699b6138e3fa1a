"""What it costs to show a session: Markdown as it streams, a log of 5,000 events, the viewer over it. Prints a table.

python bench/transcript.py
"""

from __future__ import annotations

import asyncio
import io
import resource
import sys
import time
from pathlib import Path

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.cli.terminal.viewer import Viewer
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    ToolFinished,
    ToolStarted,
    raw_item,
)
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.items import assistant_message
from pullwright.protocol.live import TextDelta
from pullwright.tools.diff import unified

HERE = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 100, 40
SOURCE = (HERE / "src/pullwright/agent/act.py").read_text()
PAGE = (HERE / "docs/tour.md").read_text() + f"\n```python\n{SOURCE}```\n"


class Shelf:
    """Artifacts in memory: one output of 12,345 lines."""

    def __init__(self) -> None:
        self.data = {"out": "".join(f"line {number} of the output\n" for number in range(12_345)).encode()}

    def put(self, name: str, data: bytes) -> str:
        self.data[name] = data
        return name

    def get(self, name: str) -> bytes:
        return self.data[name]

    def names(self) -> list[str]:
        return list(self.data)


def streamed(piece: int, live_every: int) -> tuple[int, float]:
    """Lines of Markdown that streamed in pieces, and the seconds of processor time; the live lines drawn now and then."""
    text = "\n".join(PAGE.replace("agent", f"agent{copy}") for copy in range(6))  # no line is known from before
    transcript = Transcript(Theme("dark"))
    began = time.process_time()
    for number, at in enumerate(range(0, len(text), piece)):
        for block in transcript.feed(TextDelta("m", at, text[at : at + piece])):
            block.lines(WIDTH)
        if number % live_every == 0:
            transcript.live(WIDTH, 20)
    return text.count("\n"), time.process_time() - began


def session(count: int) -> list[Event]:
    """A log of `count` events as sessions have them."""
    diff, added, removed = unified("a.py", SOURCE, SOURCE.replace("agent", "agents", 12))
    turn: list[Event] = [InputReceived(input=Prompt(id="p", text="make it work, and say what you did"))]
    for number in range(5):
        call = str(number)
        turn += [
            ItemAdded(
                source="model", item=raw_item(assistant_message("I look at `act.py` first.\n\n- then **this**\n- then that"))
            ),
            ToolStarted(call_id=call, name="read", effect="read", title="a.py, b.py"),
            ToolFinished(call_id=call, name="read", ok=True),
            CommandRan(call_id=call, command="pytest -q", cwd="/", exit_code=number % 2, seconds=1.0, artifact="out"),
            FilesChanged(call_id=call, paths=("a.py",), diff=diff, added=added, removed=removed),
        ]
    return [turn[number % len(turn)] for number in range(count)]


async def viewed(blocks: list[Block]) -> dict[str, float]:
    """Seconds until the viewer stands, and from key to picture."""
    found: dict[str, float] = {}
    rendered: list[float] = []
    with create_pipe_input() as keys:
        output = Vt100_Output(io.StringIO(), lambda: Size(rows=HEIGHT, columns=WIDTH), term="xterm-256color")
        began = time.perf_counter()
        app = Viewer(Theme("dark"), blocks).application(input=keys, output=output)
        app.after_render += lambda _: rendered.append(time.perf_counter())
        task = asyncio.create_task(app.run_async())
        while not rendered:
            await asyncio.sleep(0.0005)
        found["open"] = rendered[-1] - began
        for name, typed in (
            ("page up", "b"),
            ("to the beginning", "g"),
            ("search, found at the end", "/line 9999 of"),
            ("search for nothing", "zz"),
        ):
            await asyncio.sleep(0.05)
            seen, began = len(rendered), time.perf_counter()
            keys.send_text(typed)
            while len(rendered) == seen:
                await asyncio.sleep(0.0005)
            await asyncio.sleep(0)
            found[name] = rendered[-1] - began
        keys.send_text("\x1b")
        await asyncio.sleep(0.6)
        keys.send_text("q")
        await task
    return found


def main() -> None:
    for name, piece in (("tokens (4 characters)", 4), ("lines (80 characters)", 80)):
        lines, seconds = streamed(piece, 2_000 // piece)
        share = 100_000 * seconds / lines
        print(f"Markdown in {name:<24} {lines / seconds:>10,.0f} lines/s  {share:5.1f} % of a core at 1,000 a second")
    events = session(5_000)
    began = time.perf_counter()
    transcript = Transcript(Theme("dark"), artifacts=Shelf())
    blocks = [block for event in events for block in transcript.feed(event)]
    fed = time.perf_counter()
    shown = sum(len(block.lines(WIDTH)) for block in blocks)
    print(f"5,000 events fed {1000 * (fed - began):>28,.0f} ms")
    print(f"  laid out: {len(blocks):,} blocks, {shown:,} lines {1000 * (time.perf_counter() - fed):>8,.0f} ms")
    for name, seconds in asyncio.run(viewed(blocks)).items():
        print(f"viewer: {name:<36} {1000 * seconds:>8,.1f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(f"peak memory {peak:>36,.0f} MB")


if __name__ == "__main__":
    main()
