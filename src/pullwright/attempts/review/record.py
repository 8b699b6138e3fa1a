"""The result of a review, as data. `VERSION` is raised when a field's meaning changes; docs/review.md describes it."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.attempts.review.answer import PRIORITIES, Category, Priority
from pullwright.attempts.review.guidelines import Guideline
from pullwright.attempts.review.patch import Line, Side
from pullwright.protocol.usage import Spend

VERSION = 1
RESULT = "review.json"
"""The artifact beside the session's log."""

Reason = Literal[
    "below the confidence threshold",
    "the same as another finding",
    "names a file that is not there",
    "names lines that the file has not got",
    "style, and no guideline asks for it",
]


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A guideline that is the reason for a finding, and the words of it that were found there."""

    path: str
    scope: str
    quote: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A command that the agent ran and names as proof: `seq` is its event in the session's log."""

    seq: int
    command: str
    exit_code: int | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One problem, held against the diff. It is a claim all the same: `evidence` says what was run for it.

    `start` to `end` are lines of `path` on the side `side`. `lines` are those of the diff around it. `fingerprint` stays the same
    when the lines move. `new_path` and `line` are where the new side has it, also for lines that are gone.
    """

    id: str
    priority: Priority
    title: str
    body: str
    category: Category
    confidence: float
    path: str
    side: Side
    start: int
    end: int
    new_path: str
    line: int
    suggestion: str
    guideline: Citation | None
    evidence: tuple[Evidence, ...]
    fingerprint: str
    lines: tuple[Line, ...]


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that is no finding, and why."""

    reason: Reason
    priority: Priority
    confidence: float
    title: str
    path: str
    start: int


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A whole review. `outcome` is the last turn's (`succeeded` also where there was nothing to review), `why` says more.

    `findings` are what the diff introduces, the worst first; `outside` lie on lines that it does not touch and count for
    nothing. `uncited` counts citations that named no guideline there is, `unran` commands named as evidence that never ran.
    `guidelines_edited` are files in which the change edits the guidelines themselves: the base's were used. `unread` are
    changed files that were neither shown to the model nor opened by it. `commands` counts what the agent ran.
    """

    version: int = VERSION
    session: str
    outcome: str
    why: str
    fix: str = ""
    what: str
    base: str
    head: str
    old: str
    new: str
    paths: tuple[str, ...] = ()
    focus: str = ""
    files: int = 0
    added: int = 0
    removed: int = 0
    passes: int = 0
    passes_done: int = 0
    summary: str = ""
    findings: tuple[Finding, ...] = ()
    outside: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    uncited: int = 0
    unran: int = 0
    min_confidence: float = 0.5
    guidelines: tuple[Guideline, ...] = ()
    guidelines_edited: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    commands: int = 0
    provider: str = ""
    model: str = ""
    scripted: bool = False
    spend: Spend = Spend()

    def at_least(self, priority: Priority) -> tuple[Finding, ...]:
        """The findings of this priority and of worse ones."""
        worst = PRIORITIES[: PRIORITIES.index(priority) + 1]
        return tuple(finding for finding in self.findings if finding.priority in worst)
