"""Who was asked what, and what was let through or refused: permissions, network, hooks, budget."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.diff import Diff
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import Line, Span, cut, line_of, wrapped
from pullwright.protocol.events import BudgetReached, HookRan, NetworkDecided, PermissionAnswered, PermissionAsked

VERDICTS = {
    "once": "allowed once",
    "session": "allowed for this session",
    "always": "always allowed",
    "no": "refused",
}


class Permission(Piece):
    """A question with its answer."""

    kind: Kind = "policy"
    unfolds = True

    def __init__(self, theme: Theme, asked: PermissionAsked | None, answered: PermissionAnswered) -> None:
        super().__init__(theme, seq=answered.seq)
        self._asked = asked
        self._answered = answered

    def layout(self, width: int, full: bool) -> list[Line]:
        """What was asked, the verdict in words with its scope, and what the person said to it; unfolded a refused edit too."""
        asked, answered = self._asked, self._answered
        room = self.room(width, "ask")
        title = safe(asked.title if asked else "").strip()
        if asked and asked.effect == "ask" and asked.tool != "budget":
            rows = [part for row in title.split("\n") for part in wrapped(line_of(row, "strong"), room)]
            said = safe(answered.text).strip() or ("no" if answered.verdict == "no" else "yes")
            return self.marked([*rows, *self._words(said, room)], "ask", "warning")
        verdict = VERDICTS[answered.verdict]
        changed = ", changed by you before it ran" if answered.changed else ""
        said = safe(answered.text).strip()
        if answered.by == "rule":  # nobody answered, so that these are nobody's words
            verdict, said = f"no answer: {' '.join(said.split())}", ""
        scope = f": {safe(asked.scope)}" if asked and asked.scope and answered.verdict in ("session", "always") else ""
        role = {"no": "error", "once": "dim"}.get(answered.verdict, "ok")
        words: Line = [Span(f"{verdict}{scope}{changed}", role)]
        if title and not scope and answered.verdict != "once":  # what was allowed once follows at once
            words.append(Span(f" {self.theme.mark('dot')} {title}".replace("\n", " "), "dim"))
        rows = wrapped(words, room) if full else [cut(words, room, self.theme.mark("more"))]
        if said:
            rows += self._words(said, room)
        shown = self.marked(rows, "ask", "warning" if answered.verdict == "no" else "dim")
        if full and asked and asked.effect == "edit" and answered.verdict == "no":
            shown += Diff(self.theme, asked.detail, title="not made").layout(width, True)
        return shown

    def _words(self, text: str, room: int) -> list[Line]:
        mark = f"{self.theme.mark('prompt')} "
        rows = [part for row in text.split("\n") for part in wrapped(line_of(row, "asked"), max(4, room - len(mark)))]
        return [[Span(" " * len(mark) if number else mark, "prompt"), *row] for number, row in enumerate(rows)]


class Network(Piece):
    """Decisions of the egress proxy in a row that say the same: let through, or refused and why."""

    kind: Kind = "policy"

    def __init__(self, theme: Theme, decided: Sequence[NetworkDecided]) -> None:
        super().__init__(theme, seq=decided[0].seq if decided else 0)
        self._decided = decided

    def layout(self, width: int, full: bool) -> list[Line]:
        """A line for each destination, with how often."""
        times: dict[tuple[str, bool, str], int] = {}
        for one in self._decided:
            where = f"{safe(one.host)}:{one.port}"
            key = (where, one.allowed, "" if one.allowed else safe(one.reason or one.rule))
            times[key] = times.get(key, 0) + 1
        rows: list[Line] = []
        for (where, allowed, why), count in times.items():
            role = "dim" if allowed else "warning"
            words = f"network: {where} {'let through' if allowed else 'refused'}{f' ({why})' if why else ''}"
            line = line_of(f"{words}{f' {count}×' if count > 1 else ''}".replace("\n", " "), role)
            rows += wrapped(line, self.room(width)) if full else [cut(line, self.room(width), self.theme.mark("more"))]
        return self.marked(rows, "warning" if any(not one.allowed for one in self._decided) else "note", "warning")


def hook_line(event: HookRan) -> tuple[str, str]:
    """A hook's run in words, and their role; empty words where nobody needs to know: it went well and said nothing."""
    quiet = not event.failed and not event.text.strip() and event.decision in ("", "allow", "approve", "continue")
    if quiet:
        return "", ""
    decision = "failed" if event.failed else event.decision or "said"
    text = f": {event.text.strip()}" if event.text.strip() else ""
    role = "warning" if event.failed or event.decision in ("deny", "block", "refuse", "stop") else "dim"
    return f"hook {event.event} ({event.command}) {decision}{text}", role


def budget_line(event: BudgetReached) -> str:
    """A ceiling in words."""
    near = "nearly used up" if event.level == "soft" else "used up"
    return f"budget {near}: {_figure(event.ceiling, event.spent)} of {_figure(event.ceiling, event.limit)}"


def _figure(ceiling: str, value: float) -> str:
    match ceiling:
        case "usd":
            return f"${value:.2f}"
        case "seconds":
            return seconds(value)
        case _:
            return f"{value:,.0f} {ceiling}"
