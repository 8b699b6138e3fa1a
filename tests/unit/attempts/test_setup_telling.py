"""A script's words are shown line by line, and no secret with them however they are cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.setup.telling import Telling

PLAIN, LINES = "one-line-value-77", "first half\nsecond half"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nabcdef\nghijkl\n-----END RSA PRIVATE KEY-----\n"
TEXT = f"begin\nsay {PLAIN} and\r50%\r100%\n{LINES}\n{KEY}end {PLAIN}".encode()


def test_a_whole_line_is_shown_at_once() -> None:
    telling = Telling([PLAIN])
    assert telling.feed(b"hello\nwor") == b"hello\n"
    assert telling.feed(b"ld 10%\r") == b"world 10%\r"
    assert telling.feed(b"key one-line-") == b""
    assert telling.feed(b"value-77\n") == b"key [redacted]\n"
    assert telling.feed(b"x" * 70_000)
    assert telling.finish()


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_nothing_leaks_wherever_it_is_cut(cuts: list[int]) -> None:
    telling, places = Telling([PLAIN, LINES]), [0, *sorted(cuts), len(TEXT)]
    shown = b"".join(telling.feed(TEXT[start:end]) for start, end in pairwise(places)) + telling.finish()
    assert shown == b"begin\nsay [redacted] and\r50%\r100%\n[redacted]\n[redacted]\nend [redacted]"
