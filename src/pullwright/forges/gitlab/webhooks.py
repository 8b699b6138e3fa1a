"""GitLab's webhook payloads, as far as they are read. What happened is said by what changed."""

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
    calls_somebody,
)
from pullwright.forges.gitlab.records import Position, User
from pullwright.forges.records import On

NOTHING = "0" * 40


class Project(msgspec.Struct):
    """The project."""

    path_with_namespace: str = ""


class Label(msgspec.Struct):
    """A label."""

    title: str = ""


class Labels(msgspec.Struct):
    """Labels before and after."""

    previous: list[Label] | None = None
    current: list[Label] | None = None


class Assignees(msgspec.Struct):
    """Assignees before and after."""

    previous: list[User] | None = None
    current: list[User] | None = None


class Changes(msgspec.Struct):
    """What changed."""

    labels: Labels | None = None
    assignees: Assignees | None = None


class Commit(msgspec.Struct):
    """A commit, named."""

    id: str = ""


class Attributes(msgspec.Struct):
    """What it is about: an issue, a merge request, a note or a pipeline."""

    id: int | None = None
    iid: int | None = None
    action: str | None = None
    url: str | None = None
    description: str | None = None
    note: str | None = None
    noteable_type: str | None = None
    system: bool | None = None
    position: Position | None = None
    status: str | None = None
    ref: str | None = None
    sha: str | None = None
    source: str | None = None
    source_branch: str | None = None
    merge_commit_sha: str | None = None
    last_commit: Commit | None = None


class Merge(msgspec.Struct):
    """The merge request that a note or pipeline belongs to."""

    iid: int = 0


class Payload(msgspec.Struct):
    """Any payload: what is not in one is empty."""

    object_kind: str = ""
    project: Project | None = None
    user: User | None = None
    object_attributes: Attributes = msgspec.field(default_factory=Attributes)
    changes: Changes | None = None
    labels: list[Label] | None = None
    assignees: list[User] | None = None
    issue: Merge | None = None
    merge_request: Merge | None = None


class Push(msgspec.Struct):
    """A push."""

    ref: str = ""
    before: str = ""
    after: str = ""
    user_username: str | None = None
    project: Project | None = None


class Kind(msgspec.Struct):
    """What a payload is of."""

    object_kind: str = ""


def read(event: str, raw: bytes) -> list[ForgeEvent]:
    """The events in a payload; none for what is of no concern."""
    kind = msgspec.json.decode(raw, type=Kind, strict=False).object_kind
    if kind == "push":
        return _push(msgspec.json.decode(raw, type=Push, strict=False))
    if kind not in ("issue", "work_item", "merge_request", "note", "pipeline"):
        return []
    payload = msgspec.json.decode(raw, type=Payload, strict=False)
    if kind == "note":
        return _note(payload)
    return _pipeline(payload) if kind == "pipeline" else _changed(payload, "pull" if kind == "merge_request" else "issue")


def _changed(payload: Payload, on: On) -> list[ForgeEvent]:
    about, slug, actor = payload.object_attributes, _slug(payload.project), _actor(payload)
    n, url, found = about.iid or 0, about.url or "", list[ForgeEvent]()
    changes, new = payload.changes or Changes(), about.action == "open"
    labels = _new_labels(changes, payload.labels if new else None)
    if labels:
        found.append(IssueLabelled(slug=slug, actor=actor, url=url, n=n, on=on, labels=labels))
    assignees = (changes.assignees.current if changes.assignees else None) or (payload.assignees if new else None)
    if assignees:
        names = tuple(user.username for user in assignees)
        found.append(IssueAssigned(slug=slug, actor=actor, url=url, n=n, on=on, assignees=names))
    if new and calls_somebody(about.description or ""):
        found.append(Mentioned(slug=slug, actor=actor, url=url, n=n, on=on, body=about.description or ""))
    return found + (_merge_request(about, slug, actor) if on == "pull" else [])


def _merge_request(about: Attributes, slug: str, actor: str) -> list[ForgeEvent]:
    n, url, branch = about.iid or 0, about.url or "", about.source_branch or ""
    head = about.last_commit.id if about.last_commit else ""
    if about.action == "merge":
        return [PullMerged(slug=slug, actor=actor, url=url, n=n, head_branch=branch, merged=about.merge_commit_sha or head)]
    if about.action == "close":
        return [PullClosed(slug=slug, actor=actor, url=url, n=n, head_branch=branch)]
    if about.action in ("approved", "approval"):
        return [ReviewSubmitted(slug=slug, actor=actor, url=url, n=n, verdict="approved", head=head)]
    return []


def _new_labels(changes: Changes, at_start: list[Label] | None) -> tuple[str, ...]:
    before = {label.title for label in (changes.labels.previous if changes.labels else None) or ()}
    after = (changes.labels.current if changes.labels else None) or at_start or ()
    return tuple(label.title for label in after if label.title not in before)


def _note(payload: Payload) -> list[ForgeEvent]:
    about = payload.object_attributes
    where: dict[str, tuple[On, Merge | None]] = {
        "MergeRequest": ("pull", payload.merge_request),
        "Issue": ("issue", payload.issue),
    }
    on, parent = where.get(about.noteable_type or "", ("issue", None))
    new = about.action in (None, "create")
    if parent is None or about.system or not new or not calls_somebody(about.note or ""):
        return []
    at = about.position or Position()
    return [
        Mentioned(
            slug=_slug(payload.project),
            actor=_actor(payload),
            url=about.url or "",
            n=parent.iid,
            on=on,
            comment=about.id or 0,
            body=about.note or "",
            path=at.new_path or at.old_path or "",
            line=at.new_line or at.old_line or 0,
        )
    ]


def _pipeline(payload: Payload) -> list[ForgeEvent]:
    about = payload.object_attributes
    # Statuses that are set from outside make pipelines of the source "external".
    if about.status != "failed" or about.source == "external":
        return []
    return [
        CheckFailed(
            slug=_slug(payload.project),
            actor=_actor(payload),
            url=about.url or "",
            head=about.sha or "",
            name="pipeline",
            branch=about.ref or "",
            pulls=(payload.merge_request.iid,) if payload.merge_request else (),
        )
    ]


def _push(push: Push) -> list[ForgeEvent]:
    if not push.ref.startswith("refs/heads/"):
        return []
    before, after = ("" if commit == NOTHING else commit for commit in (push.before, push.after))
    branch = push.ref.removeprefix("refs/heads/")
    return [Pushed(slug=_slug(push.project), actor=push.user_username or "", branch=branch, before=before, after=after)]


def _slug(project: Project | None) -> str:
    return project.path_with_namespace if project else ""


def _actor(payload: Payload) -> str:
    return payload.user.username if payload.user else ""
