"""A conversation as Markdown, from its log alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import CommandRan, Event, FilesChanged, InputReceived, ItemAdded, TurnFinished, item_of
from pullwright.protocol.inputs import Prompt, Steer
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


def write_markdown(log: FileLog, path: Path) -> Path:
    """Write the conversation to `path`, which must not exist yet. Raises `FixSettings`."""
    parts = [part for event in log.read() if (part := _part(event))]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n\n".join(parts) + "\n")
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


def _part(event: Event) -> str:
    match event:
        case InputReceived(input=Prompt() | Steer() as said):
            return f"## You\n\n{said.text.strip()}" if said.text.strip() else ""
        case CommandRan():
            end = "in the background" if event.background else f"exit {event.exit_code}"
            return f"{_fence('sh', event.command)}\n\n{end}, {event.seconds:.1f} s"
        case FilesChanged():
            return _fence("diff", event.diff)
        case TurnFinished():
            return f"*{type(event.outcome).__name__.lower()}: {event.outcome.why}*"
        case _:
            return _answer(event)


def _fence(language: str, text: str) -> str:
    """A code block; its fence is longer than any in the text."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"
