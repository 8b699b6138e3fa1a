"""A finding's fingerprint: from what the lines say, not from where they are, so that a review of tomorrow gives the same.

SHA-256 of path, side, category and the lines' text without their space, 16 hex digits. The model's own words, which are never the
same twice, are no part of it. Of several findings with the same, later ones get a number behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def fingerprint(path: str, side: str, category: str, texts: Iterable[str], seen: dict[str, int]) -> str:
    """The fingerprint; `seen` counts those given out in this review."""
    whole = "\0".join((path, side, category, *("".join(text.split()) for text in texts)))
    name = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]
    seen[name] = number = seen.get(name, 0) + 1
    return name if number == 1 else f"{name}:{number}"
