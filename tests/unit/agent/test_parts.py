"""Budgets, repetition, schemas, inputs and checkpoints, each on its own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pullwright.agent.agent import Agent
from pullwright.agent.budgets import Meter
from pullwright.agent.conversation import Conversation
from pullwright.agent.endings import Stopped, TurnEnded
from pullwright.agent.inputs import Halt
from pullwright.agent.repetition import STOP_AT, TELL_AT, Repetition
from pullwright.agent.schemas import mismatch
from pullwright.agent.streaming import Answer
from pullwright.models.model import ItemDone, Retried
from pullwright.protocol.items import Call, FunctionCall, Item, Message, assistant_message, output_for
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend, Usage
from sessions import Desk

# --- repetition ----------------------------------------------------------------------------------


def play(watch: Repetition, *steps: tuple[str, str]) -> list[str]:
    """The verdicts after steps of one call each, `(command, output)`."""
    said: list[str] = []
    for command, output in steps:
        call = FunctionCall(call_id="c", name="exec", arguments=command)
        said.append(watch.step([call], [output_for(call, output)]))
    return said


def test_the_same_again_is_told_then_stopped() -> None:
    said = play(Repetition(), *[("a", "x")] * STOP_AT)
    assert said.index("tell") == TELL_AT - 1
    assert said[-1] == "stop"


@pytest.mark.parametrize("length", [2, 3])
def test_circles_of_more_steps_too(length: int) -> None:
    circle = [(str(n), "x") for n in range(length)]
    said = play(Repetition(), *circle * STOP_AT)
    assert said.index("tell") < length * TELL_AT
    assert said.index("stop") == length * STOP_AT - 1


def test_other_results_are_progress() -> None:
    assert set(play(Repetition(), *[("a", f"{n} left to do") for n in range(30)])) == {""}
    assert set(play(Repetition(), *[(f"{n}", "x") for n in range(30)])) == {""}


def test_times_and_addresses_are_no_progress() -> None:
    outputs = [f"1 failed in 0.{n}s at 0x7f{n} 12:00:{n:02d}" for n in range(10, 10 + STOP_AT)]
    assert play(Repetition(), *[("a", output) for output in outputs])[-1] == "stop"


def test_waiting_is_not_going_in_circles() -> None:
    watch = Repetition({"exec"})
    assert set(play(watch, *[("a", "still running")] * 30)) == {""}


# --- budgets -------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_soft_ceiling_is_told_once_and_again_when_raised() -> None:
    meter = Meter(Budget(steps=10, tokens=100), Clock(), Spend())
    for _ in range(8):
        meter.step()
    meter.called(Usage(input=70, output=10), None)
    assert {meter.soft().ceiling, meter.soft().ceiling} == {"steps", "tokens"}  # type: ignore[union-attr]
    assert meter.soft() is None
    meter.raised(Budget(steps=10))
    assert meter.soft() is not None
    assert meter.hard() is None


def test_an_interrupted_turn_goes_on_counting_where_it_was() -> None:
    clock = Clock()
    meter = Meter(Budget(steps=10, seconds=60), clock, Spend(steps=9, seconds=50.0))
    assert meter.step() == 10
    clock.now = 9.0
    assert meter.seconds_left == 1.0
    assert meter.hard() is not None


def test_time_up_follows_a_changed_ceiling() -> None:
    async def go() -> Any:
        import time

        meter = Meter(Budget(seconds=3600), time.monotonic, Spend())
        waiting = asyncio.create_task(meter.time_up())
        await asyncio.sleep(0)
        meter.raised(Budget(seconds=0.01))
        return await waiting

    assert asyncio.run(go()).ceiling == "seconds"


# --- halting -------------------------------------------------------------------------------------


def test_a_halt_is_told_apart_from_a_cancellation() -> None:
    async def work(halt: Halt, inner: list[str]) -> None:
        async with halt:
            try:
                await asyncio.sleep(3600)
            finally:
                inner.append("cleaned")

    async def go(how: str) -> list[str]:
        halt, inner = Halt(), list[str]()
        task = asyncio.create_task(work(halt, inner))
        await asyncio.sleep(0)
        if how in {"halt", "both"}:
            halt.now(Stopped("enough"))
        if how in {"cancel", "both"}:
            task.cancel()
        try:
            await task
        except TurnEnded as end:
            inner.append(f"ended: {end.ending}")
        except asyncio.CancelledError:
            inner.append("cancelled")
        return inner

    assert asyncio.run(go("halt")) == ["cleaned", f"ended: {Stopped('enough')}"]
    assert asyncio.run(go("cancel")) == ["cleaned", "cancelled"]
    assert asyncio.run(go("both")) == ["cleaned", "cancelled"]


def test_a_halt_after_the_work_is_over_does_nothing() -> None:
    async def go() -> None:
        halt = Halt()
        async with halt:
            pass
        halt.now(Stopped("late"))
        await asyncio.sleep(0)

    asyncio.run(go())


# --- schemas -------------------------------------------------------------------------------------

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]+$"},
                "kind": {"enum": ["leaf", "branch"]},
                "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name", "kind"],
            "additionalProperties": False,
        }
    },
}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"name": "a", "kind": "leaf"}', ""),
        ('{"name": "a", "kind": "branch", "size": null, "children": [{"name": "b", "kind": "leaf", "size": 3}]}', ""),
        ("```json\n{}\n```", "not JSON"),
        ("[]", "not of type object"),
        ('{"name": "a"}', "$ lacks kind"),
        ('{"name": "A", "kind": "leaf"}', "$.name does not match"),
        ('{"name": "a", "kind": "twig"}', "$.kind is not one of"),
        ('{"name": "a", "kind": "leaf", "size": "big"}', "$.size is not of type integer"),
        ('{"name": "a", "kind": "leaf", "size": true}', "$.size is not of type"),
        ('{"name": "a", "kind": "leaf", "more": 1}', "$.more is not allowed"),
        ('{"name": "a", "kind": "branch", "children": [{"name": "b"}]}', "$.children[0] lacks kind"),
    ],
)
def test_a_mismatch_names_its_place(text: str, wrong: str) -> None:
    found = mismatch(text, TREE)
    assert wrong in found
    assert bool(found) == bool(wrong)


def test_marks_of_steps_do_not_depend_on_call_ids() -> None:
    calls: list[Call] = [FunctionCall(call_id=f"c{n}", name="exec", arguments="{}") for n in range(STOP_AT)]
    watch = Repetition()
    assert [watch.step([call], [Item(output_for(call, "x").raw)]) for call in calls][-1] == "stop"


# --- one model call ------------------------------------------------------------------------------


def test_what_a_broken_answer_gave_is_void(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [])
    agent = asyncio.run(_prepared(desk))
    answer = Answer(agent)
    for event in (ItemDone(assistant_message("half")), Retried(1, "cut", None, 0.0), ItemDone(assistant_message("whole"))):
        answer.take(event)
    assert [item.view.text for item in answer.items if isinstance(item.view, Message)] == ["whole"]


async def _prepared(desk: Desk) -> Agent:
    agent = desk.prepare()
    desk.opening.cancel()
    return agent


def test_the_providers_count_replaces_the_estimate() -> None:
    conversation = Conversation(lambda instructions, tools, items: 1000 * len(items))
    conversation.add(assistant_message("a"), assistant_message("b"))
    assert conversation.tokens == 2000
    conversation.counted(Usage(input=30, output=12))
    assert conversation.tokens == 42
    conversation.add(assistant_message("c"))
    assert conversation.tokens == 1042
    conversation.counted(Usage(input=7, estimated=True))
    assert conversation.tokens == 1042
