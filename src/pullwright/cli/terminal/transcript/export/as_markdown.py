"""A session as Markdown: prompts as headings, answers as they were written, commands and edits in fences."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.diff import edited_by
from pullwright.cli.terminal.transcript.kept import Kept
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import unpainted
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.log.log import Artifacts
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    PersonEdited,
    PlanUpdated,
    SessionStarted,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Message

OUTPUT = 20_000
"""Bytes of one command's output that are written: its end."""

_TOLD = ("prompt", "answer", "command", "edit", "plan", "reasoning")
_BOXES = {"done": "x", "in_progress": " ", "pending": " "}


def as_markdown(events: Iterable[Event], artifacts: Artifacts | None = None) -> str:
    """The page."""
    page = _Page(artifacts)
    parts = [part for event in events for part in page.parts(event)]
    return "\n\n".join([*parts, *page.rest()]) + "\n"


class _Page:
    def __init__(self, artifacts: Artifacts | None) -> None:
        self._kept = Kept(artifacts)
        self._others = Transcript(Theme("none", "none", bare=True), artifacts=artifacts)

    def parts(self, event: Event) -> Iterator[str]:
        """The paragraphs of an event, after those of what came before it."""
        notes = [
            unpainted(line).strip()
            for block in self._others.feed(event)
            if block.kind not in _TOLD
            for line in block.full(2_000)
            if line.strip()
        ]
        if notes:
            yield "\n".join(f"> {_plain(note)}  " for note in notes).rstrip()
        yield from self._own(event)

    def rest(self) -> list[str]:
        """What still waited for company."""
        lines = [unpainted(line).strip() for block in self._others.settle() for line in block.full(2_000) if line.strip()]
        return ["\n".join(f"> {_plain(line)}  " for line in lines).rstrip()] if lines else []

    def _own(self, event: Event) -> Iterator[str]:
        match event:
            case SessionStarted():
                when = time.strftime("%Y-%m-%d %H:%M", time.localtime(event.time))
                about = f"Project `{safe(event.project)}`, begun {when}, Pullwright {event.pullwright}."
                yield f"# Session {event.session}\n\n{about}"
            case InputReceived(input=Prompt() | Steer(ran="") as given):
                heading = "## You" if isinstance(given, Prompt) else "### You, meanwhile"
                yield f"{heading}\n\n{safe(self._kept.words(given.text)).strip()}"
            case ItemAdded(source="model"):
                view = self._kept.item(event.item).view
                if isinstance(view, Message) and view.role == "assistant" and view.text.strip():
                    yield safe(view.text).strip()
            case CommandRan():
                yield self._command(event)
            case FilesChanged() | PersonEdited():
                who = f"Y{edited_by(event)[1:]}" if isinstance(event, PersonEdited) else "Edited"
                names = ", ".join(f"`{safe(path)}`" for path in event.paths)
                diff = self._kept.text(event.artifact) or event.diff
                yield f"{who} {names}: +{event.added} −{event.removed}\n\n{fenced(safe(diff).rstrip(), 'diff')}"
            case PlanUpdated():
                yield "\n".join(f"- [{_BOXES[step.status]}] {safe(step.text)}" for step in event.plan)
            case _:
                pass

    def _command(self, event: CommandRan) -> str:
        text, left_out = self._kept.end(event.artifact, OUTPUT) if event.artifact else ("", 0)
        if event.exit_code is not None:
            end = f"exit {event.exit_code}"
        else:
            end = "in the background" if event.background else "out of time" if event.timed_out else event.signal or "killed"
        before = f"[… {left_out:,} bytes before this …]\n" if left_out else ""
        shown = f"$ {safe(event.command)}\n{before}{text}".rstrip()
        return f"{fenced(shown, 'console')}\n\n{end}, {seconds(event.seconds)}"


def fenced(text: str, language: str) -> str:
    """The text in a fence that is longer than any within it."""
    longest = max((len(found) for found in re.findall(r"^ {0,3}(`{3,})", text, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _plain(text: str) -> str:
    """Text of others that is to be read as it is."""
    return re.sub(r"([\\`*_<\[\]#|])", r"\\\1", text)
