"""The loop: what ends a turn, in which order things happen, and what the log then says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pullwright.agent.act import CUT
from pullwright.agent.endings import Asked, Done, Gone, OutOfBudget, Stopped, Stuck
from pullwright.agent.permissions import Policy
from pullwright.agent.starting import INTERRUPTED, NOT_BEGUN, RESUMED
from pullwright.models.scripted import Reply
from pullwright.protocol.errors import ModelRefused
from pullwright.protocol.events import (
    BudgetReached,
    Checkpointed,
    InputReceived,
    ItemAdded,
    ModelCalled,
    ModelRetried,
    Noticed,
    PrefixSent,
    ToolFinished,
    ToolStarted,
)
from pullwright.protocol.inputs import Answer, Interrupt, RaiseBudget, Steer
from pullwright.protocol.items import FunctionOutput, Item, Message
from pullwright.protocol.live import TextDelta
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Usage
from sessions import SHOWN, Desk, Use, budget, check, prompt


def outputs(desk: Desk) -> list[str]:
    """The tool results in the conversation."""
    views = [item.view for item in desk.state.items]
    return [str(view.output) for view in views if isinstance(view, FunctionOutput)]


def said(desk: Desk, role: str) -> list[str]:
    views = [item.view for item in desk.state.items]
    return [view.text for view in views if isinstance(view, Message) and view.role == role]


def test_a_turn_ends_with_the_last_message(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("peek", {"path": "a.py"}),)), Reply(text="It says x.")], files={"a.py": "x"})
    assert asyncio.run(desk.turn(prompt())) == Done("It says x.")
    assert outputs(desk) == ["x"]
    assert [type(event).__name__ for event in desk.events] == [
        "SessionStarted",
        "TurnStarted",
        "PrefixSent",
        "ItemAdded",  # the environment
        "InputReceived",
        "ItemAdded",  # the prompt
        "ModelCalled",
        "ItemAdded",  # the call
        "ToolStarted",
        "ToolFinished",
        "ItemAdded",  # its result
        "ModelCalled",
        "ItemAdded",  # the last message
        "TurnFinished",
    ]
    check(desk)


def test_text_streams_as_live_frames_with_offsets(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(text="Hello there", retries=1)])
    asyncio.run(desk.turn(prompt()))
    frames = [frame for frame in desk.live if isinstance(frame, TextDelta)]
    whole = [frame for frame in frames if frame.item != "broken"]
    assert "".join(frame.text for frame in whole) == "Hello there"
    assert [frame.offset for frame in whole] == [0, 5]
    assert len(desk.of(ModelRetried)) == 1
    assert [(event.stop, event.usage.estimated) for event in desk.of(ModelCalled)] == [("cut", True), ("completed", False)]
    assert desk.state.spend.cost_usd == 0.002, "what the broken answer gave was paid for"


def test_reading_calls_run_side_by_side_and_others_in_order(tmp_path: Path) -> None:
    from pullwright.tools.tool import Bench, ToolResult
    from sessions import FakeTool

    running: list[str] = []
    most: list[int] = []

    def tool(name: str, effect: Any) -> FakeTool:
        async def does(arguments: dict[str, Any], bench: Bench, call_id: str) -> ToolResult:
            running.append(name)
            most.append(len(running))
            assert effect == "read" or running == [name], "a call that can change something runs alone"
            assert call_id in {event.call_id for event in desk.of(ToolStarted)}, "whoever watches sees that it runs"
            for _ in range(3):
                await asyncio.sleep(0)
            running.remove(name)
            return ToolResult(output=str(arguments["n"]))

        return FakeTool(name, effect, does)

    uses = tuple(Use(name, {"n": n}) for n, name in enumerate(["look", "look", "look", "do", "do", "look"]))
    desk = Desk(tmp_path, [Reply(calls=uses), Reply(text="done")], tools=[tool("look", "read"), tool("do", "execute")])
    asyncio.run(desk.turn(prompt()))
    assert max(most) == 3
    assert outputs(desk) == ["0", "1", "2", "3", "4", "5"]


def test_an_unknown_tool_is_answered_with_those_there_are(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("nonsense"),)), Reply(text="ok")])
    asyncio.run(desk.turn(prompt()))
    assert outputs(desk) == ["There is no tool `nonsense`. The tools are: ask, crash, lose, peek, put, sh."]


def test_a_fault_of_ours_in_a_tool_is_a_result_and_a_notice(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("crash"),)), Reply(text="ok")])
    assert asyncio.run(desk.turn(prompt())) == Done("ok")
    assert "ZeroDivisionError" in outputs(desk)[0]
    assert [event.level for event in desk.of(Noticed)] == ["error"]


def test_a_lost_sandbox_ends_the_turn_with_every_call_answered(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("peek", {"path": "a"}), Use("lose"), Use("sh", {"command": "x"})))])
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Gone)
    assert str(ending.error) == "the sandbox died"
    assert outputs(desk)[1:] == [INTERRUPTED, NOT_BEGUN]
    check(desk)


def test_a_model_that_refuses_the_key_keeps_its_fix(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [ModelRefused("401", fix="pullwright login")])
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Gone)
    assert ending.error.fix == "pullwright login"


@pytest.mark.parametrize("reply", [Reply(), Reply(reasoning="hm"), Reply(text="  \n")])
def test_an_empty_answer_is_nudged_and_then_ends_the_turn(tmp_path: Path, reply: Reply) -> None:
    desk = Desk(tmp_path, [reply, Reply(calls=(Use("peek", {"path": "a"}),)), reply, reply, reply])
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Stuck)
    assert sum("neither text nor a tool call" in text for text in said(desk, "developer")) == 3


def test_nothing_of_a_cut_answer_is_executed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("put", {"path": "a", "text": "half"}),), stop="max_output"), Reply(text="ok")])
    asyncio.run(desk.turn(prompt()))
    assert outputs(desk) == [CUT]
    assert desk.workspace.files == {}


def test_going_in_circles_is_told_and_then_stopped(tmp_path: Path) -> None:
    a, b = Reply(calls=(Use("sh", {"command": "a"}),)), Reply(calls=(Use("sh", {"command": "b", "exit": 1}),))
    desk = Desk(tmp_path, [a, b] * 20)
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Stuck)
    notes = [text for text in said(desk, "developer") if "repeating yourself" in text]
    assert 1 <= len(notes) <= 4
    assert len(desk.model.requests) == 12
    check(desk)


# --- checkpoints ---------------------------------------------------------------------------------


def test_a_checkpoint_is_taken_while_the_model_thinks(tmp_path: Path) -> None:
    uses = [Reply(calls=(Use("put", {"path": "a.py", "text": str(n)}),)) for n in range(3)]
    desk = Desk(tmp_path, [*uses, Reply(text="ok", seconds=0.01)])
    asyncio.run(desk.turn(prompt()))
    taken = desk.of(Checkpointed)
    assert [event.step for event in taken] == [1, 2, 3]
    assert desk.workspace.checkpoints == [{"a.py": "0"}, {"a.py": "1"}, {"a.py": "2"}]


def test_the_next_request_does_not_wait_for_a_checkpoint_but_the_next_change_does(tmp_path: Path) -> None:
    order: list[str] = []
    desk = Desk(tmp_path, lambda request: order.append("request") or replies.pop(0))
    replies = [
        Reply(calls=(Use("put", {"path": "a", "text": "1"}),)),
        Reply(calls=(Use("peek", {"path": "a"}), Use("put", {"path": "a", "text": "2"}))),
        Reply(text="ok"),
    ]
    seen: list[str] = []

    async def slow(_: object) -> None:
        order.append("begin")
        for _ in range(200):
            await asyncio.sleep(0)
        seen.append(desk.workspace.files["a"])
        order.append("end")

    asyncio.run(desk.turn(prompt(), checkpoint=slow))
    assert order.index("request", 1) < order.index("end")
    assert seen[:2] == ["1", "2"], "a checkpoint never sees the next change"
    assert seen[2:] == ["2"], "the last one: a command that was left running may have written since"


def test_a_failing_checkpoint_ends_the_turn(tmp_path: Path) -> None:
    from pullwright.protocol.errors import FixMachine

    async def full(_: object) -> None:
        raise FixMachine("the disk is full")

    desk = Desk(tmp_path, [Reply(calls=(Use("put", {"path": "a", "text": "1"}),)), Reply(text="ok")], checkpoint=full)
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Gone)
    assert "disk is full" in str(ending.error)


# --- inputs --------------------------------------------------------------------------------------


def test_a_remark_is_heard_before_the_next_request(tmp_path: Path) -> None:
    async def go() -> Desk:
        def reply(request: Any) -> Reply:
            if len(desk.model.requests) == 1:
                desk.inbox.put(Steer(id="s1", text="use tabs"))
                return Reply(calls=(Use("peek", {"path": "a"}),))
            return Reply(text="ok")

        desk = Desk(tmp_path, reply)
        await desk.turn(prompt())
        return desk

    desk = asyncio.run(go())
    assert "use tabs" in said(desk, "user")
    assert b"use tabs" in desk.model.requests[1].items[-1].raw
    check(desk)


def test_a_remark_during_the_last_message_keeps_the_turn_going(tmp_path: Path) -> None:
    async def go() -> tuple[Desk, Any]:
        def reply(request: Any) -> Reply:
            if len(desk.model.requests) == 1:
                desk.inbox.put(Steer(id="s1", text="and the docs"))
                return Reply(text="done")
            return Reply(text="docs too")

        desk = Desk(tmp_path, reply)
        return desk, await desk.turn(prompt())

    desk, ending = asyncio.run(go())
    assert ending == Done("docs too")
    assert [event.input.id for event in desk.of(InputReceived)][1:] == ["s1"]


@pytest.mark.parametrize("after", range(0, 60, 3))
def test_an_interrupt_stops_whatever_runs_and_the_next_turn_goes_on(tmp_path: Path, after: int) -> None:
    uses = (
        Use("peek", {"path": "a"}),
        Use("peek", {"path": "b"}),
        Use("put", {"path": "a", "text": "1"}),
        Use("sh", {"command": "x", "turns": 30}),
    )

    async def go() -> tuple[Desk, Any, Any]:
        desk = Desk(tmp_path, [Reply(calls=uses)] + [Reply(text="ok")] * 3)
        turn = asyncio.create_task(desk.turn(prompt()))
        for _ in range(after):
            await asyncio.sleep(0)
        desk.inbox.put(Interrupt(id="i1", reason="stop it"))
        first = await turn
        check(desk)
        second = await desk.turn(prompt("go on"))
        return desk, first, second

    desk, first, second = asyncio.run(go())
    assert isinstance(first, Stopped | Done)
    assert second in {Done("ok"), Stopped("stop it")}
    check(desk)
    if isinstance(first, Stopped):
        assert any("interrupted the turn: stop it" in text for text in said(desk, "developer"))
        assert [event.input.id for event in desk.of(InputReceived)].count("i1") == 1


def test_tearing_down_at_any_await_leaves_a_valid_log(tmp_path: Path) -> None:
    uses = (
        Use("peek", {"path": "a"}),
        Use("peek", {"path": "b"}),
        Use("put", {"path": "a", "text": "1"}),
        Use("sh", {"command": "x", "turns": 2}),
    )

    async def go(folder: Path, after: int) -> bool:
        desk = Desk(folder, [Reply(calls=uses), Reply(calls=uses[:2])] + [Reply(text="ok")] * 3, files={"a": "0"})
        turn = asyncio.create_task(desk.turn(prompt()))
        for _ in range(after):
            await asyncio.sleep(0)
        cut = turn.cancel()
        try:
            await turn
        except asyncio.CancelledError:
            check(desk)
            assert desk.workspace.files == (desk.workspace.checkpoints or [{"a": "0"}])[-1] or not desk.workspace.checkpoints
        assert await desk.turn(prompt("go on")) == Done("ok")
        check(desk)
        desk.close()
        return cut

    after = 1
    while asyncio.run(go(tmp_path / str(after), after)):
        after += 1
    assert after > 20


def test_taken_up_without_an_input_the_model_is_told_what_was_interrupted(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(tmp_path, [Reply(calls=(Use("sh", {"command": "x"}), Use("peek", {"path": "a"}))), Reply(text="ok")])
        agent = desk.prepare()
        await agent.recorder.record()
        agent.begin_prefix("start")
        await agent.say("user", *agent.opening)
        call = Item(b'{"type":"function_call","call_id":"c1","name":"sh","arguments":"{\\"command\\":\\"make\\"}"}')
        await agent.say("model", call)  # and here the process was killed
        desk.opening.cancel()
        desk.model._answers = [Reply(text="ok")]
        assert await desk.turn() == Done("ok")
        return desk

    desk = asyncio.run(go())
    assert outputs(desk) == [INTERRUPTED]
    assert any(RESUMED in text for text in said(desk, "developer"))
    assert len(desk.of(PrefixSent)) == 1, "a resume keeps the prefix"


def test_another_model_starts_a_new_prefix(tmp_path: Path) -> None:
    from pullwright.models.scripted import ScriptedModel

    async def go() -> Desk:
        desk = Desk(tmp_path, [Reply(text="one"), Reply(text="two")])
        await desk.turn(prompt())
        await desk.turn(prompt(), system="Other words after an upgrade.")
        desk.model = ScriptedModel([Reply(text="three")], name="other")
        await desk.turn(prompt(), system="Other words after an upgrade.")
        return desk

    desk = asyncio.run(go())
    assert [(event.reason, event.instructions) for event in desk.of(PrefixSent)] == [
        ("start", "You are a test."),
        ("model", "Other words after an upgrade."),
    ]


# --- budgets -------------------------------------------------------------------------------------

LOOK = [Reply(calls=(Use("peek", {"path": f"{n}"}),), usage=Usage(input=900, output=100)) for n in range(30)]


@pytest.mark.parametrize(
    ("ceilings", "calls"), [({"steps": 5}, 5), ({"tokens": 5000}, 5), ({"usd": 0.0049}, 5)], ids=["steps", "tokens", "usd"]
)
def test_a_hard_ceiling_stops_and_a_soft_one_is_told_once(tmp_path: Path, ceilings: dict[str, Any], calls: int) -> None:
    desk = Desk(tmp_path, LOOK, budget=budget(**ceilings))
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, OutOfBudget)
    assert ending.ceiling in ceilings
    assert len(desk.of(ModelCalled)) == calls
    assert [event.level for event in desk.of(BudgetReached)] == ["soft", "hard"]
    assert sum("<budget>" in text for text in said(desk, "developer")) == 1
    check(desk)


def test_time_cuts_off_a_running_tool(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("sh", {"command": "x", "turns": 10**9}),))], budget=budget(seconds=0.2))
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, OutOfBudget)
    assert outputs(desk) == [INTERRUPTED]


def test_an_unknown_price_is_said_and_never_counts_as_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(text="ok")], budget=budget(usd=1.0))
    desk.model._cost_usd = None
    asyncio.run(desk.turn(prompt()))
    assert "price of scripted is unknown" in desk.of(Noticed)[0].text
    assert desk.state.spend.unpriced == 1


def test_a_soft_ceiling_asks_where_somebody_is_there(tmp_path: Path) -> None:
    async def go(given: Any) -> tuple[Desk, Any]:
        folder = tmp_path / given.id
        desk = Desk(folder, [*LOOK[:6], Reply(text="ok")], budget=budget(steps=5), policy=Policy(answerable=True))
        turn = asyncio.create_task(desk.turn(prompt()))
        while not desk.state.permissions:
            await asyncio.sleep(0.001)
        (question,) = desk.state.permissions
        desk.inbox.put(given if isinstance(given, RaiseBudget) else Answer(id=given.id, question=question, verdict=given.verdict))
        return desk, await turn

    _, ending = asyncio.run(go(RaiseBudget(id="more", budget=Budget(steps=50))))
    assert ending == Done("ok")
    _, ending = asyncio.run(go(Answer(id="on", question="", verdict="once")))
    assert isinstance(ending, OutOfBudget)
    _, ending = asyncio.run(go(Answer(id="off", question="", verdict="no")))
    assert isinstance(ending, Stopped)


# --- structured output ---------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def test_a_last_message_in_a_schema_is_corrected_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(text='{"n": "one"}'), Reply(text='{"n": 1}')], schema=SCHEMA)
    assert asyncio.run(desk.turn(prompt())) == Done('{"n": 1}')
    assert desk.model.requests[0].schema == SCHEMA
    again = Desk(tmp_path / "again", [Reply(text="no"), Reply(text="no")], schema=SCHEMA)
    ending = asyncio.run(again.turn(prompt()))
    assert isinstance(ending, Stuck)
    assert "not JSON" in ending.why


def test_a_secret_in_output_reaches_neither_model_nor_log(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("sh", {"command": "env", "show": "secret"}),)), Reply(text="ok")])
    assert "hunter2" in SHOWN["secret"]
    asyncio.run(desk.turn(prompt()))
    assert outputs(desk) == ["KEY=[redacted]\nexit code 0"]
    check(desk)


def test_tool_events_frame_each_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("sh", {"command": "x"}), Use("put", {"path": "a", "text": "b"}))), Reply(text="ok")])
    asyncio.run(desk.turn(prompt()))
    names = [(type(event).__name__, event.name) for event in desk.events if isinstance(event, ToolStarted | ToolFinished)]
    assert names == [("ToolStarted", "sh"), ("ToolFinished", "sh"), ("ToolStarted", "put"), ("ToolFinished", "put")]
    assert all(event.step == 1 for event in desk.of(ToolStarted))
    assert [event.source for event in desk.of(ItemAdded)] == ["pullwright", "user", "model", "model", "tool", "tool", "model"]


def test_a_question_without_anybody_waits_in_the_log(tmp_path: Path) -> None:
    async def go() -> tuple[Desk, Any, Any]:
        desk = Desk(tmp_path, [Reply(calls=(Use("ask", {"question": "Tabs?"}), Use("sh", {"command": "x"}))), Reply(text="ok")])
        first = await desk.turn(prompt())
        check(desk)
        assert isinstance(first, Asked)
        second = await desk.turn(Answer(id="a1", question=first.question, text="Spaces."))
        return desk, first, second

    desk, first, second = asyncio.run(go())
    assert first.asks == "Tabs?"
    assert second == Done("ok")
    assert outputs(desk) == ["Spaces.", "done\nexit code 0"]
    check(desk)


# --- taking up what an earlier turn left ---------------------------------------------------------


def test_cut_calls_again_and_again_end_the_turn(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(calls=(Use("put", {"path": "a", "text": "half"}),), stop="max_output")] * 9)
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Stuck)
    assert len(desk.model.requests) == 3
    check(desk)


@pytest.mark.parametrize("answer", ["once", "no", "raise", "prompt", "nothing"])
def test_a_question_on_the_budget_waits_for_the_next_turn(tmp_path: Path, answer: Any) -> None:
    async def go() -> tuple[Desk, Any]:
        policy = Policy(answerable=True, patience=0.01)
        desk = Desk(tmp_path, [*LOOK[:4], Reply(text="ok")], budget=budget(steps=5), policy=policy)
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        check(desk)
        given = {
            "once": [Answer(id="a", question=first.question, verdict="once")],
            "no": [Answer(id="a", question=first.question, verdict="no")],
            "raise": [RaiseBudget(id="r", budget=Budget(steps=50))],
            "prompt": [prompt("never mind")],
            "nothing": [],
        }[answer]
        return desk, await desk.turn(*given)

    desk, ending = asyncio.run(go())
    assert isinstance(ending, {"no": Stopped, "nothing": Asked}.get(answer, Done))
    assert bool(desk.state.permissions) == (answer == "nothing")
    check(desk)


def test_a_remark_instead_of_an_answer_is_kept_while_the_question_waits(tmp_path: Path) -> None:
    async def go() -> tuple[Desk, Any]:
        desk = Desk(tmp_path, [Reply(calls=(Use("ask", {"question": "Tabs?"}),)), Reply(text="ok")])
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        assert await desk.turn(Steer(id="s", text="hurry")) == first
        assert desk.agent is not None
        unread = desk.agent.inputs.unread
        assert [given.id for given in unread] == ["s"]
        return desk, await desk.turn(*unread, Answer(id="a", question=first.question, text="No."))

    desk, ending = asyncio.run(go())
    assert ending == Done("ok")
    assert said(desk, "user")[-1] == "hurry"
    assert outputs(desk) == ["No."]


def test_an_interrupt_that_was_there_first_stops_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [Reply(text="never")])
    assert asyncio.run(desk.turn(prompt(), Interrupt(id="i", reason="no", by="ann"))) == Stopped("no", "ann")
    assert not desk.model.requests
    check(desk)


def test_usage_that_never_arrived_is_estimated_and_counted(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(tmp_path, [Reply(text="a long answer", seconds=30, retries=0)])
        turn = asyncio.create_task(desk.turn(prompt()))

        async def cut(frame: object) -> None:
            desk.inbox.put(Interrupt(id="i"))

        stream = desk.model.stream

        async def slow(request: Any) -> Any:
            from pullwright.models.model import Delta

            yield Delta("text", "m1", "a long")
            await cut(request)
            async for event in stream(request):
                yield event

        desk.model.stream = slow  # type: ignore[method-assign]
        await turn
        return desk

    desk = asyncio.run(go())
    (called,) = desk.of(ModelCalled)
    assert called.stop == "cut"
    assert called.usage.estimated
    assert called.usage.input > 0
    assert called.cost_usd == 0.001, "a price that is known holds for what is estimated, too"
    assert desk.state.spend.unpriced == 0


def test_a_call_that_is_stopped_before_its_first_word_is_counted_too(tmp_path: Path) -> None:
    """A reasoning model may think for minutes before it says anything, and is paid for it."""

    async def go() -> Desk:
        desk = Desk(tmp_path, [Reply(text="late", seconds=30)])
        turn = asyncio.create_task(desk.turn(prompt()))
        while not desk.model.requests:
            await asyncio.sleep(0)
        desk.inbox.put(Interrupt(id="i"))
        assert isinstance(await turn, Stopped)
        return desk

    (called,) = asyncio.run(go()).of(ModelCalled)
    assert (called.stop, called.usage.estimated, called.cost_usd) == ("cut", True, 0.001)
    assert called.usage.input > 0
