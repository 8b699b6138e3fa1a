"""Gitea's and Forgejo's webhook payloads, as far as they are read. Many are GitHub's in all but the actions' names."""

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
from pullwright.forges.gitea.records import AComment, AnIssue, Named, PullRequest, User
from pullwright.forges.records import On

NOTHING = "0" * 40
VERDICTS: dict[str, Verdict] = {
    "pull_request_approved": "approved",
    "pull_request_rejected": "changes_requested",
    "pull_request_comment": "commented",
    "pull_request_review_approved": "approved",
    "pull_request_review_rejected": "changes_requested",
    "pull_request_review_comment": "commented",
}


class Whose(msgspec.Struct):
    """The repository."""

    full_name: str = ""


class Reviewed(msgspec.Struct):
    """What a review says."""

    type: str = ""
    content: str = ""


class PullPayload(PullRequest):
    """A pull request, with what makes it an issue too."""

    labels: list[Named] | None = None
    assignees: list[User] | None = None


class Payload(msgspec.Struct):
    """Any payload: what is not in one is empty."""

    action: str = ""
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User = msgspec.field(default_factory=User)
    issue: AnIssue | None = None
    pull_request: PullPayload | None = None
    comment: AComment | None = None
    review: Reviewed | None = None
    is_pull: bool = False


class Push(msgspec.Struct):
    """A push."""

    ref: str = ""
    before: str = ""
    after: str = ""
    compare_url: str = ""
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User | None = None
    pusher: User | None = None


class StatusSet(msgspec.Struct):
    """A commit status that was set."""

    sha: str = ""
    state: str = ""
    context: str = ""
    target_url: str = ""
    repository: Whose = msgspec.field(default_factory=Whose)
    sender: User | None = None


def read(event: str, raw: bytes) -> list[ForgeEvent]:
    """The events in a payload; none for what is of no concern."""
    if event == "push":
        return _push(msgspec.json.decode(raw, type=Push, strict=False))
    if event == "status":
        return _status(msgspec.json.decode(raw, type=StatusSet, strict=False))
    if not event.startswith(("issue", "pull_request")):
        return []
    payload = msgspec.json.decode(raw, type=Payload, strict=False)
    if payload.review is not None and payload.pull_request is not None:
        return _review(event, payload, payload.review, payload.pull_request)
    return _comment(payload) if payload.comment is not None and payload.action == "created" else _changed(payload)


def _changed(payload: Payload) -> list[ForgeEvent]:
    about = payload.pull_request or payload.issue
    if about is None or payload.comment is not None:
        return []
    on: On = "pull" if payload.pull_request is not None else "issue"
    slug, actor, url, n = payload.repository.full_name, payload.sender.login, about.html_url, about.number
    labels = tuple(label.name for label in about.labels or ())
    assignees = tuple(user.login for user in about.assignees or ())
    new, found = payload.action == "opened", list[ForgeEvent]()
    if labels and (new or payload.action == "label_updated"):
        found.append(IssueLabelled(slug=slug, actor=actor, url=url, n=n, on=on, labels=labels))
    if assignees and (new or payload.action == "assigned"):
        found.append(IssueAssigned(slug=slug, actor=actor, url=url, n=n, on=on, assignees=assignees))
    if new and calls_somebody(about.body or ""):
        found.append(Mentioned(slug=slug, actor=actor, url=url, n=n, on=on, body=about.body or ""))
    if payload.action == "closed" and payload.pull_request is not None:
        found.append(_closed(payload.pull_request, slug, actor))
    return found


def _closed(pull: PullRequest, slug: str, actor: str) -> ForgeEvent:
    there = pull.record()
    if there.state == "merged":
        return PullMerged(
            slug=slug, actor=actor, url=there.url, n=there.number, head_branch=there.head_branch, merged=there.merged
        )
    return PullClosed(slug=slug, actor=actor, url=there.url, n=there.number, head_branch=there.head_branch)


def _comment(payload: Payload) -> list[ForgeEvent]:
    comment, about = payload.comment, payload.pull_request or payload.issue
    if comment is None or about is None or not calls_somebody(comment.body or ""):
        return []
    issue = payload.issue
    on_pull = payload.is_pull or payload.pull_request is not None or (issue is not None and issue.pull_request is not None)
    return [
        Mentioned(
            slug=payload.repository.full_name,
            actor=payload.sender.login,
            url=comment.html_url,
            n=about.number,
            on="pull" if on_pull else "issue",
            comment=comment.id,
            body=comment.body or "",
        )
    ]


def _review(event: str, payload: Payload, review: Reviewed, pull: PullRequest) -> list[ForgeEvent]:
    verdict = VERDICTS.get(event) or VERDICTS.get(review.type, "commented")
    slug, actor, url = payload.repository.full_name, payload.sender.login, pull.html_url
    return [
        ReviewSubmitted(slug=slug, actor=actor, url=url, n=pull.number, verdict=verdict, body=review.content, head=pull.head.sha)
    ]


def _status(status: StatusSet) -> list[ForgeEvent]:
    if status.state not in ("failure", "error") or status.context.lower().startswith("pullwright"):
        return []
    actor = status.sender.login if status.sender else ""
    return [
        CheckFailed(slug=status.repository.full_name, actor=actor, url=status.target_url, head=status.sha, name=status.context)
    ]


def _push(push: Push) -> list[ForgeEvent]:
    if not push.ref.startswith("refs/heads/"):
        return []
    before, after = ("" if commit == NOTHING else commit for commit in (push.before, push.after))
    who = push.pusher or push.sender or User()
    branch = push.ref.removeprefix("refs/heads/")
    slug, url = push.repository.full_name, push.compare_url
    return [Pushed(slug=slug, actor=who.login, url=url, branch=branch, before=before, after=after)]
