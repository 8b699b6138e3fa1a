"""What stands above the first prompt: which Pullwright this is, and which project it works on."""

from __future__ import annotations

import os
from pathlib import Path

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Kind, Piece
from pullwright.cli.terminal.transcript.spans import Line, Span, cut


class Welcome(Piece):
    """One line."""

    kind: Kind = "note"

    def __init__(self, theme: Theme, project: Path) -> None:
        super().__init__(theme)
        self._project = project

    def layout(self, width: int, full: bool) -> list[Line]:
        """Name, version, project; the home folder as `~`."""
        from pullwright import __version__

        home = os.environ.get("HOME", "").rstrip("/")
        project = str(self._project)
        project = f"~{project.removeprefix(home)}" if home and project.startswith(f"{home}/") else project
        return [cut([Span("Pullwright", "heading"), Span(f" {__version__}", "dim"), Span(f"  {project}", "path")], width)]
