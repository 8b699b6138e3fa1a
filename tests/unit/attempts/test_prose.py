"""Text from outside stays text: no markup, mention, reference, image, HTML or table cell gets out of its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.prose import code, line, quote, visible

HOSTILE = [
    "![x](http://evil.test/pixel.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "@everyone look",
    "closes #1",
    "fixes owner/name#12 and resolves GH-7",
    "Implements: PROJ-12",
    "<!-- pullwright:mark --> `<!-- pullwright:mark -->`",
    "closes https://forge.test/o/r/issues/1 `closes https://forge.test/o/r/issues/1`",
    "| a | b |",
    "](x)",
    "`` ` ``",
    "line\n# heading\n---\n| t |",
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m",
]


def active(markdown: str) -> list[str]:
    """What a forge would act on, outside code spans."""
    outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", markdown)
    raw = r"<!--|-->|(?:clos|fix|resolv|implement)\w*:?\s+[\w./-]*(?:[#!]\d|://)|(?:resolv|implement)\w*:?\s+[A-Z]+-\d"
    return re.findall(r"(?<!\\)\[|(?<!\\)\]|<|@\w|#\d|https?://", outside) + re.findall(raw, markdown)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_stays_active(text: str) -> None:
    assert not active(line(text))
    assert not active(quote(text))
    assert not active(code(text))


@given(st.text(max_size=80))
def test_code_is_one_span_on_one_line(text: str) -> None:
    shown = code(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)\|", shown)
    if shown != "(nothing)":
        fence = re.match(r"`+", shown)
        assert fence
        assert shown.endswith(fence[0])
        inner = shown[len(fence[0]) : -len(fence[0])]
        assert fence[0] not in re.findall(r"`+", inner)


@given(st.text(max_size=200))
def test_every_line_of_a_quote_is_quoted_and_fences_are_closed(text: str) -> None:
    shown = quote(text)
    assert all(each.startswith(">") for each in shown.splitlines())


@given(st.text(max_size=200))
def test_a_line_is_one_line(text: str) -> None:
    assert len(line(text).splitlines()) <= 1


def test_an_open_fence_is_closed_so_that_what_follows_is_not_swallowed() -> None:
    assert quote("```python\nx = 1").splitlines()[-1] == "> ```"


def test_code_in_a_quote_is_kept_as_it_is() -> None:
    assert quote("Use `a[0] < b` here.") == "> Use `a[0] < b` here."


def test_a_fence_holds_no_mark_and_closes_no_issue() -> None:
    shown = quote("```\ncloses #1\n<!-- pullwright:task -->\n```")
    assert shown == "> ```\n> closes \u200b#1\n> <\u200b!-- pullwright:task --\u200b>\n> ```"


def test_what_cannot_be_seen_is_shown() -> None:
    assert visible("a\u202eb\x00c\u200bd") == "a?b?c?d"


def test_long_text_is_cut_and_says_so() -> None:
    assert code("x" * 500, 20).endswith("…`")
    assert "more characters" in quote("x" * 30_000)
