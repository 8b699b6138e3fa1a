"""The screen's colours: the theme that was asked for, or the one that suits the terminal's background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.cli.terminal.screen.output import ASK_BACKGROUND
from pullwright.cli.terminal.theme import Theme, detect

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace


def ask_background(face: ScreenFace) -> None:
    """Dark or light, where nothing has told so far and the terminal may know."""
    if face.settings.theme == "auto" and face.theme.name == "terminal" and face.foot.frames.term not in ("linux", "vt100"):
        face.foot.frames.write_raw(ASK_BACKGROUND)
        face.foot.frames.flush()


def answered(face: ScreenFace, colour: str) -> None:
    """The terminal's answer."""
    _change(face, detect(background=colour))
    face.foot.invalidate()


def look(face: ScreenFace, name: str) -> None:
    """Another theme, for what is on the screen as well."""
    _change(face, detect(wish=name))
    face.foot.clear()


def _change(face: ScreenFace, found: Theme) -> None:
    face.theme.change(found.name, found.depth)
    face.foot.style = face.theme.toolkit_style()
