"""The relay without a network keeps what every relay promises."""

from __future__ import annotations

import asyncio

import pytest

from pullwright.models.mock.script import Answer, SaidCall, Trouble
from pullwright.models.relay.relay import Relay
from pullwright.models.relay.scripted import ScriptedRelay
from pullwright.protocol import errors
from pullwright.protocol.items import user_message
from pullwright.protocol.usage import Usage
from relay_orders import check, frames_of, order


def test_it_answers_in_order_and_remembers_what_it_was_asked() -> None:
    async def run() -> None:
        scripted = ScriptedRelay([Answer(text="one"), Answer(calls=(SaidCall("f", {}),), usage=Usage(input=5, output=1))])
        relay: Relay = scripted
        first = await frames_of(relay, order())
        second = await frames_of(relay, order(user_message("again"), temperature=1))
        assert first[-1].usage == Usage(input=relay.size(order())[0] // 4, output=1)
        assert second[-1].usage == Usage(input=5, output=1)
        assert [frame.item.raw[:100] for frame in second if frame.item]
        assert scripted.orders[1].fields == {"temperature": 1}
        assert relay.price(Usage(input=10**6)) == 1.0

    asyncio.run(run())


def test_it_fails_before_the_first_event_and_in_the_middle() -> None:
    async def run() -> None:
        relay = ScriptedRelay(
            [
                Trouble(status=429, headers={"retry-after": "3"}),
                Answer(text="long " * 100, piece=5, trouble=Trouble(cut_after=4000)),
                Answer(text="x", trouble=Trouble(malformed=True)),
            ]
        )
        with pytest.raises(errors.ModelBusy) as busy:
            await frames_of(relay, order())
        assert busy.value.retry_after == 3.0
        for _ in range(2):
            frames = await frames_of(relay, order())
            assert frames[-1].type == "response.failed"
            assert frames[-1].usage is None
        assert relay.under_way == 0

    asyncio.run(run())


def test_closing_a_slow_stream_ends_it() -> None:
    async def run() -> None:
        relay = ScriptedRelay([Answer(text="slow " * 9, piece=5, trouble=Trouble(pause=0.001))] * 2)
        stream = relay.stream(order())
        await anext(stream)
        assert relay.under_way == 1
        await stream.aclose()
        assert relay.under_way == 0
        check([frame async for frame in relay.stream(order())])

    asyncio.run(run())


def test_what_it_lacks_is_refused_by_name() -> None:
    relay = ScriptedRelay([], lacks=("truncation",))
    relay.check(order(temperature=1))
    with pytest.raises(errors.Unsupported) as refused:
        relay.check(order(truncation="auto"))
    assert refused.value.param == "truncation"


def test_it_counts_and_compacts() -> None:
    async def run() -> None:
        relay = ScriptedRelay([])
        asked = order(*(user_message(f"word {number}") for number in range(9)))
        short = await relay.compact(asked)
        assert len(short.items) == 2
        assert short.items[0] == asked.items[-1]
        assert await relay.count(asked) > await relay.count(order(*short.items)) > 0

    asyncio.run(run())
