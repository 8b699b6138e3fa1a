"""A turn in sentences, each with what bears it out.

    statements(turn, report) -> Statement…      asked · changed · checked · not checked

What the agent says is marked as its claim, whether or not something bears it out; everything else was seen by Pullwright itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from pullwright.protocol.events import Event, FilesChanged, InputReceived, VerificationRun
from pullwright.protocol.inputs import Prompt, Steer

if TYPE_CHECKING:
    from pullwright.attempts.report import CleanRun, Command, Report

Part = Literal["asked", "changed", "checked", "not checked"]
LONGEST = 2_000


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sentence points to: events of the session's log by number; a command with its exit code; a digest of its output,
    and the artifact that keeps it; the git tree that it was about."""

    events: tuple[int, ...] = ()
    command: str = ""
    exit_code: int | None = None
    sha256: str = ""
    artifact: str = ""
    tree: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sentence. `claim`: the agent says so."""

    part: Part
    text: str
    claim: bool = False
    evidence: tuple[Evidence, ...] = ()


def statements(turn: Sequence[Event], report: Report) -> tuple[Statement, ...]:
    """All of a report's sentences."""
    return (*_asked(turn), *_changed(report), *_checked(turn, report), *_unchecked(report))


def _asked(turn: Iterable[Event]) -> Iterator[Statement]:
    for event in turn:
        if isinstance(event, InputReceived) and isinstance(event.input, Prompt | Steer) and event.input.text.strip():
            yield Statement(part="asked", text=event.input.text[:LONGEST], evidence=(Evidence(events=(event.seq,)),))


def _changed(report: Report) -> Iterator[Statement]:
    change = report.change
    if change is not None:
        text = (
            f"{change.branch} at {change.head} over {change.base}: {len(change.files)} files, +{change.added} -{change.removed}."
        )
        events = (report.change_seq,) if report.change_seq else ()
        yield Statement(part="changed", text=text, evidence=(Evidence(events=events, artifact=report.diff_artifact),))
    if report.message:
        yield Statement(part="changed", text=report.message[:LONGEST], claim=True)


def _checked(turn: Iterable[Event], report: Report) -> Iterator[Statement]:
    command = report.verified.command if report.verified is not None else ""
    for clean in report.runs:
        yield Statement(part="checked", text=_of_run(clean.run), evidence=(_evidence(clean, command),))
    if report.verified is not None:
        text = f"{report.verified.verdict.capitalize()}: {report.verified.why}."
        yield Statement(part="checked", text=text, evidence=(Evidence(events=(report.verified.seq,)),))
    for cited in report.citations:
        where = f"{cited.path}:{cited.first}" + (f"-{cited.last}" if cited.last != cited.first else "")
        evidence = Evidence(events=(report.citations_seq,), sha256=cited.sha256)
        yield Statement(part="checked", text=f"The answer cites {where}: {cited.standing}.", evidence=(evidence,))
    edited = max((event.seq for event in turn if isinstance(event, FilesChanged)), default=0)
    last = next((each for each in reversed(report.commands) if each.seq > edited), None)
    if last is not None:
        text = f"The last command that the agent ran after its last edit {_ended(last)}."
        evidence = Evidence(
            events=(last.seq,),
            command=last.command[:LONGEST],
            exit_code=last.exit_code,
            sha256=last.output_sha256,
            artifact=last.artifact,
        )
        yield Statement(part="checked", text=text, evidence=(evidence,))
    for claim in report.claims:
        text = f"{claim.text} ({claim.standing}{f': {claim.note}' if claim.note else ''})"
        yield Statement(part="checked", text=text, claim=True, evidence=(Evidence(events=(claim.seq,)),) if claim.seq else ())


def _unchecked(report: Report) -> Iterator[Statement]:
    for text in report.not_checked:
        yield Statement(part="not checked", text=text)


def _of_run(run: VerificationRun) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in run.tests.items()) or "no tests known by name"
    ended = "ran out of time" if run.timed_out else f"ended with {run.exit_code if run.exit_code is not None else 'a signal'}"
    return f"The clean run {run.name} {ended}: {counts}{f' ({run.note})' if run.note else ''}."


def _evidence(clean: CleanRun, command: str) -> Evidence:
    run = clean.run
    return Evidence(
        events=(clean.seq,),
        command=command,
        exit_code=run.exit_code,
        sha256=run.output_sha256,
        artifact=run.artifact,
        tree=run.tree,
    )


def _ended(command: Command) -> str:
    if command.timed_out:
        return "ran out of time"
    return f"ended with {command.exit_code if command.exit_code is not None else command.signal or 'a signal'}"
