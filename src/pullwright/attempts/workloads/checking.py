"""After the clean runs: what the turn's template asks for, held against the change.

check(work, …) -> WorkloadChecked     its checks, logged as one event; `verdict` is the change's in the end

    contradicted stays contradicted, whatever a template says
    a template may ask for more than the clean runs do (bug-triage), or say what proves its kind of change (refactor,
    test-backfill, dependency-upgrade), for which no test can go from red to green
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pullwright.attempts.clean_run import Work
from pullwright.attempts.workloads.case import Case, Findings
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Verified, WorkloadCheck, WorkloadChecked
from pullwright.workspace.removal import remove_tree


async def check(work: Work, asked: str, verified: Verified | None, recorder: Recorder) -> WorkloadChecked:
    """Make the checks, log and return what they say. What cannot be looked at is said, and fails nothing."""
    name = work.spec.workload
    folder = work.spec.folder / "workload"
    await asyncio.to_thread(remove_tree, folder)  # what a process left that was killed at this
    events = tuple(recorder.log.read())
    logged = next((one for one in reversed(events) if isinstance(one, Verified)), None)
    verified = logged if verified is not None else None  # as logged: checks name events by their numbers
    case = Case(work, asked, verified, recorder, folder, events)
    try:
        findings = await _checks_of(name)(case)
    except* (PullwrightError, OSError) as group:
        why = f"the checks of {name} could not be made: {_first(group)}"
        findings = Findings((WorkloadCheck(name="checks", state="not-measured", text=why),))
    finally:
        await asyncio.shield(asyncio.to_thread(remove_tree, folder))
    checked = _ruled(name, findings, verified)
    await recorder.record(checked)
    return checked


def _ruled(name: str, findings: Findings, verified: Verified | None) -> WorkloadChecked:
    """The event, with the verdict in the end."""
    verdict, why = (verified.verdict, verified.why) if verified else ("not-run", "no clean runs were asked for")
    ruling = findings.ruling
    if ruling is not None and verdict in ("verified", "not-verified"):
        verdict, why = ruling.verdict, ruling.why
    return WorkloadChecked(workload=name, checks=findings.checks, verdict=verdict, why=why)


def _checks_of(name: str) -> Callable[[Case], Awaitable[Findings]]:
    """The function that makes a template's checks."""
    if name == "refactor":
        from pullwright.attempts.workloads.refactor import findings
    elif name == "test-backfill":
        from pullwright.attempts.workloads.backfill import findings
    elif name == "dependency-upgrade":
        from pullwright.attempts.workloads.upgrade import findings
    else:
        from pullwright.attempts.workloads.triage import findings
    return findings


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    """The first error in a group, however deep."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
