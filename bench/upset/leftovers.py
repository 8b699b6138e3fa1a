"""What must not be there in the end: processes, mounts, cgroups, temporary files."""

from __future__ import annotations

from pathlib import Path

from left_behind import Guard  # what a run of the tests is held to


class Leftovers:
    """Made before anything starts; `found` when everything has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = Guard()

    def found(self, patience: float = 10.0) -> list[str]:
        """What is still there."""
        left = self._guard.found(self._folder, patience)
        left += [f"temporary file {path.name}" for path in sorted((self._folder / "tmp").iterdir())]
        for machine in self._folder.glob("machine-*"):
            left += [f"{path.relative_to(self._folder)}" for path in sorted((machine / "workers").glob("*"))]
            left += [f"{path.relative_to(self._folder)}" for path in sorted((machine / "bells").glob("*"))]
        return left
