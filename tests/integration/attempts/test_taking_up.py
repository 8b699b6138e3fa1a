"""What a turn takes along from before it: inputs that came too late or were taken and lost, a rewound or forked conversation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sample import FIX, Sample  # pyright: ignore

from pullwright.log.inbox import FileInbox, Inbox, MemoryInbox
from pullwright.log.recorder import Recorder
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import ChangeMade, Forked, InputReceived, PrefixSent, Rewound, TurnFinished
from pullwright.protocol.inputs import Interrupt, Steer
from pullwright.protocol.outcomes import Cancelled, Succeeded

STEER = Steer(id="s1", text="Mind the empty basket")
CALM = {"test_command": "python3 -m unittest", "verify": True}


def received(sample: Sample) -> list[str]:
    return [event.input.id for event in sample.of(InputReceived) if not hasattr(event.input, "images")]


@pytest.mark.parametrize("kind", ["memory", "file"])
@pytest.mark.parametrize("moment", [ChangeMade, TurnFinished])
def test_a_remark_that_comes_as_the_turn_ends_is_seen_by_the_next(
    sample: Sample, tmp_path: Path, kind: str, moment: type[Any]
) -> None:
    inbox: MemoryInbox | FileInbox = MemoryInbox() if kind == "memory" else FileInbox(tmp_path / "inbox")

    async def both() -> None:
        turn = asyncio.ensure_future(sample.turning([Answer(calls=(FIX,)), Answer(text="Fix add.")], "Fix", inbox, **CALM))
        while not any(isinstance(event, moment) for event in sample.shown):
            await asyncio.sleep(0.005)
        inbox.put(STEER)
        await turn
        assert received(sample) == []
        sample.requests.clear()
        again: Inbox = inbox if isinstance(inbox, MemoryInbox) else FileInbox(tmp_path / "inbox")
        assert isinstance(await sample.turning([Answer(text="Done.")], "And now?", again), Succeeded)

    asyncio.run(both())
    assert received(sample) == ["s1"]
    assert STEER.text in sample.requests[0].body.decode()


def test_a_remark_that_was_taken_by_a_killed_turn_and_not_logged_is_given_again_and_an_interrupt_is_not(
    sample: Sample, tmp_path: Path
) -> None:
    inbox = FileInbox(tmp_path / "inbox")
    inbox.put(STEER)
    inbox.put(Interrupt(id="old"))
    assert len(inbox.take()) == 2  # and here the process died
    assert isinstance(sample.turn([Answer(text="Done.")], inbox=FileInbox(tmp_path / "inbox")), Succeeded)
    assert received(sample) == ["s1"]
    assert isinstance(sample.turn([Answer(text="Done.")], inbox=FileInbox(tmp_path / "inbox")), Succeeded)
    assert received(sample) == ["s1"], "once"


def test_an_interrupt_while_verifying_is_in_the_log(sample: Sample) -> None:
    slow = "import time\ntime.sleep(30)\n" + (sample.project / "test_calc.py").read_text()
    (sample.project / "test_calc.py").write_text(slow)
    sample.git("commit", "-qam", "Slow")
    inbox = MemoryInbox()

    async def stopped() -> object:
        turn = asyncio.ensure_future(sample.turning([Answer(calls=(FIX,)), Answer(text="Fix add.")], "Fix", inbox, **CALM))
        while not any(isinstance(event, ChangeMade) for event in sample.shown):
            await asyncio.sleep(0.005)
        inbox.put(Interrupt(id="now", by="ann"))
        return await turn

    assert isinstance(asyncio.run(stopped()), Cancelled)
    assert received(sample) == ["now"]


@pytest.mark.parametrize(("event", "reason"), [(Rewound(to=0), "rewind"), (Forked(parent="p", at=1), "fork")])
def test_a_rewound_or_forked_session_says_why_it_stands_on_a_new_prefix(sample: Sample, event: Any, reason: str) -> None:
    sample.turn([Answer(text="Done.")])

    async def mark() -> None:
        with sample.log() as log:
            await Recorder(log, log.claim()).record(event)

    asyncio.run(mark())
    sample.turn([Answer(text="Done.")])
    sample.turn([Answer(text="Done.")])
    assert [sent.reason for sent in sample.of(PrefixSent)] == ["start", reason]
    told = sample.requests[1].body.decode()
    assert str(sample.project) in told, "what is told first is told again where the rewind took it away"
