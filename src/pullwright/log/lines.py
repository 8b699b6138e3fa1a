"""The bytes of a log file.

A line is one event as JSON. The lines of one append end in space and newline but for the last, which ends
in a bare newline: so the end of a batch can be told, and a batch that was torn anywhere is seen as unfinished.

    {"type":"item_added",…}␣⏎
    {"type":"model_called",…}⏎          ← the batch is whole up to here

Line N holds the event with `seq` N.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import msgspec

from pullwright.protocol.errors import LogDamaged
from pullwright.protocol.events import Event, decode, encode

_CHUNK = 1 << 18
_DAMAGED = "restore the file from a backup, or start a new session; what lies before this line can still be exported"


class _Stamp(msgspec.Struct):
    """The one field that places a line, whatever else it says."""

    seq: int


_stamp = msgspec.json.Decoder(_Stamp)


def batch(events: Sequence[Event]) -> bytes:
    """The events as the bytes of one append."""
    return b" \n".join(map(line_of, events)) + b"\n"


def line_of(event: Event) -> bytes:
    """An event as one line, without its end. A newline between an item's JSON tokens becomes a space."""
    return encode(event).replace(b"\n", b" ")


def seq_of(line: bytes) -> int | None:
    """The sequence number that a line carries; None when it is not a whole JSON object with one."""
    try:
        return _stamp.decode(line).seq
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def committed(fd: int, size: int) -> tuple[int, int]:
    """Where the last whole batch ends within the first `size` bytes, and its last event's number.

    (0, 0) when there is no whole batch. Reads backwards from the end, so it costs what is torn, not what exists.
    A last batch whose last line is not JSON (blocks that a power cut left unwritten) counts as torn too.
    """
    end = size
    while end > 0:
        end = _batch_end(fd, end)
        if not end:
            break
        seq = seq_of(os.pread(fd, end - (start := line_start(fd, end - 1)), start))
        if seq is not None:
            return end, seq
        end -= 1
    return 0, 0


def _batch_end(fd: int, before: int) -> int:
    """The last offset <= `before` that follows a bare newline; 0 when there is none."""
    while (newline := _rfind_newline(fd, before)) >= 0:
        if newline == 0 or os.pread(fd, 1, newline - 1) != b" ":
            return newline + 1
        before = newline
    return 0


def _rfind_newline(fd: int, before: int) -> int:
    """The offset of the last newline before `before`; -1 when there is none."""
    size = 4096
    while before > 0:
        start = max(0, before - size)
        found = os.pread(fd, before - start, start).rfind(b"\n")
        if found >= 0:
            return start + found
        before, size = start, _CHUNK
    return -1


def line_start(fd: int, offset: int) -> int:
    """Where the line that holds `offset` begins."""
    return _rfind_newline(fd, offset) + 1


def find(fd: int, end: int, seq: int) -> int:
    """The offset of the line of event `seq` within the first `end` bytes; `end` when it is newer than all.

    Bisects by the numbers in the lines: a log of 100,000 events takes some 20 reads.
    """
    low, high = 0, end
    while low < high:
        start = line_start(fd, (low + high) // 2)
        line = _line(fd, start, end)
        here = seq_of(line)
        if here is None:
            raise LogDamaged(f"a line at byte {start} of the log is unreadable", fix=_DAMAGED)
        if here < seq:
            low = start + len(line) + 1
        else:
            high = start
    return low


def _line(fd: int, start: int, end: int) -> bytes:
    """The one line that begins at `start`."""
    size = 4096
    while True:
        piece = os.pread(fd, min(size, end - start), start)
        newline = piece.find(b"\n")
        if newline >= 0 or len(piece) < size:
            return piece[:newline] if newline >= 0 else piece
        size *= 8


def lines(fd: int, start: int, end: int) -> Iterator[bytes]:
    """The lines between two offsets (both at a line's edge), without their newline."""
    rest = b""
    while start < end:
        chunk = os.pread(fd, min(_CHUNK, end - start), start)
        if not chunk:
            return
        start += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def events(fd: int, start: int, end: int, number: int) -> Iterator[Event]:
    """The events between two offsets; the first has `number`. Raises `LogDamaged` naming the line."""
    for line in lines(fd, start, end):
        yield event_of(line, number)
        number += 1


def event_of(line: bytes, number: int) -> Event:
    """The event that is number `number` of a log. Raises `LogDamaged` when the line holds another one, or none."""
    try:
        event = decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if seq_of(line) == number:
            why = f"line {number} of the log holds an event that this version does not know: {error}"
            raise LogDamaged(why, fix="a newer Pullwright wrote it: upgrade and read it again") from None
        raise LogDamaged(f"line {number} of the log is unreadable: {error}", fix=_DAMAGED) from None
    if event.seq != number:
        raise LogDamaged(f"line {number} of the log holds event {event.seq}", fix=_DAMAGED)
    return event
