"""What forges tell by webhook, in one vocabulary. All are records that can be kept as JSON.

ForgeEvent
├── IssueAssigned     an issue or pull request was given to somebody
├── IssueLabelled     … got labels
├── Mentioned         a comment, or a new issue's text, has an @name in it; `asks` says what it asks of us
├── ReviewSubmitted   a review of a pull request
├── CheckFailed       a check that is not ours failed on a commit
├── PullMerged        a pull request was merged
├── PullClosed        … closed without that
└── Pushed            a branch moved
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from pullwright.forges.hidden import visible
from pullwright.forges.records import On

Verdict = Literal["approved", "changes_requested", "commented"]


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """What every event has: the repository, who did it (their login), and where it can be looked at."""

    slug: str
    actor: str = ""
    url: str = ""


class IssueAssigned(Told, frozen=True, kw_only=True):
    """`assignees` are those who have it now."""

    n: int
    on: On = "issue"
    assignees: tuple[str, ...] = ()


class IssueLabelled(Told, frozen=True, kw_only=True):
    """`labels` are those that came, or all where the forge does not tell them apart (Gitea)."""

    n: int
    on: On = "issue"
    labels: tuple[str, ...] = ()


class Mentioned(Told, frozen=True, kw_only=True):
    """`comment` is the comment's id, 0 for the issue's own text; `path` and `line` where it is on a line. `body` is raw."""

    n: int
    on: On = "issue"
    comment: int = 0
    body: str = ""
    path: str = ""
    line: int = 0
    review: int = 0

    def asks(self, mention: str) -> str | None:
        """What a visible text asks after `@name`, empty when it only calls; None when it does not call that name."""
        text = _without_code(visible(self.body).text)
        call = re.search(rf"(?<![\w@/.-]){re.escape(mention)}(?![\w-])", text, re.IGNORECASE)
        return None if call is None else text[call.end() :].lstrip(" \t:,").strip()


class ReviewSubmitted(Told, frozen=True, kw_only=True):
    """`head` is the commit that was looked at. Its line comments come from `Forge.line_comments`, by `review`."""

    n: int
    review: int = 0
    verdict: Verdict = "commented"
    body: str = ""
    head: str = ""


class CheckFailed(Told, frozen=True, kw_only=True):
    """`pulls` are the pull requests with this head, where the forge says so. One failure may come as several events."""

    head: str
    name: str = ""
    branch: str = ""
    pulls: tuple[int, ...] = ()


class PullMerged(Told, frozen=True, kw_only=True):
    """`merged` is the commit that it was merged as."""

    n: int
    head_branch: str = ""
    merged: str = ""


class PullClosed(Told, frozen=True, kw_only=True):
    """Closed, and not merged."""

    n: int
    head_branch: str = ""


class Pushed(Told, frozen=True, kw_only=True):
    """A branch is at `after` now. `before` is empty when it is new, `after` when it was deleted."""

    branch: str
    before: str = ""
    after: str = ""


ForgeEvent = IssueAssigned | IssueLabelled | Mentioned | ReviewSubmitted | CheckFailed | PullMerged | PullClosed | Pushed

MENTION = re.compile(r"(?<![\w@/.-])@\w")


def calls_somebody(body: str) -> bool:
    """Whether a text may mention anybody."""
    return MENTION.search(body) is not None


def _without_code(text: str) -> str:
    """The text without quotations and code, where a name is no call."""
    text = re.sub(r"^ {0,3}(```+|~~~+).*?(^ {0,3}\1|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]+`", "", text)
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
