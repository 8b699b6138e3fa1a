"""Server-sent events, parsed as the bytes arrive.

Follows the WHATWG grammar: lines end in CRLF, LF or CR; `data` lines are joined by LF; lines that begin with a
colon are comments; a blank line ends an event; an unfinished event at the end of the stream is dropped.
Pieces may be cut anywhere. An event is bounded: a server cannot make us keep more than `limit` bytes of one.
"""

from __future__ import annotations

import msgspec

LIMIT = 64 << 20


class Malformed(Exception):
    """The stream is not what its wire promises: not an event stream, not JSON, or an event beyond the limit."""


class ServerEvent(msgspec.Struct, frozen=True):
    """One event: its name (`message` where none was given) and its data, the lines joined by LF."""

    name: str
    data: bytes


class EventParser:
    """Feed it bytes, it gives the events that they complete. Work is linear in the bytes, however they are cut."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._rest: list[bytes] = []
        self._rest_size = 0
        self._name = ""
        self._data: list[bytes] = []
        self._data_size = 0
        self._first = True
        self._ended_in_cr = False

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events completed by `piece`. Raises `Malformed` when one grows beyond the limit."""
        if self._ended_in_cr and piece[:1] == b"\n":
            piece = piece[1:]
            self._ended_in_cr = False
        if not piece:
            return []
        self._ended_in_cr = piece.endswith(b"\r")
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head, newline, tail = piece.rpartition(b"\n")
        if not newline:
            self._keep(tail)
            return []
        whole = b"".join((*self._rest, head))
        self._rest, self._rest_size = [], 0
        self._keep(tail)
        return self._lines(whole)

    def _keep(self, tail: bytes) -> None:
        if tail:
            self._rest.append(tail)
            self._rest_size += len(tail)
        if self._rest_size + self._data_size > self._limit:
            raise Malformed(f"an event of the stream is larger than {self._limit} bytes")

    def _lines(self, whole: bytes) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        if self._first:
            whole = whole.removeprefix(b"\xef\xbb\xbf")
            self._first = False
        for line in whole.split(b"\n"):
            if not line:
                if self._data:
                    events.append(ServerEvent(self._name or "message", b"\n".join(self._data)))
                self._name, self._data, self._data_size = "", [], 0
            elif line[:1] != b":":
                self._field(line)
        return events

    def _field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if field == b"data":
            self._data.append(value)
            self._data_size += len(value)
            if self._data_size > self._limit:
                raise Malformed(f"an event of the stream is larger than {self._limit} bytes")
        elif field == b"event":
            self._name = value.decode(errors="replace")
