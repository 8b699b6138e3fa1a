"""The agent's plan: a checklist when it is new, only what changed when it moves on."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import Line, Span, line_of, wrapped
from pullwright.protocol.events import PlanStep

_MARKS = {"done": ("done", "plan.done"), "in_progress": ("now", "plan.now"), "pending": ("next", "plan.next")}
SHOWN = 8
"""Steps that are shown while the agent works: those around the one it is at."""


class Plan(Piece):
    """The plan as it now stands, beside how it stood `before`."""

    kind: Kind = "plan"
    unfolds = True

    def __init__(self, theme: Theme, steps: Sequence[PlanStep], before: Sequence[PlanStep] = (), *, seq: int = 0) -> None:
        super().__init__(theme, seq=seq)
        self._steps = steps
        self._before = before

    def layout(self, width: int, full: bool) -> list[Line]:
        """The whole checklist where its words are new, else the steps whose state changed and how far it is."""
        steps = self._steps
        if full or [step.text for step in steps] != [step.text for step in self._before]:
            head = [line_of("Plan", "strong")] if steps else [line_of("Plan: nothing left to do", "dim")]
            return [
                [Span("  "), *line] for line in (*head, *(row for step in steps for row in step_lines(self.theme, step, width)))
            ]
        moved = [step for step, was in zip(steps, self._before, strict=True) if step != was]
        done = sum(step.status == "done" for step in steps)
        rows = [row for step in moved for row in step_lines(self.theme, step, width - 16)]
        if rows:
            rows[-1] = [*rows[-1], Span(f"  {done} of {len(steps)} done", "dim")]
        return [[Span("  "), *line] for line in rows]


def step_lines(theme: Theme, step: PlanStep, width: int) -> list[Line]:
    """A step behind its mark."""
    name, role = _MARKS[step.status]
    mark = theme.mark(name)
    rows = wrapped(line_of(safe(step.text).replace("\n", " "), role), max(8, width - len(mark) - 3))
    return [[Span(f"{mark} " if number == 0 else " " * (len(mark) + 1), role), *row] for number, row in enumerate(rows)]


def live_plan(theme: Theme, steps: Sequence[PlanStep], width: int, most: int = SHOWN) -> list[Line]:
    """The part of the plan that the agent is at; nothing when it has none or is through with it."""
    if not steps or all(step.status == "done" for step in steps):
        return []
    at = next((n for n, step in enumerate(steps) if step.status != "done"), 0)
    start = max(0, min(at - 2, len(steps) - most))
    shown = steps[start : start + most]
    done = sum(step.status == "done" for step in steps)
    more = f", {len(steps) - len(shown)} not shown" if len(shown) < len(steps) else ""
    head = [Span("  Plan", "strong"), Span(f"  {done} of {len(steps)} done{more}", "dim")]
    return [head, *([Span("  "), *step_lines(theme, step, width)[0]] for step in shown)]
