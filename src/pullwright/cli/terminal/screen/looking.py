"""Looking at what was: the transcript on the full screen, the last output in full, what was sent before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.keyboard import Keyboard
from pullwright.cli.terminal.screen.output import open_output
from pullwright.cli.terminal.screen.scrollback import Unfolded

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace
    from pullwright.cli.terminal.transcript.block import Block

MOST_SENT = 2_000
MOST_UNFOLDED = 400
"""Lines that are printed again; more of them are a matter for the viewer."""


async def transcript(face: ScreenFace) -> None:
    """Ctrl-T."""
    await view(face, face.scrollback.blocks, "transcript")


async def view(face: ScreenFace, blocks: Sequence[Block], title: str) -> None:
    """The full-screen viewer, until it is closed."""
    from pullwright.cli.terminal.viewer import Viewer

    async with face.foot.away():
        await Viewer(face.theme, blocks, title).run(input=Keyboard(sys.stdin), output=open_output())
    face.scrollback.touch()


async def unfold(face: ScreenFace) -> None:
    """Ctrl-O: the last block that was folded, in full; in the viewer when it is very long."""
    for block in reversed(face.scrollback.blocks):
        if getattr(block, "unfolds", False):
            if len(block.full(face.foot.frames.get_size().columns)) > MOST_UNFOLDED:
                await view(face, [Unfolded(block)], "output")
            else:
                face.scrollback.add([Unfolded(block)])
            return
    face.note("nothing was folded yet")


async def search_history(face: ScreenFace) -> None:
    """Ctrl-R."""
    entries = face.editor.history.search("")
    if not entries:
        face.note("nothing was sent here before")
        return
    async with face.desk.turn():
        options = [Option(" ".join(text.split())[:400]) for text in entries[:MOST_SENT]]
        picked = await face.desk.choose("What you sent before", options, filtered=True)
    if picked is not None:
        face.fill(entries[picked])
