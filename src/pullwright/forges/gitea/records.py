"""Gitea's and Forgejo's answers, as far as they are read (REST, version 1)."""

from __future__ import annotations

import msgspec

from pullwright.forges.records import Comment, Issue, Pull, Repo, allowed

DRAFT = "WIP: "
PREFIXES = ("WIP:", "[WIP]", "Draft:", "[Draft]")
"""What makes a pull request a draft, at the front of its title."""


class User(msgspec.Struct):
    """Who."""

    login: str = ""


class Named(msgspec.Struct):
    """A label."""

    id: int = 0
    name: str = ""


class Permissions(msgspec.Struct):
    """What the sign-in may do in a repository."""

    push: bool = False


class Repository(msgspec.Struct):
    """A repository."""

    full_name: str
    html_url: str = ""
    clone_url: str = ""
    default_branch: str = "main"
    private: bool = False
    permissions: Permissions | None = None
    allow_merge_commits: bool = False
    allow_squash_merge: bool = False
    allow_rebase: bool = False

    def record(self) -> Repo:
        """As everybody's record."""
        return Repo(
            slug=self.full_name,
            url=self.html_url,
            clone_url=self.clone_url,
            default_branch=self.default_branch or "main",
            private=self.private,
            writable=self.permissions is None or self.permissions.push,
            methods=allowed(merge=self.allow_merge_commits, squash=self.allow_squash_merge, rebase=self.allow_rebase),
        )


class Branch(msgspec.Struct):
    """One end of a pull request."""

    ref: str = ""
    sha: str = ""
    repo_id: int = 0


class PullRequest(msgspec.Struct):
    """A pull request."""

    number: int
    html_url: str
    state: str
    title: str
    head: Branch
    base: Branch
    body: str | None = None
    draft: bool | None = None
    merged: bool = False
    mergeable: bool | None = None
    merge_commit_sha: str | None = None
    user: User | None = None

    @property
    def is_draft(self) -> bool:
        """Whether it is a draft: servers before 1.20 say it in the title alone."""
        return bool(self.draft) or self.title.lower().startswith(tuple(prefix.lower() for prefix in PREFIXES))

    @property
    def plain_title(self) -> str:
        """The title without the draft's prefix."""
        for prefix in PREFIXES:
            if self.title.lower().startswith(prefix.lower()):
                return self.title[len(prefix) :].strip()
        return self.title

    def record(self) -> Pull:
        """As everybody's record."""
        return Pull(
            number=self.number,
            url=self.html_url,
            state="merged" if self.merged else "closed" if self.state == "closed" else "open",
            draft=self.is_draft,
            title=self.plain_title,
            body=self.body or "",
            head=self.head.sha,
            head_branch=self.head.ref,
            base_branch=self.base.ref,
            mergeable=self.mergeable,
            merged=(self.merge_commit_sha or "") if self.merged else "",
            author=self.user.login if self.user else "",
            same_repo=self.head.repo_id == self.base.repo_id,
        )


class AnIssue(msgspec.Struct):
    """An issue, or a pull request seen as one."""

    number: int
    title: str = ""
    state: str = "open"
    html_url: str = ""
    body: str | None = None
    user: User | None = None
    labels: list[Named] | None = None
    assignees: list[User] | None = None
    pull_request: dict[str, object] | None = None

    def record(self) -> Issue:
        """As everybody's record."""
        return Issue(
            number=self.number,
            url=self.html_url,
            title=self.title,
            body=self.body or "",
            state="closed" if self.state == "closed" else "open",
            author=self.user.login if self.user else "",
            labels=tuple(label.name for label in self.labels or ()),
            assignees=tuple(user.login for user in self.assignees or ()),
            is_pull=self.pull_request is not None,
        )


class AComment(msgspec.Struct):
    """A comment on an issue or a pull request."""

    id: int
    body: str | None = None
    user: User | None = None
    html_url: str = ""

    def record(self) -> Comment:
        """As everybody's record."""
        return Comment(id=self.id, body=self.body or "", author=self.user.login if self.user else "", url=self.html_url)


class LineComment(msgspec.Struct):
    """A comment on a line. `position` is the line after the change, `original_position` the one before."""

    id: int
    body: str | None = None
    user: User | None = None
    path: str = ""
    position: int = 0
    original_position: int = 0
    html_url: str = ""
    pull_request_review_id: int = 0

    def record(self) -> Comment:
        """As everybody's record."""
        return Comment(
            id=self.id,
            body=self.body or "",
            author=self.user.login if self.user else "",
            url=self.html_url,
            path=self.path,
            line=self.position or self.original_position,
            review=self.pull_request_review_id,
        )


class Review(msgspec.Struct):
    """A review."""

    id: int
    body: str | None = None
    state: str = ""
    user: User | None = None
    comments_count: int = 0


class Status(msgspec.Struct):
    """A commit status."""

    id: int = 0
    context: str = ""
    status: str = ""
    description: str | None = None
    target_url: str | None = None


class Permission(msgspec.Struct):
    """A person's right in a repository."""

    permission: str = "none"
