"""GitLab's answers, as far as they are read (REST, version 4)."""

from __future__ import annotations

import msgspec

from pullwright.forges.records import Comment, Issue, Method, Pull, PullState, Repo

DRAFT = "Draft: "
STATES: dict[str, PullState] = {"opened": "open", "locked": "open", "closed": "closed", "merged": "merged"}


class User(msgspec.Struct):
    """Who."""

    id: int = 0
    username: str = ""


class AccessLevel(msgspec.Struct):
    """A level of access."""

    access_level: int = 0


class Permissions(msgspec.Struct):
    """What the sign-in may do in a project, by membership and by its group."""

    project_access: AccessLevel | None = None
    group_access: AccessLevel | None = None


class Project(msgspec.Struct):
    """A project."""

    path_with_namespace: str
    web_url: str = ""
    http_url_to_repo: str = ""
    default_branch: str | None = None
    visibility: str = "private"
    permissions: Permissions | None = None
    squash_option: str = "default_off"

    @property
    def methods(self) -> tuple[Method, ...]:
        """How merge requests may be merged: GitLab decides on squashing, and rebases whatever may be merged."""
        if self.squash_option == "always":
            return ("squash",)
        return ("merge", "rebase") if self.squash_option == "never" else ("merge", "squash", "rebase")

    def record(self) -> Repo:
        """As everybody's record."""
        access = (
            [held for held in (self.permissions.project_access, self.permissions.group_access) if held]
            if self.permissions
            else []
        )
        return Repo(
            slug=self.path_with_namespace,
            url=self.web_url,
            clone_url=self.http_url_to_repo,
            default_branch=self.default_branch or "main",
            private=self.visibility != "public",
            writable=self.permissions is None or any(held.access_level >= 30 for held in access),
            methods=self.methods,
        )


class DiffRefs(msgspec.Struct):
    """The commits that a merge request's diff is between."""

    base_sha: str = ""
    head_sha: str = ""
    start_sha: str = ""


class MergeRequest(msgspec.Struct):
    """A merge request."""

    iid: int
    web_url: str
    state: str
    title: str
    source_branch: str
    target_branch: str
    sha: str | None = None
    draft: bool = False
    description: str | None = None
    detailed_merge_status: str = ""
    has_conflicts: bool = False
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    merged_commit_sha: str | None = None
    rebase_in_progress: bool = False
    merge_error: str | None = None
    author: User | None = None
    source_project_id: int = 0
    target_project_id: int = 0
    diff_refs: DiffRefs | None = None

    @property
    def plain_title(self) -> str:
        """The title without the draft's prefix."""
        return self.title.removeprefix(DRAFT)

    def record(self) -> Pull:
        """As everybody's record."""
        state = STATES.get(self.state, "closed")
        checking = self.detailed_merge_status in ("", "checking", "unchecked", "preparing", "approvals_syncing")
        merged = self.merge_commit_sha or self.squash_commit_sha or self.merged_commit_sha or self.sha or ""
        return Pull(
            number=self.iid,
            url=self.web_url,
            state=state,
            draft=self.draft,
            title=self.plain_title,
            body=self.description or "",
            head=self.sha or "",
            head_branch=self.source_branch,
            base_branch=self.target_branch,
            mergeable=None if checking else not self.has_conflicts and self.detailed_merge_status != "conflict",
            merged=merged if state == "merged" else "",
            author=self.author.username if self.author else "",
            same_repo=self.source_project_id == self.target_project_id,
        )


class AnIssue(msgspec.Struct):
    """An issue."""

    iid: int
    title: str
    state: str
    web_url: str = ""
    description: str | None = None
    author: User | None = None
    labels: list[str] = []
    assignees: list[User] = []

    def record(self) -> Issue:
        """As everybody's record."""
        return Issue(
            number=self.iid,
            url=self.web_url,
            title=self.title,
            body=self.description or "",
            state="closed" if self.state == "closed" else "open",
            author=self.author.username if self.author else "",
            labels=tuple(self.labels),
            assignees=tuple(user.username for user in self.assignees),
        )


class Position(msgspec.Struct):
    """Where in a diff."""

    new_path: str | None = None
    old_path: str | None = None
    new_line: int | None = None
    old_line: int | None = None


class Note(msgspec.Struct):
    """A comment."""

    id: int
    body: str = ""
    author: User | None = None
    system: bool = False
    position: Position | None = None

    def record(self) -> Comment:
        """As everybody's record."""
        at = self.position or Position()
        return Comment(
            id=self.id,
            body=self.body,
            author=self.author.username if self.author else "",
            path=at.new_path or at.old_path or "",
            line=at.new_line or at.old_line or 0,
        )


class Discussion(msgspec.Struct):
    """A thread."""

    id: str
    notes: list[Note] = []


class CommitStatus(msgspec.Struct):
    """A status of a commit: a job's, or one that somebody set."""

    id: int
    name: str = ""
    status: str = ""
    description: str | None = None
    target_url: str | None = None


class Pipeline(msgspec.Struct):
    """A pipeline."""

    id: int


class Job(msgspec.Struct):
    """A job of a pipeline."""

    id: int
    name: str = ""
    stage: str = ""
    web_url: str = ""
    failure_reason: str | None = None


class Emoji(msgspec.Struct):
    """A reaction."""

    id: int
    name: str = ""
    user: User | None = None
