"""What a turn came to: its outcome and cost, the clean runs and their verdict, the report with its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import counted, tokens_of
from pullwright.cli.terminal.transcript.spans import Line, Span, line_of, wrapped
from pullwright.protocol.events import ChangeMade, VerificationRan, Verified
from pullwright.protocol.outcomes import Failed, NeedsInput, Outcome, OverBudget, Verdict
from pullwright.protocol.usage import Spend

WORDS: dict[str, tuple[str, str, str]] = {
    "Succeeded": ("ok", "done", "ok"),
    "Failed": ("error", "failed", "error"),
    "Cancelled": ("warning", "stopped", "warning"),
    "NeedsInput": ("ask", "needs your answer", "warning"),
    "OverBudget": ("warning", "over budget", "warning"),
}
VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    "verified": ("ok", "verified", "ok"),
    "not-verified": ("warning", "not verified", "warning"),
    "contradicted": ("error", "contradicted", "error"),
    "not-run": ("note", "not run", "dim"),
}
STANDINGS = {
    "seen": ("ok", "ok", "seen"),
    "differs": ("error", "error", "differs from what was seen"),
    "outdated": ("warning", "warning", "outdated"),
    "not seen": ("ask", "warning", "claimed, not seen"),
}
MOST_CLAIMS = 6


class _Claim(msgspec.Struct, frozen=True):
    """What the report's JSON says of a claim; see `attempts.claims.Claim`."""

    text: str
    standing: str
    seq: int = 0
    note: str = ""


class _Report(msgspec.Struct, frozen=True):
    claims: tuple[_Claim, ...] = ()
    not_checked: tuple[str, ...] = ()


class Ended(Piece):
    """The end of a turn in one line: how, at what cost, in what time, with what changed; what to know below."""

    kind: Kind = "turn"

    def __init__(self, theme: Theme, outcome: Outcome, *, seq: int = 0) -> None:
        super().__init__(theme, seq=seq)
        self._outcome = outcome

    def layout(self, width: int, full: bool) -> list[Line]:
        """The line, wrapped at its dots where it is too long."""
        outcome = self._outcome
        mark, word, role = WORDS[type(outcome).__name__]
        room = self.room(width, mark)
        parts = [word, *spend_parts(outcome.spend), *(["scripted model"] if outcome.scripted else [])]
        if outcome.change and outcome.change.files:
            change = outcome.change
            minus = self.theme.mark("minus")
            parts.append(f"{counted(len(change.files), 'file')} +{change.added} {minus}{change.removed}")
        dot = f" {self.theme.mark('dot')} "
        rows = [
            [*line] for line in packed([Span(parts[0], f"{role} strong"), *(Span(part, "dim") for part in parts[1:])], dot, room)
        ]
        rows += [part for row in self._below() for part in wrapped(line_of(safe(row).strip(), "dim"), room)]
        return self.marked(rows, mark, role)

    def _below(self) -> list[str]:
        outcome = self._outcome
        lines = [] if type(outcome).__name__ == "Succeeded" else [outcome.why.replace("\n", " ")]
        if isinstance(outcome, Failed) and outcome.fix:
            lines.append(f"fix: {outcome.fix}")
        if isinstance(outcome, OverBudget) and outcome.ceiling not in outcome.why:
            lines.append(f"ceiling: {outcome.ceiling}")
        if isinstance(outcome, NeedsInput) and outcome.asks not in outcome.why:
            lines.append(outcome.asks)
        return [line for text in lines for line in text.split("\n")]


def spend_parts(spend: Spend) -> list[str]:
    """`$0.0123`, `14.2k tokens (9.0k cached)`, `6 steps`, `41 s`."""
    usage = spend.usage
    cached = f" ({tokens_of(usage.cached)} cached)" if usage.cached else ""
    tokens = f"{tokens_of(usage.total)} tokens{cached}{', estimated' if usage.estimated else ''}"
    return [spend.cost, tokens, counted(spend.steps, "step"), seconds(spend.seconds)] if spend.calls else [seconds(spend.seconds)]


def packed(parts: Sequence[Span], between: str, room: int) -> list[Line]:
    """The parts in as few lines as fit, none of them broken that fits a line."""
    lines: list[Line] = [[]]
    taken = 0
    for part in parts:
        if taken and taken + len(between) + len(part.text) > room:
            lines.append([])
            taken = 0
        if taken:
            lines[-1].append(Span(between, "dim"))
            taken += len(between)
        lines[-1].append(part)
        taken += len(part.text)
    return [row for line in lines for row in wrapped(line, room)]


class Checked(Piece):
    """One clean run, or what all of them say together."""

    def __init__(self, theme: Theme, event: VerificationRan | Verified) -> None:
        super().__init__(theme, seq=event.seq)
        self.kind: Kind = "check" if isinstance(event, VerificationRan) else "result"
        self._event = event

    def layout(self, width: int, full: bool) -> list[Line]:
        """Words first, then figures."""
        event = self._event
        if isinstance(event, Verified):
            return self._verdict(event, width, full)
        run = event.run
        counts = ", ".join(f"{count:,} {state}" for state, count in run.tests.items() if count)
        end = "out of time" if run.timed_out else counts or f"exit {run.exit_code}"
        good = run.good
        note = f" {self.theme.mark('dot')} {safe(run.note)}" if run.note else ""
        line: Line = [
            Span(f"clean run {safe(run.name):<18} ", "dim"),
            Span(end, "ok" if good else "warning"),
            Span(f" {self.theme.mark('dot')} {seconds(run.seconds)}{note}", "dim"),
        ]
        return self.marked(wrapped(line, self.room(width)), "ok" if good else "note", "dim")

    def _verdict(self, event: Verified, width: int, full: bool) -> list[Line]:
        mark, word, role = VERDICTS[event.verdict]
        room = self.room(width, mark)
        rows = wrapped([Span(word, f"{role} strong"), Span(f": {safe(event.why)}".replace("\n", " "))], room)
        rows += [part for flag in event.flags for part in wrapped(line_of(f"flag: {safe(flag)}", "warning"), room)]
        for name, tests in (
            ("red to green", event.red_to_green),
            ("newly failing", event.newly_failing),
            ("removed", event.removed),
            ("skipped", event.skipped),
            ("flaky", event.flaky),
            ("slower", event.slower),
        ):
            shown = tests if full else tests[:3]
            rows += [part for test in shown for part in wrapped(line_of(f"{name}: {safe(test)}", "dim"), room)]
            if len(shown) < len(tests):
                rows.append(self.more(f"{len(tests) - len(shown):,} more {name}"))
        return self.marked(rows, mark, role)


class Changed(Piece):
    """The change on its branch."""

    kind: Kind = "result"

    def __init__(self, theme: Theme, event: ChangeMade) -> None:
        super().__init__(theme, seq=event.seq)
        self._change = event.change

    def layout(self, width: int, full: bool) -> list[Line]:
        """Branch, files and counts; the files when unfolded."""
        change, room = self._change, self.room(width, "edit")
        figures = f"{counted(len(change.files), 'file')}, +{change.added} {self.theme.mark('minus')}{change.removed}"
        where = [Span("branch "), Span(safe(change.branch), "path"), Span("  ")] if change.branch else []
        rows = wrapped([*where, Span(figures, "dim")], room)
        if full:
            rows += [part for path in change.files for part in wrapped(line_of(safe(path), "dim"), room)]
        return self.marked(rows, "edit", "accent")


class Evidence(Piece):
    """What the agent said it ran, beside the events that bear it out or do not."""

    kind: Kind = "result"
    unfolds = True

    def __init__(self, theme: Theme, report: bytes, *, seq: int = 0) -> None:
        super().__init__(theme, seq=seq)
        try:
            self._report = msgspec.json.decode(report, type=_Report)
        except msgspec.DecodeError:
            self._report = _Report()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say: no claim was made."""
        return not self._report.claims

    def layout(self, width: int, full: bool) -> list[Line]:
        """Each claim with its mark, its standing in words and the number of the event."""
        rows: list[Line] = [line_of("Evidence", "strong")]
        claims = self._report.claims if full else self._report.claims[:MOST_CLAIMS]
        room = self.room(width) - 2
        for claim in claims:
            mark, role, word = STANDINGS.get(claim.standing, STANDINGS["not seen"])
            sign = Span(f"{self.theme.mark(mark)} ", role)
            where = f" {self.theme.mark('dot')} event {claim.seq}" if claim.seq else ""
            note = f": {safe(claim.note)}" if claim.note else ""
            said = [span for line in spans(safe(claim.text).replace("\n", " ")) for span in line]
            words = [*said, Span(f"  {word}{where}{note}", "dim")]
            rows += [[Span(" " * len(sign.text)) if number else sign, *row] for number, row in enumerate(wrapped(words, room))]
        if len(claims) < len(self._report.claims):
            rows.append(self.more(f"{len(self._report.claims) - len(claims)} more claims"))
        for text in self._report.not_checked if full else ():
            rows += wrapped(line_of(f"not checked: {safe(text)}", "dim"), room)
        return [[Span("  "), *row] for row in rows]
