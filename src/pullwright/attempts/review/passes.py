"""As much of a diff as fits, in one or more passes: each is one turn.

Files stay in git's order, so that what lies together is seen together. What does not fit (the rest of a very large file, files
beyond the last pass) and what nobody reads line by line (lock files, minified files) is named for the model to read itself.
"""

from __future__ import annotations

import msgspec

from pullwright.attempts.review.listing import GENERATED, Listing, head
from pullwright.attempts.review.patch import Diff

MOST_PASSES = 6
MOST_TOKENS = 48_000
"""Tokens of diff in one pass: beyond that models overlook more than they find."""


class Pass(msgspec.Struct, frozen=True):
    """One turn's part: its diff, the files in it, and the files that are only named."""

    text: str
    paths: tuple[str, ...]
    named: tuple[str, ...] = ()


def room_for(window: int) -> int:
    """Tokens of diff in one pass of a model with this window: a third of it, for the rest is needed to look around."""
    return max(2_000, min(MOST_TOKENS, window // 3))


def split(diff: Diff, room: int) -> tuple[tuple[Pass, ...], tuple[str, ...]]:
    """The passes, at least one, and the files of which not all is shown in any."""
    groups: list[list[Listing]] = [[]]
    named: list[str] = []
    unshown: list[str] = []
    used = 0
    for file in diff.files:
        if GENERATED.fullmatch(file.path):
            named.append(f"{head(file)} generated")
            unshown.append(file.path)
            continue
        listing = Listing(file, room)
        if used + listing.tokens > room and groups[-1]:
            if len(groups) == MOST_PASSES:
                named.append(head(file))
                unshown.append(file.path)
                continue
            groups.append([])
            used = 0
        groups[-1].append(listing)
        used += listing.tokens
        if not listing.whole:
            unshown.append(file.path)
    passes = [Pass("\n\n".join(each.text for each in group), tuple(each.path for each in group)) for group in groups]
    passes[-1] = msgspec.structs.replace(passes[-1], named=tuple(named))
    return tuple(passes), tuple(unshown)
