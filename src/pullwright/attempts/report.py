"""What a turn did, each claim with the events that bear it out: a pure function of the log.

    build(events, outcome) -> Report        data; `report_json` writes it, `markdown.render` shows it

The agent's own words are in it once, as a claim. Everything else comes from what Pullwright saw itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from pullwright.attempts.claims import Claim, check
from pullwright.attempts.statements import Statement, statements
from pullwright.attempts.testing import runner_of
from pullwright.attempts.workloads.section import unmeasured
from pullwright.protocol.events import (
    AnswerChecked,
    ChangeMade,
    Citation,
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ModelRetried,
    NetworkDecided,
    Noticed,
    PermissionAnswered,
    PermissionAsked,
    SessionStarted,
    TurnStarted,
    VerificationRan,
    VerificationRun,
    Verified,
    WorkloadChecked,
    spend_after,
)
from pullwright.protocol.inputs import Input, Prompt, Steer
from pullwright.protocol.outcomes import ChangeSummary, Outcome
from pullwright.protocol.usage import Spend

VERSION = 2
Kind = TypeVar("Kind", bound=Event)


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command of the agent's, with the event that recorded it."""

    seq: int
    step: int
    command: str
    exit_code: int | None
    signal: str = ""
    timed_out: bool = False
    seconds: float = 0.0
    output_bytes: int = 0
    output_sha256: str = ""
    artifact: str = ""


class CleanRun(msgspec.Struct, frozen=True, kw_only=True):
    """One of the verification's runs, with the event that recorded it."""

    seq: int
    run: VerificationRun


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A turn with its evidence. `seq` numbers point into the session's log; artifacts lie beside it.

    `queued` are the seconds that it waited for a place (None: it was not queued), `environment` the digest of what the clean runs
    were made in. Version 2 added `statements`, `queued`, `environment` and `citations`; a reader of version 1 finds all else.
    """

    version: int = VERSION
    session: str
    turn: str
    project: str
    mode: str
    asked: tuple[str, ...]
    outcome: str
    why: str
    message: str
    scripted: bool
    resumed: bool
    provider: str
    model: str
    effort: str
    sandbox: str
    network: str
    base: str
    change: ChangeSummary | None
    change_seq: int
    diff_artifact: str
    commands: tuple[Command, ...]
    claims: tuple[Claim, ...]
    runs: tuple[CleanRun, ...]
    verified: Verified | None
    workload: WorkloadChecked | None = None
    not_checked: tuple[str, ...]
    refused: tuple[str, ...]
    permissions: tuple[str, ...]
    notices: tuple[str, ...]
    retries: int
    spend: Spend
    statements: tuple[Statement, ...] = ()
    queued: float | None = None
    environment: str = ""
    citations: tuple[Citation, ...] = ()
    citations_seq: int = 0


def _said(given: Input) -> str:
    """What somebody asked for in words."""
    if isinstance(given, Steer) and given.ran:
        return ""
    return given.text if isinstance(given, Prompt | Steer) else ""


def build(events: Iterable[Event], outcome: Outcome, *, queued: float | None = None) -> Report:
    """The report of the last turn in `events`, which ends with `outcome`; `queued` seconds it waited before."""
    events = list(events)
    session, turn = _last_turn(events)
    start = next(event for event in turn if isinstance(event, TurnStarted))
    made = _newest(turn, ChangeMade)
    verified = _newest(turn, Verified)
    workload = _newest(turn, WorkloadChecked)
    answer = _newest(turn, AnswerChecked)
    claims = check(outcome.message, events)
    commands = [event for event in turn if isinstance(event, CommandRan)]
    report = Report(
        session=session.session if session else "",
        turn=start.turn,
        project=session.project if session else "",
        mode=start.mode,
        asked=tuple(said for event in turn if isinstance(event, InputReceived) and (said := _said(event.input))),
        outcome=str(type(outcome).__struct_config__.tag),
        why=outcome.why,
        message=outcome.message,
        scripted=outcome.scripted or any(event.scripted for event in turn if isinstance(event, TurnStarted)),
        resumed=any(event.resumed for event in turn if isinstance(event, TurnStarted)),
        provider=start.provider,
        model=start.model,
        effort=start.effort,
        sandbox=start.sandbox,
        network=start.network,
        base=start.base,
        change=outcome.change,
        change_seq=made.seq if made else 0,
        diff_artifact=made.diff_artifact if made else "",
        commands=tuple(map(_command, commands)),
        claims=claims,
        runs=tuple(CleanRun(seq=event.seq, run=event.run) for event in turn if isinstance(event, VerificationRan)),
        verified=verified,
        workload=workload,
        not_checked=(*_not_checked(turn, outcome, claims, verified), *unmeasured(workload)),
        refused=_refused(turn),
        permissions=_permissions(turn),
        notices=tuple(f"{event.level}: {event.text}" for event in turn if isinstance(event, Noticed) and event.level != "info"),
        retries=sum(isinstance(event, ModelRetried) for event in turn),
        spend=spend_of(turn),
        queued=queued,
        environment=verified.environment if verified is not None else "",
        citations=answer.citations if answer is not None else (),
        citations_seq=answer.seq if answer is not None else 0,
    )
    return msgspec.structs.replace(report, statements=statements(turn, report))


def report_schema() -> str:
    """The report's JSON Schema (draft 2020-12), keys sorted: `docs/report.schema.json`."""
    (reference,), components = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pullwright report",
        "version": VERSION,
        **reference,
        "$defs": components,
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def report_json(report: Report) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def spend_of(turn: Iterable[Event]) -> Spend:
    """What a turn used: every model call, the steps, and the seconds between its first event and its last."""
    spend = Spend()
    times: list[float] = []
    steps = 0
    for event in turn:
        spend = spend_after(spend, event)
        steps = max(steps, event.step)
        times.append(event.time)
    return msgspec.structs.replace(spend, steps=steps, seconds=round(max(times) - min(times), 3) if times else 0.0)


def _last_turn(events: Iterable[Event]) -> tuple[SessionStarted | None, list[Event]]:
    """The session's first event, and the events from the last turn's first `TurnStarted` on (a resumed turn has two)."""
    session: SessionStarted | None = None
    turn: list[Event] = []
    name = ""
    for event in events:
        if isinstance(event, SessionStarted):
            session = session or event
        if isinstance(event, TurnStarted) and event.turn != name:
            name, turn = event.turn, []
        turn.append(event)
    return session, turn


def _newest(turn: list[Event], kind: type[Kind]) -> Kind | None:
    return next((event for event in reversed(turn) if isinstance(event, kind)), None)


def _command(event: CommandRan) -> Command:
    return Command(
        seq=event.seq,
        step=event.step,
        command=event.command,
        exit_code=event.exit_code,
        signal=event.signal,
        timed_out=event.timed_out,
        seconds=event.seconds,
        output_bytes=event.output_bytes,
        output_sha256=event.output_sha256,
        artifact=event.artifact,
    )


def _not_checked(turn: list[Event], outcome: Outcome, claims: tuple[Claim, ...], verified: Verified | None) -> list[str]:
    """What a reader might take for checked and what was not."""
    found: list[str] = []
    found += _uncited(_newest(turn, AnswerChecked))
    if outcome.change and not verified:
        found.append("Pullwright made no clean run of the tests of its own (it was not asked to verify).")
    if verified and verified.verdict != "verified":
        found.append(f"The clean runs do not prove the change: {verified.why}.")
    if verified and verified.flags:
        found.append(f"{len(verified.flags)} flagged parts of the change count for nothing in the verdict; see the flags.")
    edited = max((event.seq for event in turn if isinstance(event, FilesChanged)), default=0)
    tests = [event for event in turn if isinstance(event, CommandRan) and _runs_tests(event.command)]
    if outcome.change and not verified and not any(event.seq > edited and event.exit_code == 0 for event in tests):
        found.append("The agent ran no test command that succeeded after its last edit.")
    unseen = [claim for claim in claims if claim.standing in ("not seen", "differs", "outdated")]
    if unseen:
        found.append(f"{len(unseen)} of the agent's {len(claims)} claims on what it ran are not borne out by what was seen.")
    return found


def _uncited(answer: AnswerChecked | None) -> list[str]:
    """What of an answer's citations is not there."""
    if answer is None:
        return []
    if not answer.citations:
        return ["The answer cites no file and line: nothing in it can be looked up."]
    bad = [each for each in answer.citations if each.standing != "there"]
    told = [f"The answer cites {each.path}:{each.first}, which cannot be looked up: {each.standing}." for each in bad[:20]]
    return told + ([f"{len(bad) - 20} more citations cannot be looked up."] if len(bad) > 20 else [])


def _runs_tests(command: str) -> bool:
    return runner_of(command) != "other" or "test" in command


def _refused(turn: list[Event]) -> tuple[str, ...]:
    """Destinations that the egress proxy refused, each once with the number of times."""
    counts: dict[str, int] = {}
    for event in turn:
        if isinstance(event, NetworkDecided) and not event.allowed:
            where = f"{event.host}:{event.port}"
            counts[where] = counts.get(where, 0) + 1
    return tuple(f"{where} ({count} times)" if count > 1 else where for where, count in sorted(counts.items()))


def _permissions(turn: list[Event]) -> tuple[str, ...]:
    """Permissions that were asked for, and their answers."""
    asked = {event.id: event for event in turn if isinstance(event, PermissionAsked)}
    answers = {event.id: event for event in turn if isinstance(event, PermissionAnswered)}
    return tuple(
        f"{event.title}: {answers[name].verdict} (by {answers[name].by})" if name in answers else f"{event.title}: not answered"
        for name, event in asked.items()
    )
