"""Replay: one fold for live and resumed sessions; rewinds, compactions, spend, open questions."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.detached import detach
from pullwright.log.replay import SessionState
from pullwright.protocol.events import (
    ChangeMade,
    Checkpointed,
    Compacted,
    Event,
    InputReceived,
    ItemAdded,
    ModelCalled,
    PermissionAnswered,
    PermissionAsked,
    PlanStep,
    PlanUpdated,
    PrefixSent,
    Rewound,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    decode,
    encode,
    raw_item,
)
from pullwright.protocol.inputs import Prompt, RaiseBudget
from pullwright.protocol.items import FunctionCall, Item, Message, output_for, user_message
from pullwright.protocol.outcomes import ChangeSummary, NeedsInput, Succeeded
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Usage


def turn(name: str, at: float = 0.0, **more: bool) -> TurnStarted:
    return TurnStarted(
        mode="code",
        approval="suggest",
        access="workspace-write",
        network="off",
        model="m",
        provider="p",
        turn=name,
        time=at,
        **more,
    )


def said(text: str) -> ItemAdded:
    return ItemAdded(source="user", item=raw_item(user_message(text)))


def numbered(events: list[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, 1)]


def state(tmp_path: Path, *events: Event) -> SessionState:
    return SessionState.of(numbered(list(events)), FolderArtifacts(tmp_path))


def texts(state: SessionState) -> list[str]:
    return [item.view.text for item in state.items if isinstance(item.view, Message)]


def test_a_turn_from_begin_to_end(tmp_path: Path) -> None:
    call = FunctionCall(call_id="c1", name="exec", arguments="{}")
    change = ChangeSummary(branch="b", base="1", head="2")
    events: list[Event] = [
        SessionStarted(session="s", project="/p", pullwright="0"),
        turn("t", 10.0),
        InputReceived(input=Prompt(id="in", text="do", images=("data:image/png;base64,AAAA",))),
        PrefixSent(reason="start", model="m", instructions="be good", tools=msgspec.Raw(b"[]")),
        said("do"),
        ItemAdded(source="model", item=raw_item(Item.of(call)), step=1, time=11.0),
        ModelCalled(model="m", provider="p", usage=Usage(input=10, output=5), cost_usd=0.5, step=1, time=11.0),
        ToolStarted(call_id="c1", name="exec", effect="execute"),
    ]
    middle = state(tmp_path, *events)
    assert [item.call_id for item in middle.unanswered()] == ["c1"]
    assert list(middle.running) == ["c1"]
    assert middle.open
    events += [
        ToolFinished(call_id="c1", name="exec", ok=True, time=12.0),
        ItemAdded(source="tool", item=raw_item(output_for(call, "ok")), time=12.0),
        Checkpointed(tree="tree1", time=12.0),
        ModelCalled(model="m", provider="p", usage=Usage(input=20), cost_usd=None, step=2, time=14.0),
        ChangeMade(change=change),
        TurnFinished(outcome=Succeeded(why="done"), time=15.0),
    ]
    end = state(tmp_path, *events)
    assert not end.unanswered()
    assert not end.running
    assert not end.open
    assert (end.tree, end.change, end.outcome) == ("tree1", change, Succeeded(why="done"))
    assert end.prefix
    assert end.prefix.instructions == "be good"
    spend = end.spend
    assert (spend.calls, spend.unpriced, spend.steps, spend.cost_usd, spend.seconds, spend.usage.input) == (2, 1, 2, 0.5, 5.0, 30)
    assert end.inputs["in"] == Prompt(id="in", text="do", images=("data:image/png;base64,AAAA",))


def test_spend_adds_up_over_turns_and_a_resumed_turn_goes_on_counting(tmp_path: Path) -> None:
    called = ModelCalled(model="m", provider="p", cost_usd=1.0, step=1)
    at = msgspec.structs.replace
    now = state(
        tmp_path,
        turn("t1", 0.0),
        at(called, time=5.0),
        TurnFinished(outcome=Succeeded(why="x"), time=6.0),
        turn("t2", 100.0),
        at(called, time=101.0),
        turn("t2", 500.0, resumed=True),
        at(called, time=502.0, step=2),
    )
    assert (now.turn_spend.cost_usd, now.turn_spend.calls, now.turn_spend.steps, now.turn_spend.seconds) == (2.0, 2, 2, 3.0)
    assert (now.spend.cost_usd, now.spend.calls, now.spend.steps, now.spend.seconds) == (3.0, 3, 3, 9.0)


def test_compaction_replaces_the_conversation_and_a_rewind_brings_it_back(tmp_path: Path) -> None:
    plan = (PlanStep("one"),)
    summary = Compacted(how="summarised", tokens_before=9, tokens_after=1, items=(raw_item(user_message("summary")),))
    events: list[Event] = [
        said("a"),
        Checkpointed(tree="t1"),
        PlanUpdated(plan=plan),
        said("b"),
        summary,
        said("c"),
        Checkpointed(tree="t2"),
    ]
    assert texts(state(tmp_path, *events)) == ["summary", "c"]
    back = state(tmp_path, *events, Rewound(to=4, checkpoint="t1"))
    assert (texts(back), back.tree, back.plan) == (["a", "b"], "t1", plan)
    first = state(tmp_path, *events, Rewound(to=4), said("d"), Rewound(to=1))
    assert (texts(first), first.tree, first.plan) == (["a"], "", ())
    between = state(tmp_path, *events, Rewound(to=1), said("d"), Rewound(to=6))
    assert texts(between) == ["summary", "c"], "a rewind can go to what an earlier one left behind"
    later = state(tmp_path, *events, Rewound(to=1), said("d"), Rewound(to=9))
    assert texts(later) == ["a", "d"]


def test_permissions_stay_open_until_answered_and_session_answers_are_remembered(tmp_path: Path) -> None:
    asked = [PermissionAsked(id=name, call_id="c", tool="exec", effect="execute", title="x", scope="rm") for name in "abc"]
    answers = [
        PermissionAnswered(id="a", call_id="c", verdict="once", by="me"),
        PermissionAnswered(id="b", call_id="c", verdict="session", by="me"),
    ]
    waiting = TurnFinished(outcome=NeedsInput(why="?", question="c", asks="may I"))
    now = state(tmp_path, turn("t"), *asked, *answers, waiting)
    assert list(now.permissions) == ["c"]
    assert [grant.id for grant in now.grants] == ["b"]
    done = state(tmp_path, turn("t"), *asked, TurnFinished(outcome=Succeeded(why="x")))
    assert not done.permissions


def test_the_newest_budget_holds(tmp_path: Path) -> None:
    raised = [InputReceived(input=RaiseBudget(id=str(n), budget=Budget(usd=float(n)))) for n in (1, 2)]
    assert state(tmp_path, *raised).budget == Budget(usd=2.0)


def test_raised_ceilings_hold_for_their_turn_and_its_resume_and_no_longer(tmp_path: Path) -> None:
    """Else a later, smaller budget of the person's would be ignored."""
    raised = InputReceived(input=RaiseBudget(id="r", budget=Budget(usd=50.0)))
    assert state(tmp_path / "a", turn("t"), raised, turn("t")).budget == Budget(usd=50.0)
    assert state(tmp_path / "b", turn("t"), raised, turn("u")).budget is None


EVENTS = st.lists(
    st.one_of(
        st.text(max_size=5).map(said),
        st.just(said("data:image/png;base64,AAAA")),
        st.integers(0, 30).map(lambda to: Rewound(to=to)),
        st.lists(st.text(max_size=3), max_size=3).map(
            lambda kept: Compacted(
                how="masked", tokens_before=2, tokens_after=1, items=tuple(raw_item(user_message(text)) for text in kept)
            )
        ),
        st.text("ab", min_size=1, max_size=2).map(lambda tree: Checkpointed(tree=tree)),
        st.sampled_from(["t1", "t2"]).map(turn),
        st.just(TurnFinished(outcome=Succeeded(why="x"))),
        st.floats(0, 2).map(lambda cost: ModelCalled(model="m", provider="p", cost_usd=cost, step=1)),
    ),
    max_size=25,
)


def snapshot(state: SessionState) -> object:
    return (
        state.seq,
        [item.raw for item in state.items],
        state.tree,
        state.plan,
        state.spend,
        state.turn_spend,
        state.outcome,
        state.open,
    )


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_replay_of_what_was_logged_equals_the_live_state(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> None:
    artifacts = FolderArtifacts(tmp_path_factory.getbasetemp() / "replay")
    live = SessionState(artifacts)
    lines: list[bytes] = []
    for event in numbered(events):
        logged = detach(event, artifacts)
        live.apply(logged)
        lines.append(encode(logged))
    assert snapshot(SessionState.of(map(decode, lines), artifacts)) == snapshot(live)


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.data())
def test_a_rewind_is_the_state_as_it_was_then(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event], data: st.DataObject
) -> None:
    artifacts = FolderArtifacts(tmp_path_factory.getbasetemp() / "rewind")
    to = data.draw(st.integers(0, len(events)))
    then = SessionState.of(numbered(events[:to]), artifacts)
    rewound = SessionState.of(numbered([*events, Rewound(to=to)]), artifacts)
    assert [item.raw for item in rewound.items] == [item.raw for item in then.items]
    assert (rewound.tree, rewound.plan) == (then.tree, then.plan)
