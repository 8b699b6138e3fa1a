"""From what the model claims to findings: each is held against the diff, and what falls through is counted with its reason.

claim ─▶ confident enough? ─▶ a file that is there, lines that it has? ─▶ style only by a guideline ─▶ not told already
      ─▶ inside of the diff: a finding · outside of it: told apart, and never counted against the change
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from pullwright.attempts.review.answer import PRIORITIES, Claim, normal
from pullwright.attempts.review.citing import citation, evidence
from pullwright.attempts.review.fingerprint import fingerprint
from pullwright.attempts.review.guidelines import Guideline, Read
from pullwright.attempts.review.patch import Diff
from pullwright.attempts.review.placing import Spot, place, plain
from pullwright.attempts.review.record import Dropped, Finding, Reason
from pullwright.protocol.events import CommandRan

NEAR = 2
"""Lines between two findings that may still be about the same thing."""

ALIKE = 0.5
"""Share of the words that two titles have in common when they say the same."""

LONGEST_TITLE, LONGEST_TEXT = 160, 6_000


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the claims; see `record.Review`."""

    findings: tuple[Finding, ...]
    outside: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]
    uncited: int
    unran: int


class Checker:
    """Checks the claims of one review against its diff. `read` reads a file of the new side."""

    def __init__(
        self,
        diff: Diff,
        read: Read,
        *,
        root: str = "",
        guidelines: Sequence[Guideline] = (),
        commands: Sequence[CommandRan] = (),
        min_confidence: float = 0.5,
    ) -> None:
        self._diff = diff
        self._read = read
        self._root = root
        self._guidelines = guidelines
        self._commands = commands
        self._least = min_confidence
        self._dropped: list[Dropped] = []
        self._uncited = self._unran = 0

    async def check(self, claims: Iterable[Claim]) -> Checked:
        """All claims of all passes, once."""
        inside: list[Finding] = []
        outside: list[Finding] = []
        seen: dict[str, int] = {}
        for claim in sorted((_tidy(claim) for claim in claims), key=_worst_first):
            found = await self._finding(claim, seen)
            if found is None:
                continue
            spot, finding = found
            if any(_same(finding, other) for other in (*inside, *outside)):
                self._drop(claim, "the same as another finding")
            else:
                (inside if spot is not None and spot.inside else outside).append(finding)
        return Checked(
            findings=tuple(msgspec.structs.replace(each, id=f"F{n}") for n, each in enumerate(inside, 1)),
            outside=tuple(msgspec.structs.replace(each, id=f"O{n}") for n, each in enumerate(outside, 1)),
            dropped=tuple(self._dropped),
            uncited=self._uncited,
            unran=self._unran,
        )

    async def _finding(self, claim: Claim, seen: dict[str, int]) -> tuple[Spot | None, Finding] | None:
        if claim.confidence < self._least:
            return self._drop(claim, "below the confidence threshold")
        spot = place(self._diff, claim.path, claim.side, claim.start, claim.end, self._root)
        if (spot is None or not spot.inside) and (wrong := await self._wrong(claim, spot)):
            return self._drop(claim, wrong)
        path = spot.path if spot else plain(claim.path, self._root)
        cited, missed = citation(claim, path, self._guidelines)
        if claim.category == "style" and cited is None:
            return self._drop(claim, "style, and no guideline asks for it")
        ran, unran = evidence(claim, self._commands)
        self._uncited += missed
        self._unran += unran
        start, end = (spot.start, spot.end) if spot else (claim.start, max(claim.start, claim.end))
        side = spot.side if spot else "new"
        texts = spot.texts if spot and spot.texts else (str(start),)
        return spot, Finding(
            id="",
            priority=claim.priority,
            title=claim.title,
            body=claim.body,
            category=claim.category,
            confidence=claim.confidence,
            path=path,
            side=side,
            start=start,
            end=end,
            new_path=spot.file.path if spot else path,
            line=spot.line if spot else start,
            suggestion=claim.suggestion,
            guideline=cited,
            evidence=ran,
            fingerprint=fingerprint(path, side, claim.category, texts, seen),
            lines=spot.lines if spot else (),
        )

    async def _wrong(self, claim: Claim, spot: Spot | None) -> Reason | None:
        """Why a claim beside the diff is about nothing: the new side has no such file, or not so many lines."""
        path = spot.file.path if spot else plain(claim.path, self._root)
        data = await self._read(path) if path and (spot is None or spot.file.status != "deleted") else None
        if data is None:
            return "names lines that the file has not got" if spot else "names a file that is not there"
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        return None if 0 < claim.start <= lines else "names lines that the file has not got"

    def _drop(self, claim: Claim, reason: Reason) -> None:
        self._dropped.append(
            Dropped(
                reason=reason,
                priority=claim.priority,
                confidence=claim.confidence,
                title=claim.title,
                path=claim.path[:LONGEST_TITLE],
                start=claim.start,
            )
        )


def _tidy(claim: Claim) -> Claim:
    """Within bounds: a confidence from 0 to 1 (one given in percent is understood), texts of a length that can be read."""
    sure = claim.confidence / 100 if 1 < claim.confidence <= 100 else claim.confidence
    sure = 0.0 if math.isnan(sure) else min(max(sure, 0.0), 1.0)
    title = " ".join(claim.title.split())[:LONGEST_TITLE] or "(no title)"
    return msgspec.structs.replace(
        claim,
        confidence=round(sure, 2),
        title=title,
        body=claim.body.strip()[:LONGEST_TEXT],
        suggestion=claim.suggestion.strip()[:LONGEST_TEXT],
        quote=claim.quote[:LONGEST_TEXT],
    )


def _worst_first(claim: Claim) -> tuple[int, float, str, int]:
    return PRIORITIES.index(claim.priority), -claim.confidence, claim.path, claim.start


def _same(one: Finding, other: Finding) -> bool:
    """The same lines or nearly, and titles that say the same, or the same kind of problem at exactly the same lines."""
    if one.path != other.path or one.side != other.side:
        return False
    if (one.start, one.end, one.category) == (other.start, other.end, other.category):
        return _alike(one.title, other.title) >= ALIKE / 2
    near = one.start <= other.end + NEAR and other.start <= one.end + NEAR
    return near and _alike(one.title, other.title) >= ALIKE


def _alike(one: str, other: str) -> float:
    left, right = set(normal(one).split()), set(normal(other).split())
    return len(left & right) / len(left | right) if left | right else 1.0
