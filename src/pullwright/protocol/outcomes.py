"""How a turn ended. Each says why, in one sentence a person can act on.

    Outcome
    ├── Succeeded       the agent finished and said so (`verified` says what our own runs found)
    ├── Failed          it could not be done, or something broke; the work is kept
    ├── Cancelled       somebody stopped it; the work is kept
    ├── NeedsInput      only a person can answer what is asked; the answer starts the next turn
    └── OverBudget      a hard ceiling was reached; the work is kept

Exit codes of `pullwright exec`: 0 succeeded, 1 failed, 2 usage or settings, 3 needs input, 4 over budget,
5 verification failed (6: a review found something), 130 cancelled.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.usage import Spend

Verdict = Literal["verified", "not-verified", "contradicted", "not-run"]
"""What Pullwright's own clean runs say of the change: they prove it; they neither prove nor contradict it
(no new red-to-green test, or only exit codes); they contradict it; they were not run."""


class ChangeSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was changed: `branch` at `head` over `base`; paths and line counts."""

    branch: str
    base: str
    head: str
    files: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0


class _Outcome(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    why: str
    message: str = ""
    change: ChangeSummary | None = None
    verdict: Verdict = "not-run"
    spend: Spend = Spend()
    scripted: bool = False


class Succeeded(_Outcome, frozen=True, tag="succeeded"):
    """The agent finished."""


class Failed(_Outcome, frozen=True, tag="failed"):
    """It could not be done; `fix` says what would help, where that is known."""

    fix: str = ""


class Cancelled(_Outcome, frozen=True, tag="cancelled"):
    """Somebody stopped it."""


class NeedsInput(_Outcome, frozen=True, tag="needs_input"):
    """A question or permission, by id, waits for a person."""

    question: str
    asks: str


class OverBudget(_Outcome, frozen=True, tag="over_budget"):
    """A hard ceiling was reached: which, and where it stood."""

    ceiling: str


Outcome = Succeeded | Failed | Cancelled | NeedsInput | OverBudget
