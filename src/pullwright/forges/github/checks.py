"""Checks on a commit at GitHub: check runs with annotations as an App, statuses with a token; and what others' checks say."""

from __future__ import annotations

from pullwright.forges.github.records import CheckRun, CheckRuns, Jobs, Status, Statuses, WorkflowRuns
from pullwright.forges.http import ForgeHttp
from pullwright.forges.records import Annotation, Check, CheckStanding, CheckState, FailedCheck, Standing
from pullwright.protocol.errors import AskAdministrator, NotFound

CHUNK = 50
"""Annotations that one request may carry. Later requests add to what is there."""
LONGEST_TEXT = 65_000
LONGEST_DESCRIPTION = 140
LOG_TAIL = 32_000
MOST_LOGS = 5
OURS = "pullwright:"
FAILURES = frozenset({"failure", "timed_out", "action_required", "startup_failure"})
BAD = FAILURES | {"cancelled", "stale"}
"""Conclusions with which a required check does not let a pull request through."""
STANDING: dict[str, Standing] = {"success": "success", "failure": "failure", "error": "failure"}
STATUS: dict[CheckState, str] = {
    "queued": "pending",
    "running": "pending",
    "success": "success",
    "failure": "failure",
    "neutral": "success",
    "cancelled": "error",
}


async def set_run(http: ForgeHttp, slug: str, head: str, check: Check) -> int:
    """Make or update the check run; its annotations go in chunks, from where an earlier try stopped."""
    found = await _find(http, slug, head, check)
    done = found.output.annotations_count if found else 0
    left = check.annotations[done:]
    chunks = [left[at : at + CHUNK] for at in range(0, len(left), CHUNK)] or [()]
    for number, chunk in enumerate(chunks):
        body = _body(check, chunk, last=number == len(chunks) - 1)
        if found is None:
            body |= {"head_sha": head, "external_id": OURS + check.external_id}
            found = await http.write("POST", f"/repos/{slug}/check-runs", CheckRun, body)
        else:
            found = await http.write("PATCH", f"/repos/{slug}/check-runs/{found.id}", CheckRun, body)
    assert found is not None
    return found.id


async def set_status(http: ForgeHttp, slug: str, head: str, check: Check) -> int:
    """The same as a commit status, which is all that a token may set. It replaces the one of the same name."""
    body: dict[str, object] = {
        "state": STATUS[check.state],
        "context": check.name,
        "description": cut(check.title or check.summary, LONGEST_DESCRIPTION),
    }
    if check.details_url:
        body["target_url"] = check.details_url
    return (await http.write("POST", f"/repos/{slug}/statuses/{head}", Status, body)).id


async def failed(http: ForgeHttp, slug: str, head: str) -> list[FailedCheck]:
    """Others' checks that failed on the commit: workflow jobs with the end of their logs, then check runs."""
    found = await _jobs(http, slug, head)
    named = {check.name for check in found}
    async for page in http.pages(f"/repos/{slug}/commits/{head}/check-runs", CheckRuns, per_page=100):
        for run in page.check_runs:
            if run.conclusion in FAILURES and not (run.external_id or "").startswith(OURS) and run.name not in named:
                said = "\n".join(part for part in (run.output.title, run.output.summary) if part)
                found.append(FailedCheck(name=run.name, summary=said, url=run.html_url or ""))
    return found


async def standing(http: ForgeHttp, slug: str, head: str) -> list[CheckStanding]:
    """How each check of the commit stands: check runs (GitHub tells the latest of a name), then statuses."""
    found: dict[str, CheckStanding] = {}
    async for page in http.pages(f"/repos/{slug}/commits/{head}/check-runs", CheckRuns, per_page=100):
        for run in page.check_runs:
            state = "running" if run.status != "completed" else "failure" if run.conclusion in BAD else "success"
            found[run.name] = CheckStanding(name=run.name, state=state, url=run.html_url or "")
    async for page in http.pages(f"/repos/{slug}/commits/{head}/status", Statuses, per_page=100):
        for status in page.statuses:
            state = STANDING.get(status.state, "running")
            found.setdefault(status.context, CheckStanding(name=status.context, state=state, url=status.target_url or ""))
    return list(found.values())


async def _jobs(http: ForgeHttp, slug: str, head: str) -> list[FailedCheck]:
    found: list[FailedCheck] = []
    try:
        runs = await http.get(f"/repos/{slug}/actions/runs", WorkflowRuns, head_sha=head, status="failure", per_page=20)
        for run in runs.workflow_runs:
            async for page in http.pages(f"/repos/{slug}/actions/runs/{run.id}/jobs", Jobs, per_page=100):
                for job in page.jobs:
                    if job.conclusion in FAILURES:
                        log = await _log(http, slug, job.id) if len(found) < MOST_LOGS else ""
                        found.append(FailedCheck(name=job.name, summary=run.name or "", url=job.html_url or "", log=log))
    except (AskAdministrator, NotFound):
        return found  # no right to read Actions, or none there
    return found


async def _log(http: ForgeHttp, slug: str, job: int) -> str:
    try:
        return await http.tail(f"/repos/{slug}/actions/jobs/{job}/logs", LOG_TAIL)
    except NotFound:
        return ""


async def _find(http: ForgeHttp, slug: str, head: str, check: Check) -> CheckRun | None:
    path = f"/repos/{slug}/commits/{head}/check-runs"
    async for page in http.pages(path, CheckRuns, check_name=check.name, filter="all", per_page=100):
        for run in page.check_runs:
            if run.external_id == OURS + check.external_id and run.name == check.name:
                return run
    return None


def _body(check: Check, annotations: tuple[Annotation, ...], *, last: bool) -> dict[str, object]:
    output: dict[str, object] = {
        "title": check.title or check.name,
        "summary": cut(check.summary, LONGEST_TEXT),
        "text": cut(check.text, LONGEST_TEXT),
    }
    if annotations:
        output["annotations"] = [_annotation(annotation) for annotation in annotations]
    body: dict[str, object] = {"name": check.name, "output": output}
    if check.details_url:
        body["details_url"] = check.details_url
    if check.state in ("queued", "running") or not last:
        return {**body, "status": "queued" if check.state == "queued" else "in_progress"}
    return {**body, "status": "completed", "conclusion": check.state}


def _annotation(annotation: Annotation) -> dict[str, object]:
    made: dict[str, object] = {
        "path": annotation.path,
        "start_line": annotation.start,
        "end_line": max(annotation.start, annotation.end),
        "annotation_level": annotation.level,
        "message": cut(annotation.message, LONGEST_TEXT),
    }
    return {**made, "title": annotation.title[:255]} if annotation.title else made


def cut(text: str, most: int) -> str:
    """The text, no longer than `most`, and saying so."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
