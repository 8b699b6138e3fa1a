"""The result of a review, found again beside its session's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pullwright.attempts.review.record import Review
    from pullwright.log.artifacts import FolderArtifacts


def review_of(artifacts: FolderArtifacts) -> Review | None:
    """The review that this session was; None for any other session, and for a review that has no result."""
    from pullwright.attempts.review.record import RESULT, Review

    try:
        return msgspec.json.decode(artifacts.get(RESULT), type=Review)
    except (KeyError, msgspec.DecodeError):  # none, or an older version's
        return None
