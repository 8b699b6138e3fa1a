"""What forges have, in one vocabulary: a pull request is a `Pull` also where it is called a merge request."""

from __future__ import annotations

from typing import Literal

import msgspec

PullState = Literal["open", "closed", "merged"]
Method = Literal["merge", "squash", "rebase"]
METHODS: tuple[Method, ...] = ("merge", "squash", "rebase")
On = Literal["pull", "issue"]
"""What a number belongs to. GitHub and Gitea count both together, GitLab each for itself."""
Side = Literal["new", "old"]
CheckState = Literal["queued", "running", "success", "failure", "neutral", "cancelled"]
Standing = Literal["running", "success", "failure"]
Level = Literal["notice", "warning", "failure"]


class Repo(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that the connection can see. `slug` is owner/name; `clone_url` what git fetches over https.

    `methods`: how it lets pull requests be merged; empty where the forge does not tell this sign-in.
    """

    slug: str
    url: str
    clone_url: str
    default_branch: str
    private: bool = False
    writable: bool = True
    methods: tuple[Method, ...] = ()


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request. `head` is its head commit, `merged` the commit that it was merged as.

    `mergeable`: None while the forge has not found out. `same_repo`: the head branch is in the repository itself.
    """

    number: int
    url: str
    state: PullState
    draft: bool
    title: str
    body: str
    head: str
    head_branch: str
    base_branch: str
    mergeable: bool | None = None
    merged: str = ""
    author: str = ""
    same_repo: bool = True


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue. Its text is as its author wrote it: `hidden.visible` is for what a model reads."""

    number: int
    url: str
    title: str
    body: str
    state: Literal["open", "closed"]
    author: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    is_pull: bool = False


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment; `path` and `line` when it is on a line of a pull request, `review` the review that it belongs to."""

    id: int
    body: str
    author: str
    url: str = ""
    path: str = ""
    line: int = 0
    review: int = 0


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A remark of a check on lines of a file."""

    path: str
    start: int
    end: int
    level: Level
    message: str
    title: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check on a commit. `external_id` is ours: the same one again is the same check, updated.

    Where a forge has only statuses, `summary` is cut to what fits and annotations are left out (`Forge.annotates`).
    """

    name: str
    state: CheckState
    summary: str
    text: str = ""
    title: str = ""
    annotations: tuple[Annotation, ...] = ()
    details_url: str = ""
    external_id: str = ""


class FailedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of somebody else's that failed on a commit; `log` is its end, where the forge gives it."""

    name: str
    summary: str = ""
    url: str = ""
    log: str = ""


class CheckStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a check of a commit stands, ours or somebody else's. What was skipped or is neutral counts as success."""

    name: str
    state: Standing
    url: str = ""


def standing(state: CheckState) -> Standing:
    """Where a check in this state stands."""
    if state in ("queued", "running"):
        return "running"
    return "success" if state in ("success", "neutral") else "failure"


def allowed(*, merge: bool | None, squash: bool | None, rebase: bool | None) -> tuple[Method, ...]:
    """The methods that a forge says yes to, in their order."""
    said = zip(METHODS, (merge, squash, rebase), strict=True)
    return tuple(method for method, is_allowed in said if is_allowed)
