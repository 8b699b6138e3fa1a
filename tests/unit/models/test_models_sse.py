"""The event-stream parser: the same events however the bytes are cut, and never more memory than its limit."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.models.sse import EventParser, Malformed, ServerEvent


def parse(*pieces: bytes, limit: int = 1 << 20) -> list[ServerEvent]:
    parser = EventParser(limit)
    return [event for piece in pieces for event in parser.feed(piece)]


def test_fields_comments_and_line_ends() -> None:
    stream = b"\xef\xbb\xbf: hello\r\n\r\nevent: one\r\ndata: a\r\ndata:b\r\nid: 7\r\n\r\ndata\n\ndata:  two \r\rdata: cut off"
    assert parse(stream) == [ServerEvent("one", b"a\nb"), ServerEvent("message", b""), ServerEvent("message", b" two ")]


@given(
    lines=st.lists(
        st.sampled_from([b"data: x", b"data:", b"event: e", b": c", b"", b"data: \xf0\x9f\x98\x80", b"retry: 1"]), max_size=20
    ),
    ends=st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=20, max_size=20),
    cuts=st.lists(st.integers(0, 200), max_size=8),
)
def test_cuts_change_nothing(lines: list[bytes], ends: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert parse(*pieces) == parse(stream)
    assert parse(*(bytes([byte]) for byte in stream)) == parse(stream)


def test_one_event_is_bounded_in_one_line_and_in_many() -> None:
    with pytest.raises(Malformed, match="larger than 1000 bytes"):
        parse(b"data: ", *([b"x" * 100] * 20), limit=1000)
    with pytest.raises(Malformed, match="larger than 1000 bytes"):
        parse(*([b"data: " + b"x" * 100 + b"\n"] * 20), limit=1000)
    assert len(parse(*([b"data: " + b"x" * 100 + b"\n\n"] * 100), limit=1000)) == 100


def test_a_large_event_costs_its_size_once() -> None:
    """A line in 20,000 pieces: keeping the pieces in a list makes this linear, and the test quick."""
    piece = b"x" * 500
    [event] = parse(b"data: ", *([piece] * 20_000), b"\n\n", limit=64 << 20)
    assert len(event.data) == 500 * 20_000
