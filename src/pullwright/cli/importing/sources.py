"""The sources by name, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pullwright.cli.importing.haul import Haul, Place

NAMES: dict[str, str] = {
    "codex": "Codex",
    "claude": "Claude Code",
    "opencode": "opencode",
    "cline": "Cline",
    "roo": "Roo Code",
}
"""In this order: of two that set the same, the first one counts."""


def hauls(names: Iterable[str], place: Place) -> list[Haul]:
    """What the sources hold, without those that are not there."""
    found = [_source(name)(place) for name in NAMES if name in names]
    return [haul for haul in found if not haul.empty]


def present(place: Place) -> list[str]:
    """The names of the sources that hold something. Reads as much as an import does."""
    return [haul.source for haul in hauls(NAMES, place) if haul.settings or haul.servers or haul.instructions or haul.files]


def _source(name: str) -> Callable[[Place], Haul]:
    import importlib

    source: Callable[[Place], Haul] = getattr(importlib.import_module(f"pullwright.cli.importing.{name}"), name)
    return source
