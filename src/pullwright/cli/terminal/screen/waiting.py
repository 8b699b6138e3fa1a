"""What stands between transcript and editor while a turn runs: its spinner, remarks not yet heard, the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import one_line
from pullwright.cli.terminal.screen.status import working

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from pullwright.cli.terminal.screen.app import ScreenFace

MOST = 4


def waiting(face: ScreenFace, width: int) -> StyleAndTextTuples:
    """Its lines, each at most `width` columns."""
    state = face.pairing.state
    rows = [working(state, width, time.time(), stopping=face.flow.stopping)] if state.busy else []
    rows += [[("class:dim", f"  {one_line(f'not heard yet: {text}', width - 2)}")] for text in state.steers[-MOST:]]
    queue = state.queue
    rows += [[("class:dim", f"  {one_line(f'next: {queued.text}', width - 2)}")] for queued in queue[:MOST]]
    if len(queue) > MOST:
        rows.append([("class:dim", f"  and {len(queue) - MOST} more")])
    if queue and face.editor.empty:
        rows[-1] = [*rows[-1], ("class:placeholder", "  (Up takes it back)" if width > 60 else "")]
    found: StyleAndTextTuples = []
    for number, row in enumerate(rows):
        found += ([("", "\n")] if number else []) + row
    return found
