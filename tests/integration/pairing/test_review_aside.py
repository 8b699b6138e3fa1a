"""`/review` in a pairing: beside the session, stopped by Esc, its findings chosen and put into the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from bench import Bench, exec_  # pyright: ignore

from pullwright.cli.terminal.face import Face, Option
from pullwright.cli.terminal.pairing.pairing import Pairing
from pullwright.cli.terminal.slash.calling import call
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block
from pullwright.cli.terminal.transcript.spans import unpainted
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import TurnStarted


class Seat:
    """A face that notes what it is told, and chooses what it was told to."""

    def __init__(self, pairing: Pairing, *picks: int | None) -> None:
        self.pairing = pairing
        self.picks = list(picks)
        self.said: list[tuple[str, str]] = []
        self.offered: list[str] = []
        self.filled = ""
        self.theme = Theme("none")

    def say(self, text: str, role: str = "note") -> None:
        self.said.append((role, text))

    async def choose(self, title: str, options: Sequence[Option], *, default: int = 0) -> int | None:
        self.offered = [option.label for option in options]
        return self.picks.pop(0)

    def show(self, *blocks: Block) -> None:
        self.said += [("block", "\n".join(block.lines(80))) for block in blocks]

    def fill(self, text: str) -> None:
        self.filled = text

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a review asked its face for {name}")


def finding(title: str, start: int, priority: str = "P1") -> dict[str, Any]:
    given = {"body": "It does.", "confidence": 0.9, "category": "bug", "path": "calc.py", "side": "new", "end": start}
    return {
        "title": title,
        "start": start,
        "priority": priority,
        "suggestion": "",
        "guideline": "",
        "quote": "",
        "evidence": [],
        **given,
    }


def answer(*findings: dict[str, Any]) -> Answer:
    return Answer(text=msgspec.json.encode({"summary": "Two functions change.", "findings": findings}).decode())


async def reviewed(bench: Bench, answers: Sequence[Answer], *picks: int | None, line: str = "/review") -> Seat:
    async with bench.pairing(answers) as pairing:
        seat = Seat(pairing, *picks)
        face: Face = seat  # type: ignore[assignment]
        assert await call(face, line)
        assert not pairing.state.busy
        assert not [event for event in pairing.log.read() if isinstance(event, TurnStarted)], "not a turn of this session"
        return seat


def test_chosen_findings_become_a_prompt_in_the_editor(bench: Bench) -> None:
    bench.write("calc.py", "def add(a, b):\n    return a * b\n\n\ndef sub(a, b):\n    return b - a\n")
    answers = [
        Answer(calls=(exec_("python3 -c 'import calc; print(calc.add(2, 3))'"),)),
        answer(finding("add multiplies", 2), finding("sub is the wrong way round", 6, "P2")),
    ]
    seat = asyncio.run(reviewed(bench, answers, 3, 0, line="/review uncommitted is the arithmetic right?"))
    blocks = [text for role, text in seat.said if role == "block"]
    assert [unpainted(block).splitlines()[1:3] for block in blocks] == [
        ["✗ P1 add multiplies", "  calc.py:2 · bug · confidence 0.9 · F1"],
        ["▲ P2 sub is the wrong way round", "  calc.py:6 · bug · confidence 0.9 · F2"],
    ]
    assert "  >    2 +     return a * b" in unpainted(blocks[0])
    assert any("$ python3 -c" in text for _, text in seat.said), "what it does is seen"
    assert "Look at this above all: is the arithmetic right?" in bench.requests[0].body.decode()
    assert seat.offered[0] == "fix the 1 chosen …"
    assert "calc.py:6: sub is the wrong way round" in seat.filled
    assert "add multiplies" not in seat.filled


def test_nothing_to_review_and_wrong_words_are_said(bench: Bench) -> None:
    seat = asyncio.run(reviewed(bench, [], line="/review uncommitted"))
    assert "othing to review" in seat.said[-1][1]
    seat = asyncio.run(reviewed(bench, [], line="/review base nowhere"))
    assert seat.said[-1][0] == "error"
    assert "fix:" in seat.said[-1][1]
    seat = asyncio.run(reviewed(bench, [], line="/review commit"))
    assert "needs a name" in seat.said[-1][1]


def test_escape_stops_a_review_and_what_was_said_meanwhile_waits(bench: Bench) -> None:
    bench.write("calc.py", "def add(a, b):\n    return a * b\n")

    async def stopped() -> Seat:
        async with bench.pairing([Answer(text="late", delay=30)]) as pairing:
            seat = Seat(pairing)
            task = asyncio.create_task(call(seat, "/review"))  # type: ignore[arg-type]
            while not pairing.state.busy:
                await asyncio.sleep(0.01)
            await pairing.submit("and then do this")
            await asyncio.sleep(0.2)
            assert pairing.interrupt()
            async with asyncio.timeout(20):
                await task
            assert not pairing.state.busy
            assert [queued.text for queued in pairing.state.queue] == ["and then do this"]
            return seat

    seat = asyncio.run(stopped())
    assert any("cancelled" in text for _, text in seat.said)
