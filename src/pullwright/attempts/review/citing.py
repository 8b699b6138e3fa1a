"""What a claim names as its reason and its proof, held against what there is."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.attempts.review.answer import Claim, normal
from pullwright.attempts.review.guidelines import Guideline
from pullwright.attempts.review.record import Citation, Evidence
from pullwright.protocol.events import CommandRan

SHORTEST = 8
"""Characters of a quote that say something."""


def citation(claim: Claim, path: str, guidelines: Sequence[Guideline]) -> tuple[Citation | None, bool]:
    """The guideline that is quoted, and whether the claim names one that is not there, or not for this file."""
    if not claim.guideline and not claim.quote:
        return None, False
    words = normal(claim.quote)
    quoted = [each for each in guidelines if each.covers(path) and len(words) >= SHORTEST and words in normal(each.text)]
    named = [each for each in quoted if each.id == claim.guideline.strip()] or quoted
    if not named:
        return None, True
    return Citation(path=named[0].path, scope=named[0].scope, quote=claim.quote.strip()), False


def evidence(claim: Claim, commands: Sequence[CommandRan]) -> tuple[tuple[Evidence, ...], int]:
    """The commands that it names, each with the newest event in which it ran, and how many of them never ran."""
    found: dict[int, Evidence] = {}
    missing = 0
    for words in claim.evidence:
        wanted = " ".join(words.strip().strip("`").removeprefix("$ ").split())
        ran = [each for each in commands if len(wanted) > 2 and wanted == " ".join(each.command.split())]
        ran = ran or [each for each in commands if len(wanted) >= SHORTEST and wanted in " ".join(each.command.split())]
        if ran:
            found[ran[-1].seq] = Evidence(seq=ran[-1].seq, command=ran[-1].command, exit_code=ran[-1].exit_code)
        else:
            missing += 1
    return tuple(found.values()), missing
