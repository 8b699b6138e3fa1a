"""As much of a diff as fits, in one or more passes: each is one turn.

Files stay in git's order, so that what lies together is seen together. What does not fit (the rest of a very large file, files
beyond the last pass) and what nobody reads line by line (lock files, minified files) is named for the model to read itself.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    """The passes, at least one and about equally large, and the files of which not all is shown in any."""
    shown = [Listing(file, room) for file in diff.files if not GENERATED.fullmatch(file.path)]
    named = [f"{head(file)} generated" for file in diff.files if GENERATED.fullmatch(file.path)]
    groups = _grouped(shown, room)
    for share in (1.0, 1.1, 1.25, 1.5):
        even = _grouped(shown, min(room, round(share * sum(each.tokens for each in shown) / len(groups))))
        if len(even) == len(groups):
            groups = even
            break
    beyond = [each for group in groups[MOST_PASSES:] for each in group]
    passes = [
        Pass("\n\n".join(each.text for each in group), tuple(each.path for each in group)) for group in groups[:MOST_PASSES]
    ]
    passes[-1] = msgspec.structs.replace(passes[-1], named=(*named, *(head(diff.by_path[each.path]) for each in beyond)))
    whole = {each.path for group in groups[:MOST_PASSES] for each in group if each.whole}
    return tuple(passes), tuple(dict.fromkeys(file.path for file in diff.files if file.path not in whole))


def _grouped(listings: Sequence[Listing], room: int) -> list[list[Listing]]:
    """Neighbours together, as many as there is room for; a file that is larger stands alone."""
    groups: list[list[Listing]] = [[]]
    used = 0
    for listing in listings:
        if groups[-1] and used + listing.tokens > room:
            groups.append([])
            used = 0
        groups[-1].append(listing)
        used += listing.tokens
    return groups
