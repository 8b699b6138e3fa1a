"""What was said, out of a session's log: the answers, and the whole as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Event, ItemAdded, item_of
from pullwright.protocol.items import Message

if TYPE_CHECKING:
    from pullwright.log.files import FileLog


def answers(log: FileLog) -> list[str]:
    """What the model said, message by message."""
    return [text for event in log.read() if (text := _answer(event))]


def last_answer(log: FileLog) -> str:
    """The last of it; empty when it has said nothing."""
    said = answers(log)
    return said[-1] if said else ""


def write_session(log: FileLog, path: Path) -> Path:
    """Write the session to `path`, which must not exist yet: an HTML page where its name says so, else Markdown.

    Raises `FixSettings`.
    """
    if path.suffix.lower() in (".html", ".htm"):
        from pullwright.cli.terminal.transcript.export.as_html import as_html

        page = as_html(log.read(), log.artifacts, title=f"Pullwright session {log.session}")
    else:
        from pullwright.cli.terminal.transcript.export.as_markdown import as_markdown

        page = as_markdown(log.read(), log.artifacts)
    try:
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(page)
    except FileExistsError:
        raise FixSettings(f"{path} is there already", fix="name another file: /export FILE") from None
    except OSError as error:
        raise FixSettings(f"{path} cannot be written: {error.strerror}", fix="name another file: /export FILE") from None
    return path


def _answer(event: Event) -> str:
    if not isinstance(event, ItemAdded) or event.source != "model":
        return ""
    view = item_of(event.item).view
    return view.text.strip() if isinstance(view, Message) and view.role == "assistant" else ""
