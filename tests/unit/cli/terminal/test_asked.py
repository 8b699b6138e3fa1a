"""What a commit's message is made of: the turns since the last commit that changed files, without those gone back over."""

from __future__ import annotations

import msgspec

from pullwright.cli.terminal.pairing.asked import asked_since_commit
from pullwright.protocol.events import ChangeMade, Checkpointed, Event, InputReceived, Rewound, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Cancelled, ChangeSummary, Succeeded


def turn(name: str, prompt: str, message: str, *paths: str) -> list[Event]:
    begun = TurnStarted(mode="code", approval="suggest", access="workspace-write", network="off", model="m", provider="p")
    end = Succeeded(why="done", message=message) if message else Cancelled(why="stopped")
    events: list[Event] = [begun, InputReceived(input=Prompt(id=name, text=prompt))]
    events += [Checkpointed(tree="t", paths=paths)] if paths else []
    return [msgspec.structs.replace(event, turn=name) for event in (*events, TurnFinished(outcome=end))]


def asked(*events: Event) -> tuple[str, str]:
    return asked_since_commit(msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, 1))


ONE = turn("1", "fix a", "Mend a", "a.py")
TWO = turn("2", "fix b too", "Mend b", "b.py")


def test_all_turns_that_changed_something_count() -> None:
    assert asked() == ("", "")
    assert asked(*ONE, *TWO) == ("fix a\n\nfix b too", "Mend b")
    assert asked(*ONE, *turn("2", "why?", "Because.")) == ("fix a", "Mend a")


def test_a_turn_that_was_gone_back_over_or_committed_does_not() -> None:
    assert asked(*ONE, *TWO, Rewound(to=len(ONE))) == ("fix a", "Mend a")
    made = ChangeMade(change=ChangeSummary(branch="b", base="", head=""))
    assert asked(*ONE, made, *TWO) == ("fix b too", "Mend b")


def test_of_a_turn_that_was_stopped_the_next_one_tells() -> None:
    stopped = turn("1", "fix a", "", "a.py")
    assert asked(*stopped, *turn("2", "wrap up", "Mend a")) == ("fix a", "Mend a")
