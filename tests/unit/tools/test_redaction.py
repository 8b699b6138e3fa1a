"""No secret passes, in whatever form and wherever the stream is cut; and nothing else is touched."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pullwright.tools.redaction import MARK, Redactor

SECRET = 'p@ss/w0rd+é "x"!'
PEM = b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc==\n-----END RSA PRIVATE KEY-----"
KEYS = [
    b"sk-" + b"a1B2" * 10,
    b"sk-ant-api03-" + b"x_-9" * 10,
    b"ghp_" + b"Z9" * 18,
    b"github_pat_" + b"1a" * 15,
    b"glpat-" + b"x" * 20,
    b"xoxb-1234567890-abc",
    b"AKIA" + b"Q7" * 8,
    b"AIza" + b"b" * 35,
    PEM,
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8].decode())
def test_well_known_keys(key: bytes) -> None:
    assert key in b"export KEY=" + key + b"\n", "the control: it is there"
    assert Redactor().redact(b"export KEY='" + key + b"'\n") == b"export KEY='" + MARK.encode() + b"'\n"


@pytest.mark.parametrize(
    "text",
    [
        b"sk-short",
        b"task-a1B2a1B2a1B2a1B2a1B2a1B2",
        b"aghp_" + b"Z" * 36,
        b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
        b"disk-usage",
    ],
)
def test_ordinary_text_is_left_alone(text: bytes) -> None:
    assert Redactor(["word", ""]).redact(text + b" a word") == text + b" a word"


@pytest.mark.parametrize(
    "form",
    [
        SECRET.encode(),
        quote(SECRET).encode() if "/" not in SECRET else quote(SECRET, safe="").encode(),
        quote_plus(SECRET).encode(),
        json.dumps(SECRET)[1:-1].encode(),
        SECRET.encode().hex().encode(),
    ],
)
def test_known_values_in_every_form(form: bytes) -> None:
    assert Redactor([SECRET]).redact(b"<" + form + b">") == b"<" + MARK.encode() + b">"


@given(st.binary(max_size=7), st.binary(max_size=7), st.booleans())
def test_known_values_within_base64(before: bytes, after: bytes, urlsafe: bool) -> None:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    text = encode(before + SECRET.encode() + after)
    clean = Redactor([SECRET]).redact(text)
    assert MARK.encode() in clean
    left = clean.replace(MARK.encode(), b"")
    assert len(left) <= len(text) - 4 * (len(SECRET.encode()) - 3) // 3


PIECES = st.lists(
    st.sampled_from([*KEYS, SECRET.encode(), b"\n", b" ", b"x", b"sk-", b"-----BEGIN PRIVATE KEY-----", b"ghp_", b"y" * 3000])
    | st.binary(max_size=5),
    max_size=14,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(PIECES, st.data())
def test_a_stream_says_the_same_wherever_it_is_cut(pieces: list[bytes], data: st.DataObject) -> None:
    redactor = Redactor([SECRET])
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    stream = redactor.stream()
    edges = [0, *cuts, len(whole)]
    out = b"".join(stream.feed(whole[start:end]) for start, end in pairwise(edges)) + stream.finish()
    assert out == redactor.redact(whole)


def test_a_stream_holds_back_no_more_than_a_secrets_length() -> None:
    redactor = Redactor([SECRET])
    stream = redactor.stream()
    given_back = sum(len(stream.feed(b"x" * 10_000)) for _ in range(100))
    assert 1_000_000 - given_back <= redactor.longest + 1


@given(PIECES)
def test_redacting_twice_changes_nothing_more(pieces: list[bytes]) -> None:
    redactor = Redactor([SECRET])
    once = redactor.redact(b" ".join(pieces))
    assert SECRET.encode() not in once
    assert redactor.redact(once) == once
