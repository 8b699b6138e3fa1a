"""A turn of a pairing, and a command of the person's, each as a task that ends by itself and says how."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pullwright.protocol.errors import PullwrightError, SandboxLost
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Steer
from pullwright.protocol.outcomes import Outcome

if TYPE_CHECKING:
    from pullwright.attempts.spec import TurnSpec
    from pullwright.cli.terminal.pairing.pairing import Pairing


def in_words(error: PullwrightError) -> str:
    """An error, and under it what would help."""
    return f"{error}\nfix: {error.fix}" if error.fix else str(error)


async def turn(pairing: Pairing, spec: TurnSpec) -> None:
    """Run one turn to its outcome. What cannot be logged any more is told to the person."""
    from pullwright.attempts.runner import run_turn

    outcome: Outcome | None = None
    try:
        outcome = await run_turn(spec, pairing.log, pairing.inbox, pairing.seen, pairing.standing)
    except PullwrightError as error:  # the log is another's now, or damaged
        pairing.notice(in_words(error), "error")
    finally:
        pairing.ended(outcome)


async def command(pairing: Pairing, line: str) -> None:
    """Run a command of the person's. What goes wrong is told, never raised."""
    try:
        await _run(pairing, line)
    except asyncio.CancelledError:
        pairing.notice("your command was stopped")
    except SandboxLost as error:
        pairing.standing.lost()
        pairing.notice(f"{error}; the next prompt opens a new sandbox", "error")
    except PullwrightError as error:
        pairing.notice(in_words(error), "error")


async def _run(pairing: Pairing, line: str) -> None:
    from pullwright.attempts.pairing import ran_text
    from pullwright.cli.terminal.pairing.person import run_command

    bench = await pairing.standing.place.bench
    if pairing.state.busy:
        ran, _ = await run_command(bench, line)
        if pairing.state.busy:
            said = ran_text(ran, pairing.log.artifacts)
            pairing.inbox.put(Steer(id=new_id("inp"), by="person", text=said, ran=ran.call_id))
        return
    async with pairing.standing.between(pairing.seen):
        await run_command(bench, line)
