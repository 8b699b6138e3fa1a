"""Names, ports, paths and methods against rules; addresses; and ClientHellos, real and made up."""

from __future__ import annotations

import contextlib
import functools
import ssl
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.addresses import is_never_allowed, is_public
from pullwright.sandbox.egress.hello import Incomplete, server_name
from pullwright.sandbox.egress.refusal import Malformed, NotServed, Refused
from pullwright.sandbox.egress.rules import Destination, names, parse_authority, plain_path, rule_for_request, rules_for


@pytest.mark.parametrize(
    ("text", "host", "port", "literal"),
    [
        ("Example.TEST:443", "example.test", 443, False),
        ("example.test.", "example.test", 80, False),
        ("[::1]:8080", "::1", 8080, True),
        ("127.0.0.1", "127.0.0.1", 80, True),
        ("0x7f.1:9", "0x7f.1", 9, True),
        ("2130706433", "2130706433", 80, True),
        ("a_b.test", "a_b.test", 80, False),
    ],
)
def test_authorities(text: str, host: str, port: int, literal: bool) -> None:
    assert parse_authority(text, 80) == Destination(host, port, literal)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a:b",
        "a:0",
        "a:65536",
        "a:1:2",
        "a b",
        "a/b",
        "u@a",
        "[::1",
        "[a]:1",
        "ü.test",
        "a..b",
        "-a.test",
        "a\n",
        "a:８０",
    ],
)
def test_what_is_no_authority(text: str) -> None:
    with pytest.raises(Malformed):
        parse_authority(text, 80)


@given(some.text(max_size=40))
def test_any_text_is_an_authority_or_malformed(text: str) -> None:
    try:
        found = parse_authority(text, 80)
    except Malformed:
        return
    assert 0 < found.port < 65536
    assert found.host == found.host.lower()
    assert not set(found.host) & set("/@\\ \r\n\0?#")


label = some.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)


@given(label, label, label)
def test_a_suffix_matches_after_a_dot_only(one: str, two: str, three: str) -> None:
    rule = NetworkRule(host=f"*.{two}.test")
    assert names(rule, f"{one}.{two}.test")
    assert names(rule, f"{three}.{one}.{two}.test")
    assert not names(rule, f"{two}.test")
    assert not names(rule, f"{one}{two}.test")
    assert not names(rule, f"{one}.{two}.test.{three}")


def test_the_most_specific_rule_decides() -> None:
    wide, narrow = NetworkRule(host="*.test"), NetworkRule(host="*.a.test")
    exact, opened = NetworkRule(host="x.a.test"), NetworkRule(host="x.a.test", kind="intercept", paths=("/p",))
    everything = (wide, narrow, exact, opened)
    assert rules_for(everything, Destination("x.a.test", 443)) == (opened,), "a wide tunnel undoes no intercept"
    assert rules_for(everything, Destination("y.a.test", 443)) == (narrow,)
    assert rules_for(everything, Destination("y.test", 443)) == (wide,)


def test_an_address_is_reached_only_by_a_rule_that_spells_it() -> None:
    mirror = NetworkRule(host="10.0.0.5", ports=(8080,), allow_private=True)
    assert rules_for((mirror,), parse_authority("10.0.0.5:8080")) == (mirror,)
    for spelling in ("167772165:8080", "0xa000005:8080", "010.0.0.5:8080", "[::ffff:10.0.0.5]:8080", "10.0.0.6:8080"):
        with pytest.raises(Refused):
            rules_for((mirror,), parse_authority(spelling))


@settings(deadline=None)
@given(some.lists(some.sampled_from(["..", ".", "a", "..;x", "%2e%2e", ".%2E", "%252e.", "b", "", "..%2f", "%5c.."]), max_size=5))
def test_no_path_with_a_dot_segment_in_any_reading_passes(segments: list[str]) -> None:
    path = "/public/" + "/".join(segments)
    try:
        plain = plain_path(path)
    except Refused:
        assert set(segments) - {"a", "b", ""}
        return
    assert not set(segments) - {"a", "b", ""}
    assert plain == path


@given(some.text(min_size=1, max_size=20))
def test_a_quoted_name_below_the_prefix_is_found_there_or_refused(name: str) -> None:
    rule = NetworkRule(host="a.test", kind="intercept", paths=("/public",))
    try:
        assert rule_for_request((rule,), "a.test", "GET", f"/public/{quote(name, safe='', errors='replace')}", []) is rule
    except NotServed:
        assert any(part in name for part in (".", "\\", "%")) or any(letter < " " or letter >= "\x7f" for letter in name)


@pytest.mark.parametrize("prefix", ["/simple", "/simple/"])
def test_a_prefix_ends_at_a_segment(prefix: str) -> None:
    rule = NetworkRule(host="a.test", kind="intercept", paths=(prefix,))
    assert rule_for_request((rule,), "a.test", "GET", "/simple/six/?x=/../", []) is rule
    assert rule_for_request((rule,), "a.test", "GET", "/simple/@scope%2fname", []) is rule
    with pytest.raises(Refused):
        rule_for_request((rule,), "a.test", "GET", "/simpleton", [])


def test_one_host_may_have_several_intercept_rules() -> None:
    reads = NetworkRule(host="a.test", kind="intercept", methods=("GET",))
    posts = NetworkRule(host="a.test", kind="intercept", methods=("POST",), paths=("/upload",))
    assert rule_for_request((reads, posts), "a.test", "POST", "/upload/x", []) is posts
    with pytest.raises(Refused, match="paths below /upload"):
        rule_for_request((reads, posts), "a.test", "POST", "/elsewhere", [])
    with pytest.raises(Refused, match="allows only GET, POST"):
        rule_for_request((reads, posts), "a.test", "DELETE", "/upload", [])


@given(some.ip_addresses())
def test_what_is_never_allowed_is_not_public_either(address: object) -> None:
    if is_never_allowed(str(address)):
        assert not is_public(str(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@functools.cache
def hello(name: str | None) -> bytes:
    """A real ClientHello, as this Python's OpenSSL writes it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_a_real_hello_is_read_once_it_is_whole_and_not_before() -> None:
    data = hello("some.example.test")
    for length in range(len(data)):
        with pytest.raises(Incomplete):
            server_name(data[:length])
    assert server_name(data) == "some.example.test"
    assert server_name(data + b"more") == "some.example.test"
    assert server_name(hello(None)) is None


@settings(max_examples=30, deadline=None)
@given(some.lists(some.integers(1, 200), max_size=8))
def test_a_hello_in_many_records_reads_the_same(sizes: list[int]) -> None:
    body, records = hello("some.example.test")[5:], b""
    for size in [*sizes, len(body)]:
        piece, body = body[:size], body[size:]
        if piece:
            records += b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece
    assert server_name(records) == "some.example.test"


@settings(max_examples=200, deadline=None)
@given(some.data())
def test_no_bytes_make_the_reader_fail_in_another_way(data: some.DataObject) -> None:
    good = bytearray(hello("some.example.test"))
    for at in data.draw(some.lists(some.integers(0, len(good) - 1), max_size=6)):
        good[at] = data.draw(some.integers(0, 255))
    with contextlib.suppress(Refused, Incomplete):
        server_name(bytes(good))


def test_two_names_are_refused() -> None:
    data = hello("a.test")
    entry = b"\x00\x00\x06a.test"
    twice = data.replace(b"\x00\x00\x00\x0b\x00\x09" + entry, b"\x00\x00\x00\x14\x00\x12" + entry + entry)
    assert len(twice) == len(data) + 9
    longer = len(data) - 5 + 9
    fixed = bytearray(twice)
    fixed[3:5] = longer.to_bytes(2, "big")
    fixed[6:9] = (longer - 4).to_bytes(3, "big")
    at = 9 + 2 + 32
    at += 1 + fixed[at]
    at += 2 + int.from_bytes(fixed[at : at + 2], "big")
    at += 1 + fixed[at]
    fixed[at : at + 2] = (int.from_bytes(fixed[at : at + 2], "big") + 9).to_bytes(2, "big")
    with pytest.raises(Refused, match="exactly one host"):
        server_name(bytes(fixed))
