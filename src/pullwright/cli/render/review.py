"""A review as a person reads it: findings with the lines that they are about, then what the checks left out.

Everything that a model or a repository wrote is cleaned here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pullwright.attempts.review.patch import Line
from pullwright.attempts.review.record import Finding, Review
from pullwright.cli.render.clean import clean, fit, one_line
from pullwright.cli.render.style import PLAIN, Colour, Style
from pullwright.cli.render.summary import spend_text

WIDTH = 100
_COLOURS: dict[str, tuple[Colour, ...]] = {"P0": ("red", "bold"), "P1": ("red",), "P2": ("yellow",), "P3": ("cyan",)}
_MARKS: dict[str, Colour] = {"+": "green", "-": "red"}


def text(found: Review, style: Style = PLAIN, width: int = WIDTH) -> str:
    """The findings, for stdout."""
    lines = [f"{clean(found.summary)}\n"] if found.summary else []
    for finding in found.findings:
        lines += [*finding_lines(finding, style, width), ""]
    if not found.findings and found.outcome == "succeeded":
        lines.append(_nothing(found))
    if found.outside:
        lines += [style("Outside of the change (counted for nothing):", "bold"), ""]
        for finding in found.outside:
            lines += [*finding_lines(finding, style, width), ""]
    return "\n".join(lines).rstrip() + "\n" if lines else ""


def finding_lines(finding: Finding, style: Style = PLAIN, width: int = WIDTH) -> list[str]:
    """One finding: priority and title, `path:line`, the lines, the reason, what it rests on."""
    return list(_finding(finding, style, width))


def _finding(finding: Finding, style: Style, width: int) -> Iterator[str]:
    yield f"{style(finding.priority, *_COLOURS[finding.priority])}  {style(clean(finding.title), 'bold')}"
    side = " (removed)" if finding.side == "old" else ""
    where = f"{one(finding.path)}:{finding.start}{f'-{finding.end}' if finding.end > finding.start else ''}{side}"
    yield f"{style(where, 'blue')}  {style(f'{finding.category} · confidence {finding.confidence:g} · {finding.id}', 'dim')}"
    for line in finding.lines:
        sign = ">" if _is_meant(line, finding) else " "
        yield style(f"  {sign} {line.number:>5}{line.mark} {_cut(line, width)}".rstrip(), *_mark(line))
    yield from _paragraphs(finding.body, "    ", width)
    if finding.suggestion:
        yield from _paragraphs(finding.suggestion, "    ", width, first="    mend: ")
    if finding.guideline:
        yield from _paragraphs(f"{finding.guideline.path}: “{finding.guideline.quote}”", "    ", width, first="    guideline: ")
    for each in finding.evidence:
        ended = f"exit code {each.exit_code}" if each.exit_code is not None else "no exit code"
        yield f"    ran: {one_line(each.command, width)}  {style(f'{ended} · event {each.seq}', 'dim')}"


def one(words: str) -> str:
    """On one line, whatever is in it."""
    return clean(words.replace("\n", "\\n"))


def _is_meant(line: Line, finding: Finding) -> bool:
    return finding.start <= line.number <= finding.end and (line.mark == "-") == (finding.side == "old")


def _cut(line: Line, width: int) -> str:
    whole = clean(line.text).expandtabs(4)
    kept = fit(whole, width - 13)
    return kept if kept == whole else f"{kept}…"


def _mark(line: Line) -> tuple[Colour, ...]:
    return (_MARKS[line.mark],) if line.mark in _MARKS else ("dim",)


def _paragraphs(words: str, indent: str, width: int, first: str = "") -> Iterator[str]:
    """Wrapped but for code blocks and what is indented already."""
    fenced = False
    for number, line in enumerate(clean(words).splitlines()):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        start = first if number == 0 and first else indent
        if fenced or fence or line.startswith(("    ", "\t")) or not line.strip():
            yield f"{start}{line}".rstrip()
        else:
            yield from textwrap.wrap(line, width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)


def _nothing(found: Review) -> str:
    if not found.files:
        return clean(found.why[:1].upper() + found.why[1:]) + "."
    return f"No findings in {_counted(found.files, 'file')} (+{found.added} -{found.removed})."


def head_and_foot(found: Review, style: Style = PLAIN) -> list[str]:
    """What was reviewed, what the checks did, and what it cost, for stderr."""
    if not found.files and found.outcome == "succeeded":
        return []
    return [f"{style(f'  {name:<8}', 'dim')}  {words}" for name, words in _rows(found, style)]


def _rows(found: Review, style: Style) -> Iterator[tuple[str, str]]:
    if found.outcome != "succeeded":
        yield found.outcome.replace("_", " "), clean(found.why)
        if found.fix:
            yield "fix", clean(found.fix)
    yield (
        "reviewed",
        f"{one(found.what)}, against {one(found.base)}: {_counted(found.files, 'file')}, +{found.added} -{found.removed}",
    )
    if found.passes_done < found.passes:
        yield "parts", style(f"only {found.passes_done} of {found.passes} were reviewed", "yellow")
    elif found.passes > 1:
        yield "parts", f"{found.passes}, one after the other"
    yield "found", _counts(found)
    for reason in dict.fromkeys(each.reason for each in found.dropped):
        yield "left out", f"{sum(each.reason == reason for each in found.dropped)}: {reason}"
    if found.uncited:
        yield "left out", f"{found.uncited} cited guideline{'s' * (found.uncited != 1)} not in the project's"
    if found.unran:
        yield "left out", f"{_counted(found.unran, 'command')} named as evidence that never ran"
    if found.guidelines_edited:
        names = ", ".join(map(one, found.guidelines_edited))
        yield "note", style(f"the change edits the review guidelines in {names}; those of the base were used", "yellow")
    if found.unread:
        names = ", ".join(map(one, found.unread[:5])) + (f" and {len(found.unread) - 5} more" if len(found.unread) > 5 else "")
        yield "not read", style(names, "yellow")
    yield "ran", f"{_counted(found.commands, 'command')}; {_proved(found)}"
    yield "spent", spend_text(found.spend)
    yield "session", found.session
    if found.scripted:
        from pullwright.cli.render.banner import TEXT

        yield "note", style(TEXT, "yellow")


def _counts(found: Review) -> str:
    counts = [(priority, sum(each.priority == priority for each in found.findings)) for priority in _COLOURS]
    words = ", ".join(f"{count} {priority}" for priority, count in counts if count) or "nothing"
    return words + (f"; {len(found.outside)} outside of the change" if found.outside else "")


def _proved(found: Review) -> str:
    proved = sum(bool(each.evidence) for each in found.findings)
    return (
        f"{proved} of {_counted(len(found.findings), 'finding')} with a command as evidence" if found.findings else "no findings"
    )


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
