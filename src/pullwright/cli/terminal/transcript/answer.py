"""What the model says while it says it: finished parts become blocks at once, the rest is shown as it stands.

    answers.delta(frame)            -> blocks that are finished now
    answers.complete(id, text, seq) -> those that were not shown yet
    answers.cut(why)                -> the answer broke off: what was shown of it stays, and a note says so
    answers.live(width)             -> the unfinished rest

Streamed or whole, a text gives the same blocks.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Piece, Text
from pullwright.cli.terminal.transcript.leaves import Leaf
from pullwright.cli.terminal.transcript.markdown import Reader
from pullwright.cli.terminal.transcript.said import Said
from pullwright.protocol.live import TextDelta

RESENT = "answer cut, sent again"
STOPPED = "cut off here"


class _Stream:
    """One answer on its way. `whole` is false once a piece of it was missed: then only the completed item can say more."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.reader = Reader()
        self.shown = 0
        self.whole = True
        self.closed = False

    @property
    def text(self) -> str:
        self.parts = ["".join(self.parts)]
        return self.parts[0]


class Answers:
    """The answers of one model response. `seq` of a block that is shown before its event is logged is 0."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._open: dict[str, _Stream] = {}

    def delta(self, frame: TextDelta) -> list[Piece]:
        """The next piece of an answer; offset 0 again begins it anew."""
        stream = self._open.get(frame.item)
        blocks: list[Piece] = []
        if stream is not None and frame.offset == 0 and stream.length:
            blocks += self._drop(frame.item, RESENT)
            stream = None
        if stream is None:
            blocks += self._settle()
            stream = self._open[frame.item] = _Stream()
        if not stream.whole or stream.closed or frame.offset > stream.length:
            stream.whole = False
            return blocks
        text = frame.text[stream.length - frame.offset :]
        stream.parts.append(text)
        stream.length += len(text)
        return blocks + self._blocks(stream, stream.reader.feed(text))

    def complete(self, item: str, text: str, seq: int) -> list[Piece]:
        """The whole answer: what of it was not shown yet."""
        name = item if item in self._open else next((one for one, stream in self._open.items() if _begins(text, stream)), "")
        stream = self._open.pop(name, None)
        if stream is None:
            stream = _Stream()
        elif not text.startswith(stream.text):
            note = [self._note("the answer was changed when it was complete; the whole:")] if stream.shown else []
            stream = _Stream()
            return [*note, *self._blocks(stream, [*stream.reader.feed(text), *stream.reader.close()], seq)]
        if stream.closed:
            return []
        return self._blocks(stream, [*stream.reader.feed(text[stream.length :]), *stream.reader.close()], seq)

    def cut(self, why: str) -> list[Piece]:
        """Nothing more will come of what is open."""
        return [block for name in list(self._open) for block in self._drop(name, why)]

    def live(self, width: int) -> list[str]:
        """The unfinished rest of the answer."""
        lines: list[str] = []
        for stream in self._open.values():
            if not stream.closed:
                for number, leaf in enumerate(stream.reader.preview()):
                    lines += Said(self._theme, leaf, first=stream.shown + number == 0).lines(width)
        return lines

    @property
    def writing(self) -> bool:
        """Whether an answer is on its way."""
        return any(not stream.closed for stream in self._open.values())

    def _settle(self) -> list[Piece]:
        """Another answer begins: those before it are as they will be."""
        blocks: list[Piece] = []
        for stream in self._open.values():
            if stream.whole and not stream.closed:
                stream.closed = True
                blocks += self._blocks(stream, stream.reader.close())
        return blocks

    def _drop(self, name: str, why: str) -> list[Piece]:
        stream = self._open.pop(name)
        if why == RESENT:
            return [self._note(why)] if stream.shown else []
        blocks = [] if stream.closed else self._blocks(stream, stream.reader.close())
        return [*blocks, self._note(why)] if blocks or stream.shown else []

    def _blocks(self, stream: _Stream, leaves: Sequence[Leaf], seq: int = 0) -> list[Piece]:
        blocks: list[Piece] = []
        for leaf in leaves:
            blocks.append(Said(self._theme, leaf, first=stream.shown == 0, seq=seq))
            stream.shown += 1
        return blocks

    def _note(self, text: str) -> Piece:
        return Text(self._theme, text, "dim", "note")


def _begins(text: str, stream: _Stream) -> bool:
    """Whether a stream under another name is the beginning of this text: some wires name an item only when it is whole."""
    return bool(stream.length) and text.startswith(stream.text)
