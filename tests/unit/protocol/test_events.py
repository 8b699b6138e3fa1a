"""Events survive the log byte for byte, old records are read, and money is never shown as nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.protocol import events
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer, Interrupt, Prompt, RaiseBudget, Steer
from pullwright.protocol.items import user_message
from pullwright.protocol.outcomes import Failed, NeedsInput, Succeeded
from pullwright.protocol.policy import Budget, NetworkPolicy, NetworkRule
from pullwright.protocol.usage import Spend, Usage, money

usages = st.builds(
    Usage, input=st.integers(0, 10**6), cached=st.integers(0, 10**6), output=st.integers(0, 10**6), estimated=st.booleans()
)


@given(usages, st.none() | st.floats(0, 100))
def test_an_event_reads_back_as_written(usage: Usage, cost: float | None) -> None:
    event = events.ModelCalled(model="m", provider="p", usage=usage, cost_usd=cost, seq=3, time=1.5, turn="turn_1", step=2)
    assert events.decode(events.encode(event)) == event


@given(st.text())
def test_an_item_in_an_event_keeps_its_bytes(text: str) -> None:
    item = user_message(text)
    event = events.ItemAdded(source="user", item=events.raw_item(item), seq=1)
    line = events.encode(event)
    assert b"\n" not in line
    again = events.decode(line)
    assert isinstance(again, events.ItemAdded)
    assert events.item_of(again.item) == item


def test_every_input_and_outcome_goes_through_an_event() -> None:
    for given_input in (
        Prompt(id="1", text="x", images=("data:,",)),
        Steer(id="2", text="y"),
        Answer(id="3", question="q", verdict="no", text="rather not"),
        Interrupt(id="4"),
        RaiseBudget(id="5", budget=Budget(usd=2.0)),
    ):
        received = events.InputReceived(input=given_input)
        assert events.decode(events.encode(received)) == received
    for outcome in (Succeeded(why="done"), Failed(why="no", fix="try"), NeedsInput(why="w", question="q", asks="may I?")):
        finished = events.TurnFinished(outcome=outcome)
        assert events.decode(events.encode(finished)) == finished


def test_a_record_from_a_newer_version_keeps_what_we_know() -> None:
    read = events.decode(b'{"type":"noticed","level":"info","text":"t","seq":9,"added_in_the_future":{"a":1}}')
    assert read == events.Noticed(level="info", text="t", seq=9)


def test_what_is_not_an_event_is_refused() -> None:
    for line in (b"", b"{", b"[]", b'{"type":"nothing_we_know"}', b'{"type":"noticed"}'):
        with pytest.raises(msgspec.DecodeError):
            events.decode(line)


def test_events_are_frozen() -> None:
    event = events.Noticed(level="info", text="t")
    with pytest.raises(AttributeError):
        event.text = "other"  # type: ignore[misc]


@given(st.lists(st.tuples(usages, st.none() | st.floats(0, 10))))
def test_spend_adds_up_and_keeps_unknown_apart(calls: list[tuple[Usage, float | None]]) -> None:
    spend = Spend()
    for usage, cost in calls:
        spend = events.spend_after(spend, events.ModelCalled(model="m", provider="p", usage=usage, cost_usd=cost))
    assert spend.calls == len(calls)
    assert spend.unpriced == sum(cost is None for _, cost in calls)
    assert spend.usage.total == sum(usage.input + usage.output for usage, _ in calls)
    assert spend.usage.estimated == any(usage.estimated for usage, _ in calls)


def test_money_never_shows_unknown_as_nothing() -> None:
    assert money(None) == "unknown"
    assert money(0.0, unpriced=3) == "unknown"
    assert money(0.01234) == "$0.0123"
    assert money(12.345) == "$12.35"
    assert money(0.5, unpriced=1) == "$0.5000 + 1 call of unknown price"


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    made = [new_id("ses") for _ in range(500)]
    assert len(set(made)) == 500
    assert [name[:13] for name in made] == sorted(name[:13] for name in made)


def test_a_network_policy_without_rules_is_off() -> None:
    assert NetworkPolicy().off
    assert not NetworkPolicy(rules=(NetworkRule(host="example.org"),)).off
    assert not NetworkPolicy(host_ports=(5432,)).off
