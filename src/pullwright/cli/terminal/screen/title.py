"""The window's title: which project, and whether it works (`…`) or waits for the person (`?`).

What stood there before is kept by the terminal (xterm's title stack) and comes back when the screen ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.cli.render.clean import one_line

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.state import State
    from pullwright.cli.terminal.screen.output import FrameOutput

KEEP, BACK = "\x1b[22;2t", "\x1b[23;2t"


def title_of(state: State) -> str:
    """`? tally`, `… tally`, `tally · Pullwright`."""
    name = one_line(state.project.name, 40) or "Pullwright"
    if state.asking:
        return f"? {name}"
    return f"… {name}" if state.busy else f"{name} · Pullwright"


class Title:
    """The title of one terminal. Nothing is written where it stands already."""

    def __init__(self, output: FrameOutput) -> None:
        self._output = output
        self._shown = ""

    def keep(self) -> None:
        """Let the terminal remember the title that it has."""
        if self._known:
            self._output.write_raw(KEEP)

    def show(self, state: State) -> None:
        """Say how things stand."""
        title = title_of(state)
        if title != self._shown and self._known:
            self._shown = title
            self._output.set_title(title)
            self._output.flush()

    @property
    def back(self) -> str:
        """What brings the old title back."""
        return BACK if self._known else ""

    @property
    def _known(self) -> bool:
        return self._output.term not in ("linux", "vt100", "eterm-color")
