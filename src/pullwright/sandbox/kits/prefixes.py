"""Folders that hold many tools: Homebrew, Nix, mise, asdf, and what lies below /opt."""

from __future__ import annotations

from pathlib import Path

from pullwright.sandbox.kits.kit import Kit, Place, mounts_of

_BREWS = (Path("/home/linuxbrew/.linuxbrew"), Path("/opt/homebrew"))
_INSTALLS = ((".local", "share", "mise", "installs"), (".asdf", "installs"))


def recognise(entry: Path, place: Place) -> Kit | None:
    """The kit of a PATH entry below a known prefix. Nix profiles are mounted with the whole (public) store."""
    for brew in _BREWS:
        if entry.is_relative_to(brew):
            return Kit(bins=(str(entry),), mounts=mounts_of(brew), facts=(f"programs of {brew}",))
    real = entry.resolve()
    if real.is_relative_to("/nix/store"):
        return Kit(bins=(str(real),), mounts=mounts_of(Path("/nix/store")), facts=(f"programs of {entry}",))
    if entry.parts[:2] == ("/", "opt") and len(entry.parts) > 3 and entry.is_dir():
        return Kit(bins=(str(entry),), mounts=mounts_of(Path(*entry.parts[:3])), facts=(f"programs of {entry}",))
    parts = place.below_home(entry)
    for store in _INSTALLS:
        rest = parts[len(store) :]
        if parts[: len(store)] == store and len(rest) >= 2 and entry.is_dir():
            prefix = place.home.joinpath(*store, *rest[:2])
            return Kit(bins=(str(entry),), mounts=mounts_of(prefix), facts=(f"{rest[0]} {rest[1]} at {entry}",))
    return None
