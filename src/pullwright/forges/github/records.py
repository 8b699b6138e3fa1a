"""GitHub's answers, as far as they are read (REST, version 2022-11-28)."""

from __future__ import annotations

import msgspec

from pullwright.forges.records import Comment, Issue, Pull, Repo, allowed


class User(msgspec.Struct):
    """Who."""

    login: str = ""


class Named(msgspec.Struct):
    """A label."""

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
    allow_merge_commit: bool | None = None
    allow_squash_merge: bool | None = None
    allow_rebase_merge: bool | None = None

    def record(self) -> Repo:
        """As everybody's record. An App's answer has no `permissions` of a person, a reader's no `allow_…`."""
        return Repo(
            slug=self.full_name,
            url=self.html_url,
            clone_url=self.clone_url,
            default_branch=self.default_branch,
            private=self.private,
            writable=self.permissions is None or self.permissions.push,
            methods=allowed(merge=self.allow_merge_commit, squash=self.allow_squash_merge, rebase=self.allow_rebase_merge),
        )


class Tip(msgspec.Struct):
    """One end of a pull request."""

    ref: str = ""
    sha: str = ""
    repo: Repository | None = None


class PullRequest(msgspec.Struct):
    """A pull request. `merged` and `mergeable` are there when it was asked for alone."""

    number: int
    html_url: str
    state: str
    title: str
    head: Tip
    base: Tip
    node_id: str = ""
    draft: bool = False
    body: str | None = None
    merged: bool | None = None
    merged_at: str | None = None
    mergeable: bool | None = None
    merge_commit_sha: str | None = None
    user: User | None = None

    def record(self) -> Pull:
        """As everybody's record."""
        merged = bool(self.merged or self.merged_at)
        same = self.head.repo is not None and self.base.repo is not None and self.head.repo.full_name == self.base.repo.full_name
        return Pull(
            number=self.number,
            url=self.html_url,
            state="merged" if merged else "closed" if self.state == "closed" else "open",
            draft=self.draft,
            title=self.title,
            body=self.body or "",
            head=self.head.sha,
            head_branch=self.head.ref,
            base_branch=self.base.ref,
            mergeable=self.mergeable,
            merged=(self.merge_commit_sha or "") if merged else "",
            author=self.user.login if self.user else "",
            same_repo=same,
        )


class AnIssue(msgspec.Struct):
    """An issue, or a pull request seen as one."""

    number: int
    title: str = ""
    state: str = "open"
    html_url: str = ""
    body: str | None = None
    user: User | None = None
    labels: list[Named] = []
    assignees: list[User] = []
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
            labels=tuple(label.name for label in self.labels),
            assignees=tuple(user.login for user in self.assignees),
            is_pull=self.pull_request is not None,
        )


class AComment(msgspec.Struct):
    """A comment on an issue, a pull request, or one of its lines."""

    id: int
    body: str | None = None
    user: User | None = None
    html_url: str = ""
    path: str = ""
    line: int | None = None
    original_line: int | None = None
    pull_request_review_id: int | None = None

    def record(self) -> Comment:
        """As everybody's record."""
        return Comment(
            id=self.id,
            body=self.body or "",
            author=self.user.login if self.user else "",
            url=self.html_url,
            path=self.path,
            line=self.line or self.original_line or 0,
            review=self.pull_request_review_id or 0,
        )


class CheckOutput(msgspec.Struct):
    """What a check run says."""

    title: str | None = None
    summary: str | None = None
    annotations_count: int = 0


class CheckRun(msgspec.Struct):
    """A check run."""

    id: int
    name: str = ""
    external_id: str | None = None
    status: str = ""
    conclusion: str | None = None
    html_url: str | None = None
    output: CheckOutput = msgspec.field(default_factory=CheckOutput)


class CheckRuns(msgspec.Struct):
    """The check runs of a commit."""

    check_runs: list[CheckRun] = []


class Job(msgspec.Struct):
    """A job of a workflow run."""

    id: int
    name: str = ""
    conclusion: str | None = None
    html_url: str | None = None


class Jobs(msgspec.Struct):
    """The jobs of a workflow run."""

    jobs: list[Job] = []


class WorkflowRun(msgspec.Struct):
    """A workflow run."""

    id: int
    name: str | None = None


class WorkflowRuns(msgspec.Struct):
    """The workflow runs of a commit."""

    workflow_runs: list[WorkflowRun] = []


class Status(msgspec.Struct):
    """A commit status."""

    id: int = 0
    context: str = ""
    state: str = ""
    description: str | None = None
    target_url: str | None = None


class Statuses(msgspec.Struct):
    """A commit's statuses: the latest of each context."""

    statuses: list[Status] = []


class Merged(msgspec.Struct):
    """The answer to a merge."""

    sha: str = ""


class Permission(msgspec.Struct):
    """A person's right in a repository."""

    permission: str = "none"


class Installation(msgspec.Struct):
    """An installation of an App."""

    id: int


class InstallationToken(msgspec.Struct):
    """A token of an installation."""

    token: str
    expires_at: str


class App(msgspec.Struct):
    """An App."""

    slug: str


class Installed(msgspec.Struct):
    """The repositories of an installation."""

    repositories: list[Repository] = []


class GraphError(msgspec.Struct):
    """What GraphQL says is wrong."""

    message: str = ""


class GraphAnswer(msgspec.Struct):
    """An answer of GraphQL."""

    errors: list[GraphError] = []
    data: dict[str, object] | None = None
