"""What the tests of the transcript feed it with, and how they read its lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from pullwright.cli.render.clean import columns
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.protocol.events import Event, ItemAdded, ToolFinished, ToolStarted, raw_item
from pullwright.protocol.items import Item, Message, OutputText
from pullwright.protocol.live import Live, TextDelta

SGR = re.compile(r"\x1b\[([0-9;]*)m")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Shelf:
    """Artifacts in memory."""

    def __init__(self, **data: bytes) -> None:
        self.data = dict(data)

    def put(self, name: str, data: bytes) -> str:
        self.data[name] = data
        return name

    def get(self, name: str) -> bytes:
        return self.data[name]

    def names(self) -> Sequence[str]:
        return sorted(self.data)


def lines_of(
    seen: Iterable[Event | Live], *, width: int = 80, artifacts: Shelf | None = None, theme: Theme | None = None
) -> list[str]:
    """The lines that go into the scrollback, without their looks."""
    transcript = Transcript(theme or Theme("dark"), artifacts=artifacts, more="Ctrl-T shows")
    lines = [line for one in seen for block in transcript.feed(one) for line in block.lines(width)]
    return [SGR.sub("", line).rstrip() for line in lines]


def said(text: str, item: str = "m1") -> ItemAdded:
    """A whole answer."""
    message = Message(role="assistant", content=(OutputText(text),), id=item)
    return ItemAdded(source="model", item=raw_item(Item.of(message)))


def deltas(text: str, cuts: Sequence[int] = (), item: str = "m1") -> list[TextDelta]:
    """The same answer as it streams, cut at some places."""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [TextDelta(item, start, text[start:end]) for start, end in itertools.pairwise(places)]


def called(name: str, title: str, *, ok: bool = True, error: str = "") -> list[Event]:
    """A tool call from beginning to end."""
    return [
        ToolStarted(call_id=title, name=name, effect="read", title=title),
        ToolFinished(call_id=title, name=name, ok=ok, error=error),
    ]


def check_line(line: str, width: int) -> None:
    """What holds for every line that goes to a terminal."""
    bare = SGR.sub("", line)
    assert not CONTROL.search(bare), repr(line)
    assert "\n" not in bare
    assert columns(bare) <= width, (columns(bare), width, bare)
    codes = SGR.findall(line)
    assert not codes or codes[-1] == "0", repr(line)
