"""Tasks as a person reads them: a table, one task in detail, and what to do next."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from pullwright.cli.render.clean import clean, one_line
from pullwright.cli.render.progress import VERDICTS, seconds
from pullwright.cli.render.style import PLAIN, Colour, Style
from pullwright.cli.render.table import table
from pullwright.cli.tasks.questions import Question
from pullwright.cli.tasks.records import Attempt, Pull, Task, TaskLine
from pullwright.protocol.outcomes import Failed, NeedsInput

SHORT = 90
"""Characters of a turn's reason; a failed attempt's is said whole."""
DETAIL = 40
"""Lines of what a permission is about."""
STATES: dict[str, Colour] = {
    "queued": "dim",
    "running": "cyan",
    "needs_input": "yellow",
    "review": "green",
    "merged": "green",
    "answered": "green",
    "failed": "red",
    "over_budget": "yellow",
    "cancelled": "dim",
    "paused": "yellow",
}


def word(state: str) -> str:
    """A state in a reader's words."""
    return state.replace("_", " ")


def cost_of(one: TaskLine) -> str:
    """What it cost, in few letters; never 0 for what is not known."""
    if one.unpriced and not one.cost_usd:
        return "unknown"
    return f"${one.cost_usd:.2f}{'+' if one.unpriced else ''}"


def tasks_table(tasks: Sequence[TaskLine], style: Style = PLAIN, now: float = 0.0) -> str:
    """One line for each task, the newest first."""
    now = now or time.time()
    rows = [
        (
            one.id,
            _standing(one),
            age(now - one.created),
            str(one.attempts),
            cost_of(one),
            f"+{one.added} -{one.removed}" if one.files else "",
            one.verdict if one.files else "",
            one.project,
            one_line(one.title, 60),
        )
        for one in tasks
    ]
    lines = table(rows, ("TASK", "STATE", "AGE", "TRIES", "COST", "LINES", "CHECKED", "PROJECT", "TITLE")).splitlines()
    painted = [lines[0]]
    for line, one in zip(lines[1:], tasks, strict=True):
        shown = _standing(one)
        painted.append(line.replace(shown, style(shown, STATES.get(one.state, "dim")), 1) if style.colours else line)
    return "\n".join(painted) + "\n"


def _standing(one: TaskLine) -> str:
    """Its state; of one that runs also that it asks something."""
    return "running, asks" if one.state == "running" and one.asks else word(one.state)


def age(spent: float) -> str:
    """`12s`, `5m`, `3h`, `4d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if spent >= size:
            return f"{int(spent // size)}{unit}"
    return f"{max(0, int(spent))}s"


def _pull(pull: Pull) -> str:
    number = f"#{pull.number} " if pull.number else ""
    return f"{number}{pull.state}"


def details(task: Task, style: Style = PLAIN, asked: Mapping[str, Question] = MappingProxyType({})) -> str:
    """One task with its attempts, what they ask (by attempt), and what to do next."""
    lines = [*_head(task, style)]
    for one in task.attempts:
        lines += [*_attempt(task, one, style), *(_asked(asked[one.id]) if one.id in asked else ())]
    return "\n".join([*lines, *_next(task)]) + "\n"


def _head(task: Task, style: Style) -> Iterator[str]:
    state = style(word(task.state), STATES.get(task.state, "dim"), "bold")
    yield f"{task.id}  {state}  {clean(task.title)}"
    base = f"{clean(task.ref)}{f' at {task.base[:12]}' if task.base else ''}"
    mode = task.mode if task.approval == "full-auto" else f"{task.mode}, {clean(task.approval)}"
    template = f" · {clean(task.template)}" if task.template else ""
    yield style(f"  {clean(task.project)} · {base} · {mode} · {clean(task.model)}{template} · by {clean(task.user)}", "dim")
    if task.pull is not None:
        url = clean(task.pull.url) if task.pull.url.startswith("http") else ""
        yield f"  pull request  {_pull(task.pull)}  {url}".rstrip()


def _attempt(task: Task, one: Attempt, style: Style) -> Iterator[str]:
    mark = "*" if one.id == task.chosen else " "
    state = style(word(one.state), STATES.get(one.state, "dim"))
    verdict, colour = VERDICTS[one.verdict]
    checked = f" · {style(verdict, colour)}" if one.head else ""
    branch = f" · {clean(one.branch)}" if one.branch else ""
    yield f"{mark} attempt {one.number}  {state}{checked} · {one.spend.cost}{branch}"
    for turn in one.turns:
        waits = f" · {clean(turn.waiting)}" if turn.waiting else f" · queued {seconds(turn.waited)}" if turn.waited >= 1 else ""
        ended = f": {one_line(turn.outcome.why, SHORT)}" if turn.outcome is not None else ""
        yield style(f"    turn {turn.number} ({turn.kind}) {word(turn.state)}{waits}{ended}", "dim")
    if isinstance(one.outcome, NeedsInput) and one.state == "needs_input":
        yield f"    question  {clean(one.outcome.asks)}"
    if one.state == "answered" and one.outcome is not None:
        yield from (f"    {line}" for line in clean(one.outcome.message).strip().splitlines())
    if isinstance(one.outcome, Failed) and one.state == "failed":
        if len(one.outcome.why) > SHORT:
            yield f"    why       {one_line(one.outcome.why, 1_000)}"
        if one.outcome.fix:
            yield f"    fix       {clean(one.outcome.fix).replace(chr(10), chr(10) + ' ' * 14)}"


def _asked(asked: Question) -> Iterator[str]:
    """What a permission that waits would do, and what an answer for the session covers."""
    if not asked.permission:
        return
    where = f" (in {clean(asked.cwd)})" if asked.cwd else ""
    yield f"    may it?   {one_line(asked.title, 200)}{where}"
    lines = clean(asked.detail).splitlines()
    yield from (f"      {line}" for line in lines[:DETAIL])
    if len(lines) > DETAIL:
        yield f"      … {len(lines) - DETAIL} more lines: pullwright task logs --json"
    if asked.scope:
        yield f"    always    {clean(asked.scope)}, for this session"


def _next(task: Task) -> Iterator[str]:
    """What a person may do now."""
    changed = [one.number for one in task.attempts if one.head]
    several = len(changed) > 1 and task.chosen is None
    match task.state:
        case "queued" | "running":
            if any(one.asks for one in task.attempts):
                yield f"  answer    pullwright task answer {task.id} yes   (or no, always, or what to do instead)"
            yield f"  watch     pullwright task watch {task.id}"
        case "needs_input":
            yield f"  answer    pullwright task answer {task.id} yes   (or no, always, or what to do instead)"
        case "review":
            yield f"  look      pullwright task diff {task.id}   ·   pullwright task logs {task.id} --report"
            if several:
                yield f"  choose    pullwright task choose {task.id} {changed[0]}"
            yield f"  approve   pullwright task approve {task.id}"
            yield f'  or        pullwright task send-back {task.id} "what should be different"'
        case "failed" | "cancelled" | "over_budget":
            yield f"  again     pullwright task retry {task.id}"
        case "paused":
            yield f"  go on     pullwright task resume {task.id}"
        case _:
            return
