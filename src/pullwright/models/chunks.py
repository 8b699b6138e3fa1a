"""The chunked transfer coding of HTTP/1.1 (RFC 9112, 7.1), taken off as the bytes arrive.

h11 does it too, in five times as long: of a stream each event is a chunk, and a server of the API passes on thousands a second.
"""

from __future__ import annotations

import re

_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LONGEST = 16_384
"""Bytes of a size with its extensions, and of all trailers together."""


class BadChunk(Exception):
    """What came is not chunked as it should be."""


class Chunks:
    """Feed it the body as sent, it gives the body. `ended` once that is whole; `rest` is what came after."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._left = 0
        self._closing = False
        self._trailing = False
        self._trailers = 0

    def feed(self, piece: bytes) -> bytes:
        """The body's bytes that `piece` brings, of as many chunks as it has. Raises `BadChunk`."""
        data = self.rest + piece if self.rest else piece
        found: list[bytes] = []
        at = 0
        while not self.ended:
            if self._left:
                taken = data[at : at + self._left]
                if not taken:
                    break
                found.append(taken)
                at += len(taken)
                self._left -= len(taken)
                self._closing = not self._left
                continue
            end = data.find(b"\r\n", at)
            if end < 0:
                self._bound(len(data) - at)
                break
            self._line(data[at:end])
            at = end + 2
        self.rest = data[at:]
        return found[0] if len(found) == 1 else b"".join(found)

    def _line(self, line: bytes) -> None:
        """A line between chunks: the end of one, the size of the next, or after the last one a trailer or nothing."""
        if self._closing:
            if line:
                raise BadChunk("a chunk is longer than it says")
            self._closing = False
        elif self._trailing:
            self.ended = not line
            self._trailers += len(line)
            self._bound(self._trailers)
        else:
            size = _SIZE.fullmatch(line)
            if size is None:
                raise BadChunk("a chunk has no size")
            self._left = int(size[1], 16)
            self._trailing = not self._left

    def _bound(self, size: int) -> None:
        if size > (2 if self._closing else _LONGEST):
            raise BadChunk("a line between chunks is too long")
