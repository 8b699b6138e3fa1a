"""A check of something that Pullwright can do without."""

from __future__ import annotations

from pullwright.sandbox.sandbox import Check


def noted(name: str, *, ok: bool, found: str, fix: str = "") -> Check:
    """A check that is not required."""
    return Check(name, ok=ok, found=found, fix=fix, required=False)
