"""What concerns the run rather than the work, in a line each."""

from __future__ import annotations

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Piece, Text
from pullwright.cli.terminal.transcript.calls import MOST_NAMES
from pullwright.cli.terminal.transcript.policy import budget_line, hook_line
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.sizes import tokens_of
from pullwright.protocol.events import (
    BudgetReached,
    Checkpointed,
    Compacted,
    Event,
    Forked,
    HookRan,
    ModelRetried,
    Noticed,
    Rewound,
)

_MARKS = {"info": "note", "warning": "warning", "error": "error"}


def note_of(event: Event, theme: Theme) -> list[Piece]:
    """The line; nothing for an event that nobody needs to be told of."""
    text, role, mark = _said(event)
    return [Text(theme, text, role, mark, seq=event.seq)] if text else []


def _said(event: Event) -> tuple[str, str, str]:
    """Words, role and mark."""
    match event:
        case ModelRetried():
            again = f"; again in {seconds(event.wait)}" if event.wait else ""
            return f"model: {event.reason}{again}", "warning", "warning"
        case BudgetReached():
            return budget_line(event), "warning", "warning"
        case Noticed():
            words = event.text if event.level == "info" else f"{event.level}: {event.text}"
            return words, "dim" if event.level == "info" else event.level, _MARKS[event.level]
        case HookRan():
            return *hook_line(event), "note"
        case Compacted():
            sizes = f"{tokens_of(event.tokens_before)} to {tokens_of(event.tokens_after)} tokens"
            return f"conversation shortened: {sizes}", "dim", "note"
        case Rewound():
            files = "" if event.files else "; the files stay as they are"
            return f"went back to an earlier point{files}", "warning", "warning"
        case Checkpointed() if event.beside:
            more = len(event.beside) - MOST_NAMES
            names = ", ".join(safe(path) for path in event.beside[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
            return f"changed while commands ran: {names}", "dim", "note"
        case Forked():
            return f"continues {event.parent} from its event {event.at}", "dim", "note"
        case _:
            return "", "", ""
