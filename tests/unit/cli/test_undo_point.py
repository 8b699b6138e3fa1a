"""Where an undo goes back to: whole steps and turns only, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli.run.undo import point_before
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Checkpointed, Event, ModelCalled, Rewound, SessionStarted, TurnFinished, TurnStarted
from pullwright.protocol.outcomes import Succeeded


def session(*turns: int) -> list[Event]:
    """A log with turns of so many steps each; step s of turn t has the tree `t.s`, checkpointed while the next step runs."""
    events: list[Event] = [SessionStarted(session="s", project="p", pullwright="0")]
    for number, steps in enumerate(turns, 1):
        turn = f"t{number}"
        events.append(
            TurnStarted(
                turn=turn, mode="code", approval="full-auto", access="workspace-write", network="off", model="m", provider="p"
            )
        )
        for step in range(1, steps + 1):
            events.append(ModelCalled(turn=turn, step=step, model="m", provider="p"))
            if step > 1:
                events.append(Checkpointed(turn=turn, step=step - 1, tree=f"{number}.{step - 1}"))
        events.append(Checkpointed(turn=turn, step=steps, tree=f"{number}.{steps}"))
        events.append(TurnFinished(turn=turn, outcome=Succeeded(why="")))
    return numbered(events)


def numbered(events: list[Event]) -> list[Event]:
    import msgspec

    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, 1)]


def test_a_whole_turn_goes_back_to_the_end_of_the_one_before() -> None:
    events = session(2, 3)
    point = point_before(events, None)
    assert point.tree == "1.2"
    assert isinstance(events[point.seq - 1], TurnFinished)
    assert point_before(session(2), None).tree == ""


def test_steps_go_back_to_the_tree_of_the_step_before_though_it_was_kept_later() -> None:
    assert point_before(session(3), 1).tree == "1.2"
    assert point_before(session(3), 2).tree == "1.1"
    assert point_before(session(3), 3).tree == ""
    assert point_before(session(2, 1), 1).tree == "1.2"


def test_more_than_there_is_cannot_be_taken_back() -> None:
    with pytest.raises(FixSettings, match="only 2 steps"):
        point_before(session(2), 3)
    with pytest.raises(FixSettings, match="nothing more"):
        point_before([], None)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_undoing_one_by_one_ends_where_undoing_at_once_does(turns: list[int], data: st.DataObject) -> None:
    total = sum(turns)
    count = data.draw(st.integers(1, total))
    at_once = point_before(session(*turns), count)
    events = session(*turns)
    for _ in range(count):
        point = point_before(events, 1)
        events = numbered([*events, Rewound(to=point.seq, checkpoint=point.tree)])
    assert point == at_once


def test_what_was_taken_back_does_not_count_again() -> None:
    events = session(2, 2)
    first = point_before(events, None)
    events = numbered([*events, Rewound(to=first.seq, checkpoint=first.tree)])
    second = point_before(events, None)
    assert second.seq < first.seq
    assert second.tree == ""
    with pytest.raises(FixSettings):
        point_before(numbered([*events, Rewound(to=second.seq)]), None)
