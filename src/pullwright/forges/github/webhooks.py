"""GitHub's webhook payloads, as far as they are read."""

from __future__ import annotations

import msgspec

from pullwright.forges.events import (
    CheckFailed,
    ForgeEvent,
    IssueAssigned,
    IssueLabelled,
    Mentioned,
    PullClosed,
    PullMerged,
    Pushed,
    ReviewSubmitted,
    Verdict,
    calls_somebody,
)
from pullwright.forges.github.checks import FAILURES, OURS
from pullwright.forges.github.records import AComment, AnIssue, Named, PullRequest, User
from pullwright.forges.records import On

NOTHING = "0" * 40
VERDICTS: dict[str, Verdict] = {"approved": "approved", "changes_requested": "changes_requested", "commented": "commented"}


class Whose(msgspec.Struct):
    """The repository."""

    full_name: str = ""


class Review(msgspec.Struct):
    """A review."""

    id: int = 0
    state: str = ""
    body: str | None = None
    commit_id: str | None = None
    html_url: str = ""


class Reference(msgspec.Struct):
    """A pull request, named."""

    number: int = 0


class Suite(msgspec.Struct):
    """The suite of a check run."""

    head_branch: str | None = None


class Run(msgspec.Struct):
    """A check run, or a workflow run."""

    name: str | None = None
    head_sha: str = ""
    head_branch: str | None = None
    conclusion: str | None = None
    external_id: str | None = None
    html_url: str | None = None
    check_suite: Suite | None = None
    pull_requests: list[Reference] = []


class Payload(msgspec.Struct):
    """Any payload: what is not in one is empty."""

    action: str = ""
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User = msgspec.field(default_factory=User)
    issue: AnIssue | None = None
    pull_request: PullRequest | None = None
    comment: AComment | None = None
    review: Review | None = None
    label: Named | None = None
    assignee: User | None = None
    check_run: Run | None = None
    workflow_run: Run | None = None


class Push(msgspec.Struct):
    """A push."""

    ref: str
    before: str = ""
    after: str = ""
    compare: str = ""
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User = msgspec.field(default_factory=User)


class StatusSet(msgspec.Struct):
    """A commit status that was set."""

    sha: str
    state: str = ""
    context: str = ""
    target_url: str | None = None
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User = msgspec.field(default_factory=User)
    branches: list[Named] = []


def read(event: str, raw: bytes) -> list[ForgeEvent]:
    """The events in a payload; none for what is of no concern."""
    if event == "push":
        return _push(msgspec.json.decode(raw, type=Push, strict=False))
    if event == "status":
        return _status(msgspec.json.decode(raw, type=StatusSet, strict=False))
    if event not in CONCERN:
        return []
    payload = msgspec.json.decode(raw, type=Payload, strict=False)
    if event in ("check_run", "workflow_run"):
        return _run(payload, payload.check_run or payload.workflow_run or Run())
    if event == "pull_request_review" and payload.action == "submitted":
        return _review(payload)
    if event in ("issue_comment", "pull_request_review_comment") and payload.action == "created":
        return _comment(payload)
    return _changed(payload) if event in ("issues", "pull_request") else []


CONCERN = frozenset(
    {"issues", "pull_request", "issue_comment", "pull_request_review", "pull_request_review_comment", "check_run", "workflow_run"}
)


def _changed(payload: Payload) -> list[ForgeEvent]:
    """An issue or pull request itself."""
    slug, actor = payload.repository.full_name, payload.sender.login
    pull, issue = payload.pull_request, payload.issue
    if pull is not None:
        n, on, url, body = pull.number, "pull", pull.html_url, pull.body
        assignees: tuple[str, ...] = ()
    elif issue is not None:
        n, on, url, body = issue.number, "pull" if issue.pull_request else "issue", issue.html_url, issue.body
        assignees = tuple(user.login for user in issue.assignees)
    else:
        return []
    where: On = "pull" if on == "pull" else "issue"
    if payload.action == "assigned":
        new = (payload.assignee.login,) if payload.assignee else ()
        return [IssueAssigned(slug=slug, actor=actor, url=url, n=n, on=where, assignees=tuple(dict.fromkeys((*assignees, *new))))]
    if payload.action == "labeled" and payload.label:
        return [IssueLabelled(slug=slug, actor=actor, url=url, n=n, on=where, labels=(payload.label.name,))]
    if payload.action == "opened" and body and calls_somebody(body):
        return [Mentioned(slug=slug, actor=actor, url=url, n=n, on=where, body=body)]
    if payload.action == "closed" and pull is not None:
        there = pull.record()
        if there.state == "merged":
            return [PullMerged(slug=slug, actor=actor, url=url, n=n, head_branch=there.head_branch, merged=there.merged)]
        return [PullClosed(slug=slug, actor=actor, url=url, n=n, head_branch=there.head_branch)]
    return []


def _comment(payload: Payload) -> list[ForgeEvent]:
    comment, pull, issue = payload.comment, payload.pull_request, payload.issue
    if comment is None or not calls_somebody(comment.body or ""):
        return []
    on_pull = pull is not None or (issue is not None and issue.pull_request is not None)
    n = pull.number if pull is not None else issue.number if issue is not None else 0
    there = comment.record()
    return [
        Mentioned(
            slug=payload.repository.full_name,
            actor=payload.sender.login,
            url=there.url,
            n=n,
            on="pull" if on_pull else "issue",
            comment=there.id,
            body=there.body,
            path=there.path,
            line=there.line,
            review=there.review,
        )
    ]


def _review(payload: Payload) -> list[ForgeEvent]:
    review, pull = payload.review, payload.pull_request
    if review is None or pull is None:
        return []
    return [
        ReviewSubmitted(
            slug=payload.repository.full_name,
            actor=payload.sender.login,
            url=review.html_url,
            n=pull.number,
            review=review.id,
            verdict=VERDICTS.get(review.state.lower(), "commented"),
            body=review.body or "",
            head=review.commit_id or "",
        )
    ]


def _run(payload: Payload, run: Run) -> list[ForgeEvent]:
    if payload.action != "completed" or run.conclusion not in FAILURES or (run.external_id or "").startswith(OURS):
        return []
    branch = run.head_branch or (run.check_suite.head_branch if run.check_suite else "") or ""
    return [
        CheckFailed(
            slug=payload.repository.full_name,
            actor=payload.sender.login,
            url=run.html_url or "",
            head=run.head_sha,
            name=run.name or "",
            branch=branch,
            pulls=tuple(pull.number for pull in run.pull_requests),
        )
    ]


def _status(status: StatusSet) -> list[ForgeEvent]:
    if status.state not in ("failure", "error") or status.context.lower().startswith("pullwright"):
        return []
    branch = status.branches[0].name if status.branches else ""
    slug, actor, url = status.repository.full_name, status.sender.login, status.target_url or ""
    return [CheckFailed(slug=slug, actor=actor, url=url, head=status.sha, name=status.context, branch=branch)]


def _push(push: Push) -> list[ForgeEvent]:
    if not push.ref.startswith("refs/heads/"):
        return []
    before, after = ("" if commit == NOTHING else commit for commit in (push.before, push.after))
    return [
        Pushed(
            slug=push.repository.full_name,
            actor=push.sender.login,
            url=push.compare,
            branch=push.ref.removeprefix("refs/heads/"),
            before=before,
            after=after,
        )
    ]
