"""The protocol of a forge, and how it says no.

Every outward effect is safe to ask for again: opening a pull request finds the open one of the same branch, a check is found
by its `external_id`, a label or reaction is there once. Comments have no such name of their own: `once` gives them a mark.

Raises, everywhere: `AskAdministrator` (the credential is refused or lacks a right), `NotFound`, `Refused` (the forge's own
rules), `TryAgainLater` (not reached, 5xx, or limited for longer than we wait).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pullwright.forges.records import Check, CheckStanding, Comment, FailedCheck, Issue, Method, On, Pull, Repo, Side
from pullwright.protocol.errors import PullwrightError
from pullwright.workspace.clone import Credential

Why = Literal["draft", "conflict", "protected", "moved", "invalid"]


class Refused(PullwrightError):
    """The forge refuses what was asked; the message has its own reason.

    `why`: `draft` (not ready), `conflict` (with the base), `protected` (a rule of the repository: checks, approvals), `moved`
    (the head is another one by now), `invalid` (anything else: the request does not fit what is there).
    """

    def __init__(self, message: str, *, why: Why = "invalid", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.why: Why = why


class Forge(Protocol):
    """A git host, signed in to. `slug` names a repository as owner/name, `n` a pull request's or issue's number."""

    annotates: bool
    """Whether checks show annotations."""

    async def login(self) -> str:
        """The login under which Pullwright comments here; its own doings are told by it."""
        ...

    async def repositories(self) -> Sequence[Repo]:
        """The repositories that the connection can see."""
        ...

    async def repository(self, slug: str) -> Repo:
        """One repository."""
        ...

    async def credential(self, slug: str) -> Credential | None:
        """What git signs in with for this repository; as short-lived as the forge can make it."""
        ...

    async def may_write(self, slug: str, login: str) -> bool:
        """Whether a person may push to the repository: only they may give Pullwright work."""
        ...

    async def issue(self, slug: str, n: int) -> Issue:
        """An issue."""
        ...

    async def find_pull(self, slug: str, head_branch: str) -> Pull | None:
        """The open pull request of a branch of the repository itself, else its latest one, else None."""
        ...

    async def pull(self, slug: str, n: int) -> Pull:
        """A pull request as it is now."""
        ...

    async def open_pull(self, slug: str, *, head: str, base: str, title: str, body: str, draft: bool) -> Pull:
        """Open a pull request of branch `head` onto branch `base`; the open one of that branch, if there is one."""
        ...

    async def edit_pull(self, slug: str, n: int, *, title: str, body: str) -> Pull:
        """Change title and text."""
        ...

    async def mark_ready(self, slug: str, n: int) -> Pull:
        """No longer a draft."""
        ...

    async def mark_draft(self, slug: str, n: int) -> Pull:
        """A draft again."""
        ...

    async def close_pull(self, slug: str, n: int) -> Pull:
        """Close it without merging."""
        ...

    async def merge(self, slug: str, n: int, *, method: Method, head: str, message: str) -> str:
        """Merge it, if its head is still `head`; the commit. It is a success when it was merged already. Raises `Refused`."""
        ...

    async def comment(self, slug: str, n: int, body: str, *, on: On = "pull") -> int:
        """Write a comment; its id."""
        ...

    async def edit_comment(self, slug: str, n: int, comment: int, body: str, *, on: On = "pull") -> None:
        """Replace a comment's text."""
        ...

    async def comments(self, slug: str, n: int, *, on: On = "pull") -> Sequence[Comment]:
        """The comments, oldest first, without those on lines."""
        ...

    async def line_comment(self, slug: str, n: int, *, head: str, path: str, line: int, side: Side, body: str) -> int:
        """Comment on a line of the diff; its id. Raises `Refused` (`invalid`) when the line is not in the diff."""
        ...

    async def line_comments(self, slug: str, n: int) -> Sequence[Comment]:
        """The comments on lines, oldest first."""
        ...

    async def check(self, slug: str, head: str, check: Check) -> int:
        """Set a check on a commit; its id. The same `external_id` again updates it."""
        ...

    async def failed_checks(self, slug: str, head: str) -> Sequence[FailedCheck]:
        """What failed on a commit, with the end of each log; Pullwright's own checks are left out."""
        ...

    async def checks(self, slug: str, head: str) -> Sequence[CheckStanding]:
        """How every check of a commit stands, ours among them; of the same name the latest."""
        ...

    async def labels(self, slug: str, n: int, labels: Sequence[str], *, on: On = "pull") -> None:
        """Add labels; those that do not exist are made."""
        ...

    async def react(self, slug: str, n: int, *, comment: int = 0, on: On = "issue", reaction: str = "eyes") -> None:
        """React to a comment, or to the issue or pull request itself."""
        ...
