"""What a running attempt asks, by the end of its log."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.protocol.events import Event, PermissionAnswered, PermissionAsked, ToolStarted, TurnFinished, TurnStarted, encode
from pullwright.protocol.outcomes import NeedsInput
from pullwright.tasks.service.doing import _doing

BEGUN = TurnStarted(mode="code", approval="suggest", access="workspace-write", network="", model="m", provider="p")
ASKED = PermissionAsked(id="perm_1", call_id="c", tool="write", effect="edit", title="notes.txt")
ANSWERED = PermissionAnswered(id="perm_1", call_id="c", verdict="once", by="ann")
ENDED = TurnFinished(outcome=NeedsInput(why="asks", question="perm_1", asks="notes.txt"))
RAN = ToolStarted(call_id="c", name="exec", effect="execute", title="make")


def asks(*events: Event) -> str:
    return _doing(_newest_first(events)).asks


def _newest_first(events: Sequence[Event]) -> list[bytes]:
    return [encode(event) for event in reversed(events)]


def test_what_nobody_answered_is_asked() -> None:
    assert asks(BEGUN, ASKED) == "notes.txt"
    assert asks(BEGUN, ASKED, ANSWERED) == ""


def test_a_turn_that_was_broken_off_and_taken_up_again_asks_what_it_asked() -> None:
    assert asks(BEGUN, ASKED, BEGUN) == "notes.txt"


def test_a_question_that_a_turn_ended_with_is_asked_until_the_next_one_begins() -> None:
    assert asks(BEGUN, ASKED, ENDED) == "notes.txt"
    assert asks(BEGUN, ASKED, ENDED, BEGUN) == ""


def test_what_runs_is_the_newest_call() -> None:
    assert _doing(_newest_first([BEGUN, RAN, ASKED])).title == "make"
