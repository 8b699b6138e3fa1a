"""Generated sessions: whatever the model, the tools and people do, the log stays true."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pullwright.agent.endings import Asked, Done, Ending, Gone, OutOfBudget, Stopped, Stuck
from pullwright.agent.permissions import Policy
from pullwright.protocol.errors import Bug
from pullwright.protocol.inputs import Answer, Input, Interrupt, Steer
from sessions import Desk, Scenario, budget, check, prompt, scenarios


async def happen(desk: Desk, turn: asyncio.Task[Ending], what: str, after: int) -> None:
    """Let the turn run for `after` turns of the event loop, then do something to it."""
    for _ in range(after):
        await asyncio.sleep(0)
    if what == "steer":
        desk.inbox.put(Steer(id=f"s{desk.log.last_seq}", text="careful"))
    elif what == "interrupt":
        desk.inbox.put(Interrupt(id=f"i{desk.log.last_seq}"))
    elif what == "cancel":
        turn.cancel()


async def answer_questions(desk: Desk, turn: asyncio.Task[Ending]) -> None:
    """A person who answers at once: yes, for the session, no, in turns."""
    answered = 0
    while not turn.done():
        for question in desk.state.permissions:
            verdict: Any = ("once", "session", "no")[answered % 3]
            answered += desk.inbox.put(Answer(id=f"a-{question}", question=question, verdict=verdict, text="as you like"))
        await asyncio.sleep(0.001)


async def play(folder: Path, scenario: Scenario) -> list[Ending | None]:
    desk = Desk(
        folder,
        scenario.answer(),
        files={"a.py": "x", "sub/AGENTS.md": "Be kind."},
        window=scenario.window,
        policy=Policy(approval=scenario.approval, answerable=scenario.answerable),  # type: ignore[arg-type]
        budget=budget(steps=40),
    )
    endings: list[Ending | None] = []
    given_next: tuple[Input, ...] = (prompt("x" * 400),)
    for what, after in scenario.happenings:
        turn = asyncio.create_task(desk.turn(*given_next))
        people = asyncio.create_task(answer_questions(desk, turn)) if scenario.answerable else None
        await happen(desk, turn, what, after)
        try:
            ending = await turn
        except asyncio.CancelledError:
            ending = None
        if people is not None:
            await people
        if desk.state.prefix is not None:
            check(desk)
        assert not (isinstance(ending, Gone) and isinstance(ending.error, Bug)), ending
        endings.append(ending)
        given_next = (prompt("more"),)
        if isinstance(ending, Asked) and what == "answer":
            given_next = (Answer(id=f"a{after}", question=ending.question, verdict="once", text="yes"),)
    desk.close()
    return endings


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_any_session_leaves_a_true_log(scenario: Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        endings = asyncio.run(play(Path(folder), scenario))
    assert all(isinstance(ending, Done | Asked | Stopped | OutOfBudget | Stuck | Gone | None) for ending in endings)


@settings(max_examples=40, deadline=None)
@given(scenarios(), st.integers(0, 200))
def test_any_session_survives_being_torn_down_anywhere(scenario: Scenario, after: int) -> None:
    import msgspec

    torn = msgspec.structs.replace(scenario, happenings=(("cancel", after), ("none", 0)))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), torn))
