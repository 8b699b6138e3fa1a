"""A plan as a person reads it: what was found, what it becomes, what is left out and why."""

from __future__ import annotations

from pullwright.cli.importing.plan import Plan, Step
from pullwright.cli.importing.sources import NAMES
from pullwright.cli.render.clean import clean
from pullwright.cli.render.style import Style

MARKS = {"new": "+", "same": "=", "kept": "!", "replaces": "~"}
WORDS = {"same": "is there already", "kept": "left as it is", "replaces": "replaces what is there"}
MOST = 12
"""Lines of one kind and source that are shown; more are counted."""


def plan_lines(plan: Plan, style: Style) -> list[str]:
    """The plan, source by source."""
    lines: list[str] = []
    for source in dict.fromkeys([step.source for step in plan.steps] + [source for source, _ in plan.left]):
        lines += ["", style(NAMES[source], "bold")] if lines else [style(NAMES[source], "bold")]
        lines += _steps([step for step in plan.steps if step.source == source], style)
        left = [one for owner, one in plan.left if owner == source]
        lines += [style("  left out", "dim")] if left else []
        lines += [f"    {clean(one.what)}: {clean(one.why)}  {style(clean(one.at), 'dim')}" for one in left[:MOST]]
        lines += [f"    and {len(left) - MOST} more"] if len(left) > MOST else []
    if plan.secrets:
        names = ", ".join(plan.secrets)
        lines += ["", f"Secrets stand in those files in the clear. They are not copied; the settings name them: {clean(names)}"]
    return lines


def _steps(steps: list[Step], style: Style) -> list[str]:
    lines: list[str] = []
    shown: dict[str, int] = {}
    for step in steps:
        kind = step.what if step.becomes.startswith(("commands/", "agents/", "skills/")) else ""
        shown[kind] = shown.get(kind, 0) + 1
        if not kind or shown[kind] <= MOST:
            lines.append(_step(step, style))
    return lines + [f"    and {count - MOST} more of {kind}s" for kind, count in shown.items() if kind and count > MOST]


def _step(step: Step, style: Style) -> str:
    colour = {"new": "green", "same": "dim", "kept": "yellow", "replaces": "yellow"}[step.state]
    why = "; ".join(filter(None, (WORDS.get(step.state, ""), step.note)))
    text = f"  {style(MARKS[step.state], colour)} {clean(step.what)} -> {clean(step.becomes)}"  # pyright: ignore[reportArgumentType]
    return f"{text}{f'  ({clean(why)})' if why else ''}  {style(clean(step.at), 'dim')}"
