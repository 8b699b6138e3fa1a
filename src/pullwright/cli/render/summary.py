"""An outcome for a person: how it ended, what changed, how that was checked, what it cost, what to do next."""

from __future__ import annotations

from pullwright.cli.render.banner import TEXT
from pullwright.cli.render.clean import clean
from pullwright.cli.render.progress import VERDICTS, seconds
from pullwright.cli.render.style import PLAIN, Colour, Style
from pullwright.protocol.outcomes import ChangeSummary, Failed, NeedsInput, Outcome, OverBudget, Succeeded
from pullwright.protocol.usage import Spend

WORDS: dict[str, tuple[str, Colour]] = {
    "Succeeded": ("succeeded", "green"),
    "Failed": ("failed", "red"),
    "Cancelled": ("stopped", "yellow"),
    "NeedsInput": ("needs your answer", "yellow"),
    "OverBudget": ("over budget", "yellow"),
}


def summary(outcome: Outcome, session: str, *, applied: tuple[str, ...] | None = None, style: Style = PLAIN) -> str:
    """The lines under a turn. `applied` are the paths brought into the working tree, None when that was not asked for."""
    rows = _reason(outcome, style)
    if outcome.change:
        rows += _change(outcome, outcome.change, style)
    rows += [("cost", spend_text(outcome.spend)), *_next(outcome, session, applied)]
    if outcome.scripted:
        rows.append(("note", style(TEXT, "yellow")))
    return _lines(rows, style)


def reason(outcome: Outcome, *, style: Style = PLAIN) -> str:
    """Only how it ended, why, and what would help."""
    return _lines(_reason(outcome, style), style)


def _reason(outcome: Outcome, style: Style) -> list[tuple[str, str]]:
    word, colour = WORDS[type(outcome).__name__]
    rows = [(style(word, colour, "bold"), clean(outcome.why))]
    if isinstance(outcome, NeedsInput):
        rows.append(("question", clean(outcome.asks)))
    if isinstance(outcome, OverBudget):
        rows.append(("ceiling", clean(outcome.ceiling)))
    if isinstance(outcome, Failed) and outcome.fix:
        rows.append(("fix", clean(outcome.fix)))
    return rows


def _lines(rows: list[tuple[str, str]], style: Style) -> str:
    return "".join(f"{_padded(name, style)}  {text}\n" for name, text in rows)


def _padded(name: str, style: Style) -> str:
    painted = "\x1b[" in name
    return name if painted or name in [word for word, _ in WORDS.values()] else style(f"  {name:<8}", "dim")


def _change(outcome: Outcome, change: ChangeSummary, style: Style) -> list[tuple[str, str]]:
    count = len(change.files)
    files = f"{count} file{'s' * (count != 1)}, +{change.added} -{change.removed}"
    word, colour = VERDICTS[outcome.verdict]
    return [("branch", f"{clean(change.branch)}  ({files})"), ("checked", style(word, colour))]


def _next(outcome: Outcome, session: str, applied: tuple[str, ...] | None) -> list[tuple[str, str]]:
    """What a person may do now."""
    rows: list[tuple[str, str]] = []
    if applied is not None:
        rows.append(("applied", f"{len(applied)} path{'s' * (len(applied) != 1)} in your working tree, not committed"))
    elif outcome.change:
        rows.append(("look", f"pullwright diff {session}"))
        rows.append(("take", f"pullwright apply {session}   or   git merge {clean(outcome.change.branch)}"))
    if isinstance(outcome, NeedsInput):
        rows.append(("answer", f"pullwright sessions resume {session} --answer yes   (or no, or what to do instead)"))
    elif isinstance(outcome, OverBudget):
        rows.append(("go on", f"pullwright sessions resume {session} --budget …"))
    elif not isinstance(outcome, Succeeded):
        rows.append(("go on", f"pullwright sessions resume {session}"))
    elif not outcome.change:
        rows.append(("session", session))
    return rows


def spend_text(spend: Spend) -> str:
    """`$0.0123 · 14,200 tokens (9,000 cached) · 6 steps · 41 s`."""
    usage = spend.usage
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    estimated = ", estimated" if usage.estimated else ""
    return f"{spend.cost} · {usage.total:,} tokens{cached}{estimated} · {spend.steps} steps · {seconds(spend.seconds)}"
