"""The chunked coding, cut anywhere, against h11's reading of the same bytes."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.models.chunks import BadChunk, Chunks

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def by_h11(sent: bytes) -> tuple[bytes, bool]:
    """The body and whether it ended. Raises `h11.RemoteProtocolError`."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(HEAD + sent)
    body = bytearray()
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            body += event.data
        elif not isinstance(event, h11.Response):
            return bytes(body), isinstance(event, h11.EndOfMessage)


def by_us(sent: bytes, cuts: list[int]) -> tuple[bytes, bool]:
    chunks, body, last = Chunks(), b"", 0
    for cut in sorted({*(cut % (len(sent) + 1) for cut in cuts), len(sent)}):
        body += chunks.feed(sent[last:cut])
        last = cut
    return body, chunks.ended


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from([b"", b";name=value", b"  "]),
    st.sampled_from([b"0\r\n\r\n", b"0\r\ntrailer: x\r\nother: y\r\n\r\n", b"", b"0\r\n"]),
    st.lists(st.integers(0, 500), max_size=8),
)
def test_what_we_read_is_what_h11_reads_wherever_it_is_cut(
    parts: list[bytes], extension: bytes, end: bytes, cuts: list[int]
) -> None:
    sent = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + end
    assert by_us(sent, cuts) == by_h11(sent) == (b"".join(parts), end.endswith(b"\r\n\r\n"))


@given(st.binary(max_size=60), st.lists(st.integers(0, 100), max_size=4))
def test_garbage_is_refused_or_gives_nothing_that_h11_does_not(noise: bytes, cuts: list[int]) -> None:
    sent = b"3\r\nabc\r\n" + noise
    try:
        ours = by_us(sent, cuts)
    except BadChunk:
        return
    try:
        theirs = by_h11(sent)
    except h11.RemoteProtocolError:
        return
    assert ours == theirs


NO_SIZES = [b"+3\r\nabc\r\n", b"0x3\r\nabc\r\n", b"1_0\r\n", b"-1\r\n", b"g\r\n", b"\r\n", b"f" * 16 + b"\r\n", b"3\r\nabcd\r\n"]


@pytest.mark.parametrize("sent", NO_SIZES)
def test_a_size_that_is_none_is_refused(sent: bytes) -> None:
    with pytest.raises(BadChunk):
        by_us(sent, [])


def test_lines_between_chunks_are_bounded() -> None:
    for endless in (b"1;" + b"x" * 20_000, b"3\r\nabcxxx", b"0\r\n" + b"a: b\r\n" * 5_000):
        with pytest.raises(BadChunk):
            by_us(endless, [])


def test_what_comes_after_the_end_is_told() -> None:
    chunks = Chunks()
    assert chunks.feed(b"1\r\na\r\n0\r\n\r\nHTTP/1.1 200") == b"a"
    assert chunks.ended
    assert chunks.rest == b"HTTP/1.1 200"
