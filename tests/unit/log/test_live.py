"""Live frames: whoever watches, whenever they begin, in whatever process, can put together what the open items say."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pullwright.log.bells import Bells, open_bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.live import BEHIND, LiveHub
from pullwright.log.sql.opentexts import OpenTexts
from pullwright.protocol.events import ItemAdded, ModelCalled, ToolFinished, TurnFinished, raw_item
from pullwright.protocol.items import Item
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta, TextDelta
from pullwright.protocol.outcomes import Cancelled
from pullwright.protocol.usage import Usage


def folded(frames: Sequence[Live]) -> list[Live]:
    texts = OpenTexts()
    for frame in frames:
        texts.apply(frame)
    return texts.frames()


def streamed(item: str, whole: str, pieces: int = 5) -> list[Live]:
    cuts = sorted(random.sample(range(len(whole) + 1), pieces))
    return [TextDelta(item, a, whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


FRAMES = st.lists(
    st.one_of(
        st.builds(OutputDelta, st.sampled_from("ab"), st.text(min_size=1, max_size=5)),
        st.builds(Progress, st.sampled_from("pq"), st.integers(0, 9)),
        st.builds(lambda i, t: TextDelta(i, -1, t), st.sampled_from("ab"), st.text(min_size=1, max_size=5)),
        st.builds(lambda i, t: CallDelta(i, "exec", -1, t), st.sampled_from("ab"), st.text(min_size=1, max_size=5)),
        st.builds(lambda i, t: ReasoningDelta(i, 0, t), st.sampled_from("ab"), st.text(min_size=1, max_size=5)),
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(FRAMES, st.integers(0, 30), st.integers(0, 30))
def test_a_later_state_is_an_earlier_one_and_what_came_since(made: list[Live], one: int, other: int) -> None:
    lengths: dict[tuple[type, str], int] = {}
    frames: list[Live] = []
    for frame in made:  # offsets as a stream has them; 0 again begins anew
        if isinstance(frame, TextDelta | CallDelta | ReasoningDelta):
            key = (type(frame), frame.item)
            offset = lengths.get(key, 0) if frame.offset else 0
            lengths[key] = offset + len(frame.text)
            frame = type(frame)(**{**{n: getattr(frame, n) for n in frame.__struct_fields__}, "offset": offset})
        frames.append(frame)
    first, last = sorted((one, other))
    early, late = OpenTexts(), OpenTexts()
    for frame in frames[:first]:
        early.apply(frame)
    for frame in frames[:last]:
        late.apply(frame)
    if not any(isinstance(frame, OutputDelta) for frame in frames):
        assert folded([*early.frames(), *late.since(early)]) == late.frames()
    assert folded(late.frames()) == late.frames()


def test_events_end_what_they_supersede() -> None:
    texts = OpenTexts()
    for frame in (TextDelta("m1", 0, "a"), TextDelta("m2", 0, "b"), OutputDelta("c1", "x"), OutputDelta("c2", "y")):
        texts.apply(frame)
    assert texts.settle(ItemAdded(source="model", item=raw_item(Item(b'{"type":"message","id":"m1"}'))))
    assert TextDelta("m1", 0, "a") not in texts.frames()
    assert not texts.settle(ItemAdded(source="user", item=raw_item(Item(b'{"type":"message","id":"m2"}'))))
    assert texts.settle(ToolFinished(call_id="c1", name="exec", ok=True))
    assert texts.frames() == [TextDelta("m2", 0, "b"), OutputDelta("c2", "y")]
    assert texts.settle(ModelCalled(model="m", provider="p", usage=Usage(), cost_usd=None))
    assert texts.frames() == [OutputDelta("c2", "y")]
    assert texts.settle(TurnFinished(outcome=Cancelled(why="x")))
    assert texts.is_empty


def test_output_that_floods_is_bounded() -> None:
    texts = OpenTexts()
    for number in range(10_000):
        texts.apply(OutputDelta("c", f"line {number}\n" * 10))
    (frame,) = texts.frames()
    assert isinstance(frame, OutputDelta)
    assert len(frame.text) <= 64 << 10
    assert frame.text.endswith("line 9999\n")


async def watched(hub: LiveHub, session: str, until: str) -> list[Live]:
    """What a watcher sees until an item that ends in `until`."""
    seen: list[Live] = []
    async with aclosing(cast(AsyncGenerator[Live], hub.watch(session))) as frames:
        async for frame in frames:
            seen.append(frame)
            if isinstance(frame, TextDelta) and frame.text.endswith(until):
                break
    return seen


def test_watchers_of_this_process_see_all_from_wherever_they_begin(database: Database) -> None:
    async def main() -> None:
        whole = "".join(chr(ord("a") + n % 26) for n in range(200)) + "!"
        async with LiveHub.open(database, Bells()) as hub, asyncio.TaskGroup() as group:
            watchers = [group.create_task(watched(hub, "s", "!"))]
            for frame in streamed("m", whole, 20):
                await asyncio.sleep(0)
                hub.publish("s", frame)
                hub.publish("other", frame)
                watchers.append(group.create_task(watched(hub, "s", "!")))
        for watcher in watchers:
            assert folded(watcher.result()) == [TextDelta("m", 0, whole)]

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_watcher_that_is_far_behind_gets_the_open_texts(database: Database) -> None:
    async def main() -> None:
        async with LiveHub.open(database, Bells()) as hub:
            watcher = cast(AsyncGenerator[Live], hub.watch("s"))
            hub.publish("s", TextDelta("m", 0, "a"))
            assert await anext(watcher) == TextDelta("m", 0, "a")
            for n in range(2 * BEHIND):
                hub.publish("s", TextDelta("m", n + 1, "b"))
            assert await anext(watcher) == TextDelta("m", 0, "a" + "b" * 2 * BEHIND)
            await watcher.aclose()

    asyncio.run(asyncio.wait_for(main(), 20))


@pytest.mark.parametrize("rung", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_watchers_of_another_process_see_it_and_it_costs_nothing_before(database: Database, tmp_path: Path, rung: bool) -> None:
    """Two hubs on one database, as in two processes."""

    def rows(connection):  # type: ignore[no-untyped-def]
        return connection.scalar(text("SELECT count(*) FROM live_texts"))

    async def main() -> None:
        whole = "hello, " * 20 + "!"
        async with (
            open_bells(database, tmp_path / "one") as one,
            open_bells(database, tmp_path / "one") as two,
            LiveHub.open(database, one if rung else Bells()) as worker,
            LiveHub.open(database, two if rung else Bells()) as server,
        ):
            frames = streamed("m", whole, 10)
            for frame in frames[:5]:
                worker.publish("s", frame)
                await asyncio.sleep(0.02)
            assert await database.read(rows) == 0, "nobody watches"
            watcher = asyncio.create_task(watched(server, "s", "!"))
            for frame in frames[5:]:
                worker.publish("s", frame)
                await asyncio.sleep(0.1)
            while not watcher.done():
                worker.publish("s", Progress("waiting"))
                await asyncio.sleep(0.1)
            assert [frame for frame in folded(watcher.result()) if isinstance(frame, TextDelta)] == [TextDelta("m", 0, whole)]
            worker.publish("s", TurnFinished(outcome=Cancelled(why="x")))

    asyncio.run(asyncio.wait_for(main(), 40))
