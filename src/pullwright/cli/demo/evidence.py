"""What the clean runs of a turn showed, as lines."""

from __future__ import annotations

from collections.abc import Mapping

from pullwright.cli.render.clean import clean
from pullwright.cli.render.progress import seconds
from pullwright.cli.render.style import Style
from pullwright.log.sql.reading import read_events
from pullwright.protocol.events import VerificationRan, Verified
from pullwright.tasks.service.service import Service

RUNS: Mapping[str, str] = {
    "base": "before: the base with its own tests",
    "base+new-tests": "before: the base with the change's tests",
    "change+base-tests": "after: the change with the base's tests",
    "change": "after: the change as it is",
    "before-again": "before: what decides, once more",
    "after-again": "after: what decides, once more",
    "must-fail": "what decides, made to fail",
}


async def shown_runs(service: Service, session: str, turn: str, style: Style) -> list[str]:
    """The runs of a turn and their verdict, from its log."""
    lines: list[str] = []
    for event in await read_events(service.database, session, 0, 100_000):
        if isinstance(event, VerificationRan) and event.turn == turn:
            lines.append(f"      {run_line(event, style)}")
        elif isinstance(event, Verified) and event.turn == turn:
            lines += [f"      red to green: {clean(name)}" for name in event.red_to_green]
    return lines


def run_line(event: VerificationRan, style: Style) -> str:
    """One clean run: green or red, which, and its counts."""
    run = event.run
    word = style("green", "green", "bold") if run.exit_code == 0 else style("red  ", "green" if run.good else "red", "bold")
    counts = ", ".join(f"{count} {state}" for state, count in run.tests.items() if count) or f"exit {run.exit_code}"
    return f"{word}  {RUNS.get(run.name, run.name):<42} {counts} · {seconds(run.seconds)}"
