"""Output in bounded memory: whatever the pieces, head, tail, count and digest are those of the whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.sandbox.output import HEAD_BYTES, TAIL_BYTES, UNSEEN_BYTES, Output

PIECES = st.lists(st.builds(lambda size, byte: bytes([byte]) * size, st.integers(0, 200_000), st.integers(0, 255)), max_size=12)


@given(PIECES)
def test_head_tail_count_and_digest_are_those_of_the_whole(pieces: list[bytes]) -> None:
    output, whole = Output(), b"".join(pieces)
    for piece in pieces:
        output.feed(piece)
    assert output.count == len(whole)
    assert output.sha256 == hashlib.sha256(whole).hexdigest()
    assert output.head == whole[:HEAD_BYTES]
    rest = whole[HEAD_BYTES:]
    assert output.tail == rest[max(0, len(rest) - TAIL_BYTES) :]


@given(PIECES, st.integers(0, 400_000))
def test_what_is_taken_and_left_out_adds_up(pieces: list[bytes], limit: int) -> None:
    output, total = Output(), 0
    for piece in pieces:
        output.feed(piece)
        total += len(piece)
    taken, left_out = output.take(limit)
    assert len(taken) + left_out == total
    assert b"".join(pieces).endswith(taken)
    assert len(taken) <= min(limit, 2 * UNSEEN_BYTES)
    assert output.take(10) == (b"", 0)


def test_the_file_keeps_no_more_than_it_may(tmp_path: Path) -> None:
    output = Output(tmp_path / "deep/kept", 10)
    for _ in range(4):
        output.feed(b"abcd")
    output.close()
    output.feed(b"after")
    assert (tmp_path / "deep/kept").read_bytes() == b"abcdabcdab"
    assert output.count == 21


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_file_loses_neither_command_nor_head(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.symlink_to("/dev/full")
    output = Output(kept, 1000)
    for piece in (b"one", b"two"):
        output.feed(piece)
    output.close()
    assert (output.head, output.count) == (b"onetwo", 6)
