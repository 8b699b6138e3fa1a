"""The full-screen transcript: laid out where somebody looks, searched, folded, resized; the last line is always reachable."""

from __future__ import annotations

import asyncio
import io

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from pullwright.cli.terminal.pages import Pages, Place
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.cli.terminal.viewer import KEYS, Viewer, page
from pullwright.protocol.events import CommandRan, Event, InputReceived
from pullwright.protocol.inputs import Prompt
from transcripts import Shelf, said

SHELF = Shelf(out="".join(f"output {n}\n" for n in range(60)).encode())


def session(turns: int = 6) -> list[Block]:
    """Turns of a prompt, an answer and a command with 60 lines of output."""
    transcript = Transcript(Theme("none"), artifacts=SHELF)
    events: list[Event] = []
    for turn in range(turns):
        events += [
            InputReceived(input=Prompt(id=str(turn), text=f"prompt {turn}")),
            said(f"Answer {turn}: a **bold** needle.", f"m{turn}"),
            CommandRan(call_id=str(turn), command=f"run {turn}", cwd="/", exit_code=0, artifact="out"),
        ]
    return [block for event in events for block in transcript.feed(event)]


def whole(blocks: list[Block], width: int) -> list[str]:
    return [line for block in blocks for line in block.full(width)]


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-200, 200)),
        st.tuples(st.sampled_from(["start", "end", "fold all", "prompt", "back", "grow"]), st.just(0)),
        st.tuples(st.just("fold"), st.integers(0, 17)),
        st.tuples(st.just("width"), st.integers(40, 120)),
        st.tuples(st.just("height"), st.integers(1, 60)),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=30)
@given(MOVES)
def test_the_window_always_shows_a_piece_of_the_whole(moves: list[tuple[str, int]]) -> None:
    blocks = session(4)
    more = session(2)
    pages = Pages(blocks, 80, 20)
    for name, number in moves:
        match name:
            case "move":
                pages.move(number)
            case "start":
                pages.to_start()
            case "end":
                pages.to_end()
            case "prompt" | "back":
                pages.to_kind("prompt", 1 if name == "prompt" else -1)
            case "fold all":
                pages.fold_all()
            case "fold":
                pages.fold(number % len(blocks))
            case "grow":
                blocks += more[:1]
            case "width":
                pages.resize(number, pages.height)
            case _:
                pages.resize(pages.width, number)
        visible = [line for _, line in pages.visible()]
        everything = [line for number in range(len(blocks)) for line in pages.lines(number)]
        assert len(visible) == min(pages.height, len(everything))
        at = sum(len(pages.lines(number)) for number in range(pages.top.block)) + pages.top.line
        assert everything[at : at + pages.height] == visible
        if name == "end":
            assert visible[-1] == everything[-1]


def test_whoever_looks_at_the_end_sees_what_comes() -> None:
    blocks = session(2)
    pages = Pages(blocks, 80, 10)
    assert "output 59" in pages.visible()[-1][1]
    more = session(1)
    blocks += more[:2]
    assert "needle" in pages.visible()[-1][1]
    pages.move(-3)
    blocks += more[:1]
    assert "needle" not in pages.visible()[-1][1]


def test_only_what_is_looked_at_is_laid_out() -> None:
    class Counted:
        kind, seq, gap, text = "note", 0, False, "words"

        def __init__(self) -> None:
            self.asked = 0

        def lines(self, width: int) -> list[str]:
            self.asked += 1
            return ["a", "b"]

        full = lines

    blocks = [Counted() for _ in range(5_000)]
    pages = Pages(blocks, 80, 40)  # type: ignore[arg-type]
    pages.visible()
    pages.move(-100)
    pages.visible()
    assert sum(block.asked for block in blocks) < 100


def test_a_search_goes_round_and_finds_what_is_folded_output_too() -> None:
    pages = Pages(session(3), 80, 20)
    first = pages.search("needle", Place())
    assert first is not None
    second = pages.search("needle", Place(first.block, first.line + 1))
    assert second is not None
    assert second > first
    assert pages.search("needle", Place(second.block, second.line - 1), -1) == first
    assert pages.search("needle", Place(8, 10_000)) == first
    output = pages.search("OUTPUT 47", Place())
    assert output is None
    found = pages.search("output 47", Place())
    assert found is not None
    assert "output 47" in pages.lines(found.block)[found.line]
    assert pages.search("nowhere", Place()) is None


def test_in_a_terminal_keys_search_leaf_fold_and_close() -> None:
    asyncio.run(_drive())


async def _drive() -> None:
    screen = pyte.Screen(70, 12)
    stream = pyte.Stream(screen)

    class Terminal(io.StringIO):
        def write(self, text: str) -> int:
            stream.feed(text)
            return len(text)

        def isatty(self) -> bool:
            return True

    viewer = Viewer(Theme("terminal", "16"), session(3))
    with create_pipe_input() as keys:
        output = Vt100_Output(Terminal(), lambda: Size(rows=12, columns=70), term="xterm")
        running = asyncio.create_task(viewer.run(input=keys, output=output))

        async def shows(*words: str) -> None:
            async with asyncio.timeout(20):
                while not all(word in "\n".join(screen.display) for word in words):
                    await asyncio.sleep(0.005)

        await shows("output 59", "100 %", "prompt 3 of 3")
        keys.send_text("[")
        await shows("❯ prompt 2", "Answer 2")
        keys.send_text("g")
        await shows("❯ prompt 0", "0 %")
        keys.send_text("/answer 1")
        await shows("Answer 1: a bold needle.", "/answer 1")
        keys.send_text("\r")
        await shows("/ search")
        keys.send_text("f")
        await shows("folded", "more lines")
        keys.send_text("/xyzzy")
        await shows("nothing found")
        keys.send_text("\x1b")
        await shows("/ search")
        keys.send_text("q")
        async with asyncio.timeout(20):
            await running


def test_every_key_does_something_and_a_page_of_plain_lines_can_be_viewed() -> None:
    viewer = Viewer(Theme("none"), page(Theme("none"), ["one", "two \x1b[2J three"]), "help")
    for name in KEYS:
        if name != "close":
            viewer.do(name)
    viewer.type("two")
    assert [line for _, line in viewer.pages.visible()] == ["one", "two \\x1b[2J three"]
