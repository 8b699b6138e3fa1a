"""A turn's events as lines for a person who watches: one short line for each thing that happened.

    Progress.lines(event) -> list[str]     what to print for this event, perhaps nothing

A fold over events and nothing else: the same events give the same lines, live or from a log of last week.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pullwright.cli.render.banner import scripted_banner
from pullwright.cli.render.clean import clean, columns, one_line
from pullwright.cli.render.style import PLAIN, Colour, Style
from pullwright.protocol.events import (
    AnswerChecked,
    BudgetReached,
    ChangeMade,
    Checkpointed,
    CommandRan,
    Compacted,
    Event,
    FilesChanged,
    HookRan,
    InputReceived,
    ItemAdded,
    ModelRetried,
    NetworkDecided,
    Noticed,
    PermissionAnswered,
    PermissionAsked,
    PlanStep,
    PlanUpdated,
    Rewound,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    VerificationRan,
    Verified,
    WorkloadCheck,
    WorkloadChecked,
    item_of,
)
from pullwright.protocol.inputs import Interrupt, Prompt, Steer
from pullwright.protocol.items import Message
from pullwright.protocol.outcomes import Verdict

LONG_PLAN = 12
"""Steps beyond which a plan is told by how far it is, not step by step."""
VERDICTS: dict[Verdict, tuple[str, Colour]] = {
    "verified": ("verified", "green"),
    "not-verified": ("not verified", "yellow"),
    "contradicted": ("contradicted", "red"),
    "not-run": ("not run", "dim"),
}


class Progress:
    """Folds a turn's events into lines. Text of the model's is held back until more follows: the last of it is the result.

    `width` is what the lines should fit into, in columns; it may change between events.
    """

    def __init__(self, style: Style = PLAIN, width: int = 100) -> None:
        self._style = style
        self.width = width
        self._titles: dict[str, str] = {}
        self._shown: set[str] = set()
        self._held = ""

    def lines(self, event: Event) -> list[str]:
        """What to print for `event`."""
        match event:
            case TurnStarted():
                return self._started(event)
            case ItemAdded():
                return self._item(event)
            case ToolStarted():
                self._titles[event.call_id] = event.title or event.name
                return self._said()
            case CommandRan():
                return self._command(event)
            case FilesChanged():
                return self._files(event)
            case ToolFinished():
                return self._tool(event)
            case TurnFinished():
                self._held = ""  # the last message is the result, and shown as such
                return []
            case WorkloadChecked():
                return self._workload(event)
            case AnswerChecked():
                bad = [each for each in event.citations if each.standing != "there"]
                word = self._style("not there", "yellow")
                return [f"    {word}: {clean(f'{each.path}:{each.first}')} ({each.standing})" for each in bad[:10]]
            case VerificationRan() | Verified() | ChangeMade():
                return self._result(event)
            case _:
                return self._around(event)

    def _started(self, event: TurnStarted) -> list[str]:
        effort = f" ({event.effort})" if event.effort else ""
        rules = f"{event.approval} · {event.access} · network {event.network or 'off'}"
        sandbox = f" · {event.sandbox} sandbox" if event.sandbox else ""
        resumed = "resumed · " if event.resumed else ""
        head = self._style(clean(f"{resumed}{event.provider}/{event.model}{effort} · {rules}{sandbox}"), "dim")
        return [*(scripted_banner(self._style) if event.scripted else []), head]

    def _item(self, event: ItemAdded) -> list[str]:
        if event.source != "model":
            return []
        view = item_of(event.item).view
        if isinstance(view, Message) and view.role == "assistant" and view.text.strip():
            said, self._held = self._said(), view.text
            return said
        return []

    def _said(self) -> list[str]:
        """What the model said before it went on."""
        text, self._held = self._held, ""
        return [f"    {line}" for line in clean(text).strip().splitlines()[:6]] if text else []

    def _command(self, event: CommandRan) -> list[str]:
        self._shown.add(event.call_id)
        if event.background:
            end, colour = "in the background", "dim"
        elif event.timed_out:
            end, colour = f"out of time after {seconds(event.seconds)}", "red"
        elif event.exit_code is None:
            end, colour = f"{event.signal or 'killed'} · {seconds(event.seconds)}", "red"
        else:
            end, colour = f"exit {event.exit_code} · {seconds(event.seconds)}", "green" if event.exit_code == 0 else "red"
        by = f"{event.by} " if event.by and event.by != "person" else ""
        return [self._line(event.step, f"{by}$ {event.command}", end, colour)]

    def _files(self, event: FilesChanged) -> list[str]:
        self._shown.add(event.call_id)
        names = ", ".join(event.paths[:4]) + (f" and {len(event.paths) - 4} more" if len(event.paths) > 4 else "")
        return [self._line(event.step, f"edit {names}", f"+{event.added} -{event.removed}", "cyan")]

    def _tool(self, event: ToolFinished) -> list[str]:
        title = self._titles.pop(event.call_id, event.name)
        if not event.ok:
            return [self._line(event.step, f"{event.name}: {title}", one_line(event.error or "failed", 60), "yellow")]
        if event.call_id in self._shown or event.name == "plan":
            return []
        return [self._line(event.step, title if title.startswith(event.name) else f"{event.name} {title}", "", "dim")]

    def _line(self, step: int, what: str, end: str, colour: Colour) -> str:
        room = max(20, self.width - len(end) - 8)
        text = one_line(what, room)
        number = self._style(f"{step:>3}" if step else "   ", "dim")
        return f"{number} {text}" + (f"{' ' * max(2, room - columns(text))}{self._style(clean(end), colour)}" if end else "")

    def _result(self, event: VerificationRan | Verified | ChangeMade) -> list[str]:
        if isinstance(event, ChangeMade):
            change = event.change
            files = f"{len(change.files)} file{'s' * (len(change.files) != 1)}"
            return [f"    branch {clean(change.branch)}: {files}, +{change.added} -{change.removed}"]
        if isinstance(event, VerificationRan):
            run = event.run
            counts = ", ".join(f"{count} {state}" for state, count in run.tests.items() if count)
            end = "out of time" if run.timed_out else counts or f"exit {run.exit_code}"
            colour: Colour = "green" if run.good else "red"
            note = f" · {clean(run.note)}" if run.note else ""
            return [f"    {'verify ' + run.name:<24} {self._style(clean(end), colour)} · {seconds(run.seconds)}{note}"]
        word, colour = VERDICTS[event.verdict]
        lines = [f"    {self._style(word, colour, 'bold')}: {clean(event.why)}"]
        noted = [("flag", flag) for flag in event.flags]
        for word, tests in (("skipped", event.skipped), ("flaky", event.flaky), ("slower", event.slower)):
            noted += [(word, test) for test in tests[:5]]
            noted += [(word, f"and {len(tests) - 5} more")] if len(tests) > 5 else []
        return lines + [f"    {self._style(word, 'yellow')}: {one_line(text, self.width)}" for word, text in noted]

    def _workload(self, event: WorkloadChecked) -> list[str]:
        word, colour = VERDICTS[event.verdict]
        lines = [line for check in event.checks for line in self._check(check)]
        return [*lines, f"    {self._style(word, colour, 'bold')}: {clean(event.why)}"]

    def _check(self, check: WorkloadCheck) -> list[str]:
        colour: Colour = {"passed": "green", "failed": "red", "noted": "yellow", "not-measured": "dim"}[check.state]  # pyright: ignore[reportAssignmentType]
        shown = (
            [f"      {one_line(each, self.width - 6)}" for each in check.found[:5]] if check.state in ("failed", "noted") else []
        )
        more = [f"      and {len(check.found) - 5} more"] if shown and len(check.found) > 5 else []
        state = self._style(check.state.replace("-", " "), colour)
        return [f"    {check.name + ' ':<14} {state}: {one_line(check.text, self.width - 30)}", *shown, *more]

    def _around(self, event: Event) -> list[str]:
        """What concerns the run rather than the work."""
        match event:
            case InputReceived(input=Steer(ran="") as steer):
                return [f"    you: {one_line(steer.text, self.width - 9)}"]
            case InputReceived(input=Interrupt()):
                return [self._style("    stopping", "yellow")]
            case InputReceived(input=Prompt() as prompt):
                return [self._style("> ", "bold") + _asked(prompt.text, self.width - 2)]
            case PlanUpdated():
                return self._plan(event)
            case PermissionAsked():
                return [self._style(f"    may it? {one_line(event.title, self.width - 12)}", "yellow")]
            case PermissionAnswered():
                text = f": {one_line(event.text, self.width - 24)}" if event.text else ""
                return [self._style(f"    {event.verdict} (by {clean(event.by)}){text}", "dim")]
            case NetworkDecided(allowed=False):
                return [
                    self._style(
                        f"    network: {clean(event.host)}:{event.port} refused ({clean(event.reason or event.rule)})", "yellow"
                    )
                ]
            case BudgetReached():
                return [self._style(f"    budget: {event.ceiling} {event.spent:g} of {event.limit:g}", "yellow")]
            case ModelRetried():
                return [self._style(f"    model: {one_line(event.reason, 80)}; again in {seconds(event.wait)}", "yellow")]
            case HookRan() if event.decision and not event.failed:
                text = f": {one_line(event.text, 120)}" if event.text else ""
                return [self._style(f"    hook {clean(event.command)}: {event.decision}{text}", "dim")]
            case Noticed():
                colour: Colour = {"info": "dim", "warning": "yellow", "error": "red"}[event.level]  # pyright: ignore[reportAssignmentType]
                return [self._style(f"    {event.level}: {one_line(event.text, 300)}", colour)]
            case Compacted():
                return [self._style(f"    conversation shortened: {event.tokens_before} to {event.tokens_after} tokens", "dim")]
            case Rewound():
                return [self._style(f"    went back to event {event.to}", "yellow")]
            case Checkpointed():
                return []
            case _:
                return []

    def _far(self, event: PlanUpdated) -> list[str]:
        done = sum(step.status == "done" for step in event.plan)
        head = f"    plan: {done}/{len(event.plan)} done{_files(event.plan)}"
        now = [step.text for step in event.plan if step.status == "in_progress"]
        return [head, *(f"    [{self._style('>', 'cyan')}] {one_line(text, self.width - 10)}" for text in now[:3])]

    def _plan(self, event: PlanUpdated) -> list[str]:
        if len(event.plan) > LONG_PLAN:
            return self._far(event)
        marks = {"done": self._style("x", "green"), "in_progress": self._style(">", "cyan"), "pending": " "}
        return [f"    [{marks[step.status]}] {one_line(step.text, self.width - 10)}" for step in event.plan]


def _files(plan: Sequence[PlanStep]) -> str:
    """` · 54/210 files` for steps that count the files of their batch ("src/api: 18 files")."""
    counts = [(int(found[1]), step.status == "done") for step in plan if (found := re.search(r"\b(\d+) files?\b", step.text))]
    return f" · {sum(count for count, done in counts if done)}/{sum(count for count, _ in counts)} files" if counts else ""


def _asked(text: str, width: int) -> str:
    """A prompt's first line; a long one lies beside the log, and its name there says nothing to a reader."""
    return "(a long prompt)" if text.startswith("pullwright-artifact:") else one_line(text, width)


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{value // 60:.0f} min {value % 60:.0f} s"
