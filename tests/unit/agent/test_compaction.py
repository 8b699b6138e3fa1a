"""Long conversations: masked, then summarised; smaller each time, nothing parted, what matters kept."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullwright.agent.compaction import mask, step_edges
from pullwright.agent.endings import Done, Stuck
from pullwright.agent.handover import read, written
from pullwright.agent.ledger import Ledger
from pullwright.models.model import ModelRequest
from pullwright.models.scripted import Reply
from pullwright.protocol.errors import ContextTooLong
from pullwright.protocol.events import Compacted, FilesChanged, Noticed, PlanStep, PlanUpdated, PrefixSent
from pullwright.protocol.inputs import Steer
from pullwright.protocol.items import FunctionCall, FunctionOutput, Item, Message, assistant_message, user_message
from pullwright.protocol.live import Progress, TextDelta
from sessions import Desk, Use, assert_paired, check, prompt

HANDOVER = '{"goal": "mend it", "decisions": ["keep the API"], "findings": ["a.py:3 is wrong"], "next": ["run tests"]}'


def talkative(rounds: int, handover: Any = HANDOVER) -> Any:
    """A model that prints a lot in each step, and gives `handover` when asked for one."""

    def reply(request: ModelRequest) -> Any:
        if b"<handover-request>" in request.items[-1].raw:
            return handover if isinstance(handover, Exception) else Reply(text=handover)
        state["calls"] += 1
        if state["calls"] > rounds:
            return Reply(text="done")
        return Reply(
            calls=(
                Use("sh", {"command": f"make {state['calls']}", "show": "long"}),
                Use("put", {"path": f"{state['calls']}.py", "text": "x"}),
            )
        )

    state = {"calls": 0}
    return reply


def test_old_outputs_are_masked_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, talkative(12), window=30_000)
    assert asyncio.run(desk.turn(prompt("mend it"))) == Done("done")
    first = desk.of(Compacted)[0]
    assert first.how == "masked"
    assert first.tokens_after < 0.7 * first.tokens_before
    texts = [raw for raw in first.items if b"characters left out" in bytes(raw)]
    assert texts
    assert b"exit code 0" in bytes(texts[0]), "head and tail of an output stay"
    check(desk)


def test_when_masking_is_not_enough_it_is_summarised(tmp_path: Path) -> None:
    desk = Desk(tmp_path, talkative(60), window=9_000)
    assert asyncio.run(desk.turn(prompt("mend the frobnicator"))) == Done("done")
    summarised = [event for event in desk.of(Compacted) if event.how == "summarised"]
    assert summarised
    shown = "".join(frame.text for frame in desk.live if isinstance(frame, TextDelta))
    assert "keep the API" not in shown, "what is written for the model is nothing that was said to the person"
    assert any(isinstance(frame, Progress) and frame.done for frame in desk.live)
    views = [Item(bytes(raw)).view for raw in summarised[-1].items]
    texts = [view.text for view in views if isinstance(view, Message)]
    assert any("<environment>" in text for text in texts)
    assert any("mend the frobnicator" in text for text in texts), "the person's words stay as they are"
    handover = next(text for text in texts if "<handover>" in text)
    for kept in ("keep the API", "a.py:3 is wrong", "run tests", "- 1.py", "`make "):
        assert kept in handover
    assert max(sum(len(item.raw) for item in request.items) for request in desk.model.requests) < 9_000 * 3.2
    check(desk)


def test_each_compaction_is_a_new_prefix_with_its_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, talkative(60), window=9_000)
    asyncio.run(desk.turn(prompt()))
    assert {event.reason for event in desk.of(PrefixSent)} == {"start", "compaction"}


def test_a_refusal_for_length_compacts_once_and_goes_on(tmp_path: Path) -> None:
    inner = talkative(6)
    state = {"refused": False}

    def reply(request: ModelRequest) -> Any:
        if len(request.items) > 10 and not state["refused"]:
            state["refused"] = True
            return ContextTooLong("too long")
        return inner(request)

    desk = Desk(tmp_path, reply)
    assert asyncio.run(desk.turn(prompt())) == Done("done")
    assert [event.how for event in desk.of(Compacted)] == ["masked", "summarised"]
    check(desk)


def test_without_a_summary_the_log_has_to_do(tmp_path: Path) -> None:
    for name, handover in {"empty": "", "too long": ContextTooLong("no")}.items():
        desk = Desk(tmp_path / name, talkative(40, handover), window=9_000)
        assert asyncio.run(desk.turn(prompt())) == Done("done")
        assert any("gave no summary" in event.text for event in desk.of(Noticed))
        assert any(b"Files changed (from the log)" in bytes(raw) for raw in desk.of(Compacted)[-1].items)
        check(desk)


def test_what_cannot_shrink_stops_with_a_plain_message(tmp_path: Path) -> None:
    desk = Desk(tmp_path, talkative(3), window=1_200, system="word " * 1500)
    ending = asyncio.run(desk.turn(prompt()))
    assert isinstance(ending, Stuck)
    assert "does not fit" in ending.why
    assert ending.fix


def test_the_summary_costs_like_any_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path, talkative(60), window=9_000)
    asyncio.run(desk.turn(prompt()))
    assert desk.state.spend.calls == len(desk.model.requests)


# --- parts ---------------------------------------------------------------------------------------


@st.composite
def conversations(draw: st.DrawFn) -> list[Item]:
    items: list[Item] = []
    for step in range(draw(st.integers(0, 8))):
        items.append(user_message("go")) if draw(st.booleans()) else None
        items.append(assistant_message("thinking")) if draw(st.booleans()) else None
        ids = [f"{step}.{number}" for number in range(draw(st.integers(0, 3)))]
        items += [Item.of(FunctionCall(call_id=name, name="sh", arguments="{}")) for name in ids]
        items += [Item.of(FunctionOutput(call_id=name, output="o" * draw(st.sampled_from([1, 5000])))) for name in ids]
    return items


@given(conversations())
def test_no_edge_parts_a_call_from_its_result(items: list[Item]) -> None:
    for edge in step_edges(items):
        assert_paired(items[:edge])
        assert_paired(items[edge:])


@given(conversations(), st.integers(0, 30))
def test_masking_keeps_every_item_and_never_grows(items: list[Item], until: int) -> None:
    masked = mask(items, until)
    assert [type(item.view) for item in masked] == [type(item.view) for item in items]
    assert all(len(new.raw) <= len(old.raw) for new, old in zip(masked, items, strict=True))
    assert masked[until:] == items[until:]


def test_a_handover_is_found_in_whatever_a_model_writes() -> None:
    assert read(f"Sure!\n```json\n{HANDOVER}\n```").goal == "mend it"
    assert read("I mended it.").notes == "I mended it."
    assert read('{"goal": {"a": 1}, "next": "one thing", "open": null}').next == ("one thing",)


def test_a_handover_says_plan_and_files_from_the_log() -> None:
    ledger = Ledger()
    ledger.see(PlanUpdated(plan=(PlanStep("look", "done"), PlanStep("mend"))))
    text = written(read(HANDOVER), ledger, ["a.py"])
    assert "[done] look" in text
    assert "[pending] mend" in text
    assert "Files read (from the log):\n- a.py" in text


def test_a_long_list_of_files_does_not_push_out_what_is_next(tmp_path: Path) -> None:
    """A change of thousands of files: the handover is cut to its share of the window, and its end is what goes."""

    def reply(request: ModelRequest) -> Any:
        if b"<handover-request>" in request.items[-1].raw:
            return Reply(text=HANDOVER)
        state["calls"] += 1
        return Reply(text="done") if state["calls"] > 60 else Reply(calls=(again(state["calls"]),))

    def again(number: int) -> Use:
        return Use("sh", {"command": f"make {number}", "show": "long"})

    state = {"calls": 0}
    desk = Desk(tmp_path, reply, window=9_000)
    ledger = Ledger()
    ledger.see(FilesChanged(call_id="c", paths=tuple(f"some/folder/file{n}.py" for n in range(5_000)), diff=""))
    assert asyncio.run(desk.turn(prompt(), ledger=ledger)) == Done("done")
    summarised = [event for event in desk.of(Compacted) if event.how == "summarised"]
    texts = [bytes(raw).decode() for event in summarised for raw in event.items if b"<handover>" in bytes(raw)]
    assert texts
    for text in texts:
        for kept in ("mend it", "run tests", "keep the API"):
            assert kept in text
    assert "(4900 more, changed earlier)" in written(read(HANDOVER), ledger, ())


def test_the_first_prompt_outlives_any_number_of_remarks(tmp_path: Path) -> None:
    """What all is about was said first; what was said since must not crowd it out."""
    desk = Desk(tmp_path, talkative(60), window=9_000)
    for number in range(40):
        desk.inbox.put(Steer(id=f"s{number}", text=f"remark {number}: " + "mind this, too. " * 12))
    assert asyncio.run(desk.turn(prompt("mend the frobnicator"))) == Done("done")
    summarised = [event for event in desk.of(Compacted) if event.how == "summarised"]
    assert summarised
    for event in summarised:
        said = [item.view.text for item in map(Item, map(bytes, event.items)) if isinstance(item.view, Message)]
        assert "mend the frobnicator" in said
        assert any("remark 39" in text for text in said)
    check(desk)


def test_asked_outside_of_the_schema_the_handover_is_a_new_prefix_that_is_announced(tmp_path: Path) -> None:
    """The schema is sent before the conversation: a request without it does not go on from the one before."""
    seen: list[tuple[bool, int]] = []
    play = talkative(30)

    def reply(request: ModelRequest) -> Any:
        seen.append((request.schema is None, len(desk.of(PrefixSent))))
        said = play(request)
        return Reply(text='"done"') if said.text == "done" else said

    desk = Desk(tmp_path, reply, window=9_000)
    assert asyncio.run(desk.turn(prompt(), schema={"type": "string"})) == Done('"done"')
    assert any(bare for bare, _ in seen)
    for (bare, told), (then_bare, then_told) in pairwise(seen):
        assert bare == then_bare or then_told > told
