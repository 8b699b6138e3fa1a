"""A report as the body of a pull request: what a reviewer needs first, the rest folded, and never longer than forges take.

    body(report, limit) -> Markdown

Everything from outside goes through `prose`: nothing that an agent, a file's name or a test's name says mentions anybody,
closes an issue, gives a forge's bot an order or opens a comment. No line begins with text from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pullwright.attempts.layout import bullets, folded, length
from pullwright.attempts.markdown import BANNER, VERDICTS, claims, commands, runs
from pullwright.attempts.prose import code, line, quote
from pullwright.attempts.report import Report
from pullwright.attempts.workloads.section import section
from pullwright.protocol.usage import money

LIMIT = 60_000
"""Characters: GitHub takes 65,536, and a hidden mark or a line of the forge's own must fit, too."""
SHORT, LONG = 10, 200
"""Entries of a list that are shown at once, and folded."""
LONGEST = 300
"""Characters of an entry."""


def body(report: Report, *, limit: int = LIMIT) -> str:
    """The body, at most `limit` characters long. What does not fit is left out from its end, and named."""
    kept: list[str] = []
    left_out: list[str] = []
    room = limit - 1_000
    for title, lines in _parts(report):
        text = "\n".join(lines)
        if not text:
            continue
        if (cost := length(text) + 2) <= room:
            kept.append(text)
            room -= cost
        else:
            left_out.append(title)
    if left_out:
        kept.append(f"Left out, since a forge takes no more: {'; '.join(left_out)}. The report in full is kept with the session.")
    return "\n\n".join(kept) + "\n"


def _parts(report: Report) -> Iterator[tuple[str, Iterable[str]]]:
    """The parts, what matters most first, each with what it is called when it does not fit."""
    yield "the verdict", _verdict(report)
    yield "what was asked", _asked(report)
    yield "what changed", _changed(report)
    yield "how it was checked", _checked(report)
    yield "what was not checked", _not_checked(report)
    yield "cost and circumstances", _cost(report)
    yield "the template's checks", section(report.workload)
    yield "the agent's message", _message(report)
    yield "the clean runs", _runs(report)
    yield "every test by name", _tests(report)
    if report.commands:
        yield "what the agent ran", folded(f"Commands that the agent ran ({len(report.commands)})", ["", *commands(report)])


def _code(text: str) -> str:
    return code(text, LONGEST)


def _line(text: str) -> str:
    return line(text, LONGEST)


def _verdict(report: Report) -> Iterator[str]:
    if report.scripted:
        yield f"> [!WARNING]\n> {BANNER}\n"
    verified, workload = report.verified, report.workload
    if workload is not None and workload.why:
        yield f"{VERDICTS[workload.verdict]}: {line(workload.why)} (event {workload.seq})."
    elif verified is not None:
        yield f"{VERDICTS[verified.verdict]}: {line(verified.why)} (event {verified.seq})."
    else:
        yield "**Not verified**: Pullwright made no clean run of the tests."
    if report.outcome != "succeeded":
        yield f"\nThe turn ended as **{report.outcome.replace('_', ' ')}**: {line(report.why)}"


def _asked(report: Report) -> Iterator[str]:
    yield "## Asked\n"
    yield quote("\n\n".join(report.asked), 2_000)


def _changed(report: Report) -> Iterator[str]:
    change = report.change
    if change is None:
        return
    files = f"{len(change.files)} file{'s' if len(change.files) != 1 else ''}"
    yield "## Changed\n"
    yield f"{files}, +{change.added} −{change.removed}, over {code(change.base[:12])} (event {report.change_seq}).\n"
    if len(change.files) <= SHORT:
        yield from bullets(change.files, code)
    else:
        yield from folded(f"{files}", ["", *bullets(change.files, code, LONG)])
    if report.message:
        yield "\nThe agent says (a claim, not evidence):\n"
        yield quote(report.message, 2_000)


def _checked(report: Report) -> Iterator[str]:
    yield "## Checked\n"
    verified = report.verified
    if verified is None:
        yield "Not by Pullwright."
        return
    if verified.command:
        yield f"In fresh sandboxes that the agent never touched, with {code(verified.command)}:\n"
    for clean in report.runs:
        run = clean.run
        counts = ", ".join(f"{count} {state}" for state, count in run.tests.items()) or f"exit code {run.exit_code}"
        digest = f", output {code(run.output_sha256[:12])}" if run.output_sha256 else ""
        yield f"- {run.name}: {'out of time' if run.timed_out else counts} (event {clean.seq}{digest})"
    for title, names in _named(report):
        yield f"\n{title} ({len(names)}):\n"
        yield from bullets(names, _code, SHORT)
    if verified.flags:
        yield "\nFlags (these parts prove nothing):\n"
        yield from bullets(verified.flags, _line, SHORT)


def _named(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    verified = report.verified
    if verified is None:
        return
    for title, names in (
        ("Newly failing", verified.newly_failing),
        ("Red to green", verified.red_to_green),
        ("Removed", verified.removed),
        ("Skipped, which ran on the base", verified.skipped),
        ("Flaky, left out", verified.flaky),
        ("Slower", verified.slower),
    ):
        if names:
            yield title, names


def _not_checked(report: Report) -> Iterator[str]:
    yield "## Not checked\n"
    if report.not_checked:
        yield from bullets(report.not_checked, _line, SHORT)
    yield "- What no test covers was not looked at."


def _cost(report: Report) -> Iterator[str]:
    spend, usage = report.spend, report.spend.usage
    queued = f" after {report.queued:.0f} s in the queue" if report.queued is not None else ""
    facts = (
        money(spend.cost_usd if spend.calls else 0.0, unpriced=spend.unpriced),
        f"{'about ' if usage.estimated else ''}{usage.input:,} tokens in, {usage.output:,} out",
        f"{spend.seconds:.0f} s{queued}",
        f"{spend.steps} steps",
        f"model {code(f'{report.provider}/{report.model}')}",
        f"sandbox {line(report.sandbox)}, network {line(report.network)}",
        *([f"environment {code(report.environment[:12])}"] if report.environment else []),
        f"session {code(report.session)}",
    )
    yield f"<sub>{' · '.join(facts)}</sub>"


def _message(report: Report) -> Iterator[str]:
    if report.claims:
        yield from folded("The agent's claims, held against what ran", ["", *claims(report)])
    if len(report.message) > 2_000:
        yield from folded("The agent's message in full (a claim, not evidence)", ["", quote(report.message)])


def _runs(report: Report) -> Iterator[str]:
    if report.runs:
        yield from folded("Clean runs", ["", *runs(report)])


def _tests(report: Report) -> Iterator[str]:
    for title, names in _named(report):
        if len(names) > SHORT:
            yield from folded(f"{title} ({len(names)})", ["", *bullets(names, _code, LONG)])
