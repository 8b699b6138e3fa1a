"""The model without a network: it answers, and holds its caller to the prefix."""

from __future__ import annotations

import asyncio

import pytest

from pullwright.models.model import Finished, ItemDone, ModelEvent, ModelRequest, Retried
from pullwright.models.scripted import Call, FreeCall, Reply, ScriptedModel
from pullwright.models.tokens import Estimator
from pullwright.protocol.errors import Bug, ModelBusy
from pullwright.protocol.items import CustomCall, FunctionCall, Item, output_for, user_message


def ask(model: ScriptedModel, items: list[Item], instructions: str = "") -> list[ModelEvent]:
    async def run() -> list[ModelEvent]:
        return [event async for event in model.stream(ModelRequest(instructions=instructions, tools=(), items=items))]

    return asyncio.run(run())


def test_it_says_what_it_was_told() -> None:
    model = ScriptedModel([Reply(text="hm", reasoning="so", calls=(Call("exec", {"a": 1}), FreeCall("patch", "x")), retries=1)])
    events = ask(model, [user_message("hi")])
    assert any(isinstance(event, Retried) for event in events)
    views = [event.item.view for event in events if isinstance(event, ItemDone)]
    assert [view.arguments for view in views if isinstance(view, FunctionCall)] == ['{"a":1}']
    assert [view.input for view in views if isinstance(view, CustomCall)] == ["x"]
    assert isinstance(events[-1], Finished)


def test_a_moved_prefix_is_a_bug_unless_announced() -> None:
    model = ScriptedModel(lambda request: Reply(text=str(len(request.items))))
    first, second = user_message("one"), user_message("two")
    ask(model, [first])
    ask(model, [first, second])
    with pytest.raises(Bug, match="earlier items changed"):
        ask(model, [second])
    with pytest.raises(Bug, match="instructions or tools changed"):
        ask(model, [first, second], "new")
    model.expect_new_prefix()
    ask(model, [second], "new")


def test_calls_and_outputs_pair() -> None:
    call = FunctionCall(call_id="c", name="exec", arguments="{}")
    model = ScriptedModel([Reply(), Reply()])
    with pytest.raises(Bug, match="do not pair"):
        ask(model, [Item.of(call)])
    ask(model, [Item.of(call), output_for(call, "ok")])


def test_errors_are_raised_and_the_end_is_a_bug() -> None:
    model = ScriptedModel([ModelBusy("busy", retry_after=3)])
    with pytest.raises(ModelBusy):
        ask(model, [])
    with pytest.raises(Bug, match="has 1 answers"):
        ask(model, [])


def test_estimates_learn_and_do_not_count_images_by_their_bytes() -> None:
    estimator = Estimator()
    plain = ModelRequest(instructions="x" * 3200, tools=(), items=[])
    assert 900 < estimator.estimate(plain) < 1100
    picture = user_message("see", ["data:image/png;base64," + "A" * 1_000_000])
    with_image = ModelRequest(instructions="x" * 3200, tools=(), items=[picture])
    assert 2000 < estimator.estimate(with_image) < 4000
    estimator.learn(plain, 800)
    assert 790 < estimator.estimate(plain) < 810
