"""What the clean runs found, as a check on the commit at the forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.forges.records import Check, CheckState
from pullwright.protocol.outcomes import Verdict

if TYPE_CHECKING:
    from pullwright.tasks.publishing.publish import Publication

NAME = "Pullwright: clean runs"
STATES: dict[Verdict, CheckState] = {
    "verified": "success",
    "not-verified": "neutral",
    "not-run": "neutral",
    "contradicted": "failure",
}
SAYS: dict[Verdict, str] = {
    "verified": "Clean runs prove the change.",
    "not-verified": "Clean runs neither prove nor contradict the change.",
    "not-run": "No clean runs were made.",
    "contradicted": "Clean runs contradict the change.",
}


def check_of(job: Publication, url: str) -> Check:
    """The check of a publication's head; the same head again is the same check."""
    verdict = job.attempt.verdict
    why = job.attempt.outcome.why if job.attempt.outcome is not None else ""
    return Check(
        name=NAME,
        state=STATES[verdict],
        title=SAYS[verdict],
        summary=f"{SAYS[verdict]} {why}".strip(),
        details_url=url if url.startswith("https://") else "",
        external_id=f"pullwright:{job.attempt.id}:{job.attempt.head}",
    )
