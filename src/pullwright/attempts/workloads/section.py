"""The report's part on a template: each check with its state, and what could not be measured."""

from __future__ import annotations

from collections.abc import Iterator

from pullwright.attempts.prose import code, line
from pullwright.protocol.events import WorkloadCheck, WorkloadChecked

MOST = 30
_STATES = {"passed": "passed", "failed": "**failed**", "noted": "noted", "not-measured": "not measured"}
_VERDICTS = {"verified": "**Verified**", "not-verified": "**Not verified**", "contradicted": "**Contradicted**"}


def section(checked: WorkloadChecked | None) -> Iterator[str]:
    """Its lines; none without a template."""
    if checked is None:
        return
    yield f"## Checked for {line(checked.workload)}\n"
    if checked.verdict in _VERDICTS:
        yield f"{_VERDICTS[checked.verdict]}: {line(checked.why)} (event {checked.seq}).\n"
    for check in checked.checks:
        yield from _check(check)


def _check(check: WorkloadCheck) -> Iterator[str]:
    events = f" (event{'s' if len(check.events) > 1 else ''} {', '.join(map(str, check.events))})" if check.events else ""
    artifact = f" {code(check.artifact)}" if check.artifact else ""
    yield f"- {line(check.name)}, {_STATES[check.state]}: {line(check.text)}{events}{artifact}"
    for each in check.found[:MOST]:
        yield f"  - {code(each)}"
    if len(check.found) > MOST:
        yield f"  - and {len(check.found) - MOST} more"


def unmeasured(checked: WorkloadChecked | None) -> tuple[str, ...]:
    """What of the template's checks a reader must not take for checked."""
    if checked is None:
        return ()
    return tuple(
        f"{checked.workload}: {check.name} {'was not measured' if check.state == 'not-measured' else 'failed'}: {check.text}"
        for check in checked.checks
        if check.state in ("failed", "not-measured")
    )
