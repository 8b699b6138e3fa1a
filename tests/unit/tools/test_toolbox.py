"""The tools together: what the model is told, how the calls of one step run."""

import asyncio
import re
from itertools import pairwise
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import Workbench, text_of

from pullwright.protocol.events import PlanStep, PlanUpdated
from pullwright.protocol.items import CustomCall, FunctionCall
from pullwright.protocol.policy import Effect, Mode
from pullwright.tools.ask_user import AskUser
from pullwright.tools.plan import Plan
from pullwright.tools.ripgrep import ripgrep
from pullwright.tools.schedule import run_calls
from pullwright.tools.toolbox import toolbox

ALL = [(family, mode) for family in ("openai", "anthropic", "other") for mode in ("code", "ask")]


@pytest.mark.parametrize(("family", "mode"), ALL)
def test_the_schemas_are_small_sorted_and_the_same_each_time(family: Literal["openai", "anthropic", "other"], mode: Mode) -> None:
    tools = toolbox(family, mode, network_on=True)
    names = [tool.spec.name for tool in tools]
    assert names == sorted(set(names))
    encoded = msgspec.json.encode([tool.spec for tool in tools])
    assert encoded == msgspec.json.encode([tool.spec for tool in toolbox(family, mode, network_on=True)])
    assert len(encoded) / 4 <= 1_700


def test_who_gets_what() -> None:
    def names(*args: object, **more: bool) -> set[str]:
        return {tool.spec.name for tool in toolbox(*args, **more)}  # type: ignore[arg-type]

    assert "apply_patch" in names("openai")
    assert {"edit", "write"} <= names("other")
    assert not {"edit", "write", "apply_patch"} & (names("other", "ask") | names("openai", "ask"))
    assert "fetch" not in names("other")
    assert "fetch" in names("other", network_on=True)


def test_descriptions_name_only_what_is_offered() -> None:
    for family, mode in ALL:
        tools = toolbox(family, mode)  # type: ignore[arg-type]
        names = {tool.spec.name for tool in tools}
        text = msgspec.json.encode([tool.spec for tool in tools]).decode()
        for other in {"apply_patch", "edit", "write", "fetch"} - names:
            assert not re.search(rf"\b{other}\b(?! tree)", text.replace("written", "")), (family, mode, other)


@pytest.mark.parametrize(
    "arguments", ["", "{", "[]", "7", '"x"', "null", '{"x": 1}', '{"path": 5}', '{"command": {}}', '{"edits": [1]}', "\ud800"]
)
def test_no_arguments_crash_a_tool(work: Workbench, arguments: str) -> None:
    for family in ("openai", "other"):
        for tool in toolbox(family, network_on=True):  # type: ignore[arg-type]
            for call in (
                FunctionCall(call_id="c", name=tool.spec.name, arguments=arguments),
                CustomCall(call_id="c", name=tool.spec.name, input=arguments),
            ):
                assert tool.effect(call) in ("read", "edit", "execute", "ask")
                assert tool.title(call)
                result = asyncio.run(tool.run(call, work.bench))
                assert result.ok in (True, False)
                assert result.output


def test_the_plan_is_logged_and_kept(work: Workbench) -> None:
    assert text_of(work.run(Plan(), steps=[{"text": "one", "status": "done"}, "two"])) == "ok"
    plan = (PlanStep("one", "done"), PlanStep("two"))
    assert work.bench.plan == plan
    assert work.events == [PlanUpdated(plan=plan)]
    assert Plan().title(work.function(Plan(), {"steps": [{"text": "x", "status": "done"}, "y"]})) == "1 of 2 done"
    wrong = work.run(Plan(), steps=[{"text": "x", "status": "finished"}])
    assert not wrong.ok
    assert 'status: "pending"|"in_progress"|"done"' in text_of(wrong)


def test_a_question_is_handed_on(work: Workbench) -> None:
    result = work.run(AskUser(), question="Which?", options=["a", "b"])
    assert result.asks == "Which?\n1. a\n2. b"
    assert not work.run(AskUser(), question=" ").ok
    assert "ends the turn" in AskUser(answerable=False).spec.description


def test_ripgrep_is_there() -> None:
    program = ripgrep()
    assert program
    assert program.is_file()


# --- schedule ------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["read", "edit", "execute", "ask"]), max_size=12))
def test_results_come_in_order_and_only_neighbouring_reads_overlap(effects: list[Effect]) -> None:
    spans: dict[int, tuple[int, int]] = {}
    clock = 0

    async def run(index: int) -> int:
        nonlocal clock
        clock += 1
        began = clock
        for _ in range(3):
            await asyncio.sleep(0)
        clock += 1
        spans[index] = (began, clock)
        return index

    results = asyncio.run(run_calls(range(len(effects)), lambda index: effects[index], run))
    assert results == list(range(len(effects)))
    for (one, two), (first, second) in zip(pairwise(effects), pairwise(sorted(spans)), strict=True):
        overlap = spans[second][0] < spans[first][1]
        assert overlap == (one == two == "read"), (one, two)


def test_no_more_than_the_width_at_once() -> None:
    running = most = 0

    async def run(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    asyncio.run(run_calls(range(20), lambda _: "read", run, width=3))
    assert most == 3


def test_an_exception_comes_as_it_is_and_cancels_the_others() -> None:
    cancelled: list[int] = []

    async def run(index: int) -> None:
        if index == 1:
            await asyncio.sleep(0)
            raise LookupError("lost")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(index)
            raise

    with pytest.raises(LookupError, match="lost"):
        asyncio.run(run_calls(range(3), lambda _: "read", run))
    assert sorted(cancelled) == [0, 2]
