"""A report as Markdown, for a terminal, a page, a pull request's body. Everything from outside goes through `prose`."""

from __future__ import annotations

from collections.abc import Iterator

from pullwright.attempts.layout import MOST, bullets, table
from pullwright.attempts.prose import code, line, quote
from pullwright.attempts.report import CleanRun, Report
from pullwright.attempts.workloads.section import section
from pullwright.protocol.usage import money

BANNER = "**The model of this run was scripted.** No mind wrote this change; the answers were played back."

VERDICTS = {
    "verified": "**Verified**",
    "not-verified": "**Not verified**",
    "contradicted": "**Contradicted**",
    "not-run": "Not run",
}


def render(report: Report) -> str:
    """The report as Markdown."""
    parts = [
        _head(report),
        _change(report),
        _citations(report),
        _checks(report),
        section(report.workload),
        _claims(report),
        _not_checked(report),
        _around(report),
    ]
    return "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"# {line(report.asked[0] if report.asked else 'Report', 100)}"
    if report.scripted:
        yield f"\n> [!WARNING]\n> {BANNER}"
    yield f"\n**{report.outcome.replace('_', ' ').capitalize()}**: {line(report.why)}\n"
    spend = report.spend
    usage = spend.usage
    about = "about " if usage.estimated else ""
    yield from table(
        ("", ""),
        [
            ("model", f"{code(f'{report.provider}/{report.model}')}{f', effort {line(report.effort)}' if report.effort else ''}"),
            ("cost", line(money(spend.cost_usd if spend.calls else 0.0, unpriced=spend.unpriced))),
            ("tokens", f"{about}{usage.input:,} in ({usage.cached:,} cached), {usage.output:,} out"),
            *([("queued", f"{report.queued:.1f} s")] if report.queued is not None else []),
            ("time", f"{spend.seconds:.1f} s, {spend.steps} steps, {spend.calls} model calls, {report.retries} retries"),
            ("sandbox", f"{line(report.sandbox)}; network {line(report.network)}{'; resumed' if report.resumed else ''}"),
            *([("environment", code(report.environment[:12]))] if report.environment else []),
            ("session", f"{code(report.session)}, turn {code(report.turn)}"),
        ],
    )
    yield "\n## Asked\n"
    yield quote("\n\n".join(report.asked), 4_000)


def _change(report: Report) -> Iterator[str]:
    change = report.change
    if not change:
        if report.mode == "code":
            yield "## Changed\n\nNothing."
        return
    yield "## Changed\n"
    yield (
        f"Branch {code(change.branch)} at {code(change.head[:12])} over {code(change.base[:12])}: {len(change.files)} "
        f"file{'s' if len(change.files) != 1 else ''}, +{change.added} −{change.removed} (event {report.change_seq}"
        f"{f', diff {code(report.diff_artifact)}' if report.diff_artifact else ''}).\n"
    )
    yield from bullets(change.files, code)


def _citations(report: Report) -> Iterator[str]:
    """What an answer cites, and whether it is there."""
    if report.citations:
        yield f"## Cited (event {report.citations_seq})\n"
        for each in report.citations[:MOST]:
            where = f"{each.path}:{each.first}" + (f"-{each.last}" if each.last != each.first else "")
            yield f"- {code(where)}: {'there' if each.standing == 'there' else f'**{each.standing}**'}"
        if len(report.citations) > MOST:
            yield f"- and {len(report.citations) - MOST} more"


def _checks(report: Report) -> Iterator[str]:
    yield "## Checked\n"
    if report.mode == "code":
        yield from _verification(report)
    yield "\n### Commands that the agent ran\n"
    yield from commands(report)


def commands(report: Report) -> Iterator[str]:
    """What the agent ran, as a table."""
    if not report.commands:
        yield "None."
        return
    rows = [
        (
            str(command.seq),
            _ended(command.exit_code, command.signal, timed_out=command.timed_out),
            f"{command.seconds:.1f} s",
            f"{command.output_bytes:,} B {code(command.output_sha256[:12]) if command.output_sha256 else ''}".rstrip(),
            code(command.command),
        )
        for command in report.commands[-MOST:]
    ]
    if len(report.commands) > MOST:
        yield f"The last {MOST} of {len(report.commands)}.\n"
    yield from table(("event", "exit", "time", "output (sha256)", "command"), rows)


def _verification(report: Report) -> Iterator[str]:
    yield "### Pullwright's own clean runs\n"
    verified = report.verified
    if not verified:
        yield "Not run."
        return
    yield f"{VERDICTS[verified.verdict]}: {line(verified.why)} (event {verified.seq}). Command: {code(verified.command)}\n"
    if report.runs:
        yield from runs(report)
    for title, names in (
        ("Red to green", verified.red_to_green),
        ("Newly failing", verified.newly_failing),
        ("Removed", verified.removed),
        ("Skipped, which ran on the base", verified.skipped),
        ("Flaky (ended differently in two runs of the same files; left out)", verified.flaky),
        ("Slower", verified.slower),
    ):
        if names:
            yield f"\n{title} ({len(names)}):\n"
            yield from bullets(names, code)
    if verified.flags:
        yield "\nFlags (these parts prove nothing):\n"
        yield from bullets(verified.flags, line)


def runs(report: Report) -> Iterator[str]:
    """The clean runs, as a table."""
    return table(("event", "run", "exit", "passed", "failed", "errors", "skipped", "time"), map(_run, report.runs))


def _run(clean: CleanRun) -> tuple[str, ...]:
    run = clean.run
    states = ("passed", "failed", "error", "skipped")
    counts = tuple(str(run.tests.get(state, 0)) if run.tests else "?" for state in states)
    name = f"{run.name} ({line(run.note)})" if run.note else run.name
    return (str(clean.seq), name, _ended(run.exit_code, timed_out=run.timed_out), *counts, f"{run.seconds:.1f} s")


def _claims(report: Report) -> Iterator[str]:
    if not report.message:
        return
    yield "## What the agent says (a claim, not evidence)\n"
    yield quote(report.message)
    if report.claims:
        yield "\nHeld against what ran:\n"
        yield from claims(report)


def claims(report: Report) -> Iterator[str]:
    """The agent's claims, as a table."""
    if report.claims:
        names = {
            "seen": "seen",
            "differs": "**differs**",
            "outdated": "**outdated**",
            "not seen": "**claimed, not seen**",
        }
        rows = [(line(claim.text, 160), names[claim.standing], str(claim.seq or ""), line(claim.note)) for claim in report.claims]
        yield from table(("claim", "", "event", ""), rows)


def _not_checked(report: Report) -> Iterator[str]:
    yield "## Not checked\n"
    if report.not_checked:
        yield from bullets(report.not_checked, line)
    else:
        yield "Nothing is known that was claimed and not checked. What no test covers was not looked at."


def _around(report: Report) -> Iterator[str]:
    for title, lines in (
        ("Refused connections", report.refused),
        ("Permissions", report.permissions),
        ("Notices", report.notices),
    ):
        if lines:
            yield f"## {title}\n"
            yield from bullets(lines, line)
            yield ""


def _ended(exit_code: int | None, signal: str = "", *, timed_out: bool = False) -> str:
    if timed_out:
        return "timed out"
    return str(exit_code) if exit_code is not None else (line(signal) or "killed")
