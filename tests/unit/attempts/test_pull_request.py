"""A pull request's body says what a reviewer needs first, fits into a forge, and nothing in it is the model's to use."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_report import events, outcome  # pyright: ignore

from pullwright.attempts.layout import length
from pullwright.attempts.pull_request import LIMIT, body
from pullwright.attempts.report import build
from pullwright.protocol.events import Verified

EVIL = "@team closes #1 <!-- pullwright:task --> </details> ![x](http://evil.test/x) /merge\n/close\n| a | GH-3 https://evil.test"


def test_the_verdict_comes_first_and_the_rest_is_there() -> None:
    text = body(build(events(), outcome(), queued=4.0))
    assert text.startswith("**Verified**: 1 test went from red to green (event 15).")
    for line in (
        "> Fix it",
        "- base: 1 failed, 1 passed (event 13)",
        "- `test_calc.py::test_add`",
        "<details><summary>Commands that the agent ran (2)</summary>",
    ):
        assert line in text.splitlines(), text
    assert "after 4 s in the queue" in text
    assert text.count("<details>") == text.count("</details>")


def test_what_is_not_verified_and_what_is_scripted_says_so() -> None:
    log = [event for event in events() if not isinstance(event, Verified)]
    assert body(build(log, outcome())).startswith("**Not verified**")
    assert "The model of this run was scripted." in body(build(log, outcome(scripted=True)))


@pytest.mark.parametrize("where", ["asked", "command", "path", "message", "tests"])
def test_nothing_from_outside_takes_effect(where: str) -> None:
    log = events(**{where: EVIL} if where in ("asked", "command", "path") else {})
    if where == "tests":
        named = {"red_to_green": (EVIL,), "flags": (EVIL,), "skipped": (EVIL,), "why": EVIL}
        log = [msgspec.structs.replace(event, **named) if isinstance(event, Verified) else event for event in log]
    text = body(build(log, outcome(message=EVIL if where == "message" else "Done.")))
    outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text)
    assert not re.search(r"@\w|#\d|GH-\d|https?://|<!--|!\[", outside), outside
    assert not re.search(r"<!--|(?i:closes)\s+#\d", text)
    assert not re.search(r"^/\w", text, re.MULTILINE), "an order to a forge's bot"
    assert re.sub(r"</?details>|</?summary>|</?sub>", "", outside).count("<") == 0


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 1_000), st.sampled_from(["x", "🙂", "#1 ", "`|` "]))
def test_it_is_never_longer_than_a_forge_takes(count: int, letter: str) -> None:
    names = tuple(f"tests/test_{number}.py::{letter * 300}" for number in range(count))
    log = [
        msgspec.structs.replace(event, red_to_green=names, newly_failing=names, removed=names, skipped=names, flags=names)
        if isinstance(event, Verified)
        else event
        for event in events(asked=letter * count * 10)
    ]
    text = body(build(log, outcome(message=letter * count * 20)))
    assert length(text) <= LIMIT
    assert text.startswith("**Verified**")
    assert text.count("<details>") == text.count("</details>")


def test_what_is_left_out_is_named() -> None:
    text = body(build(events(), outcome()), limit=2_200)
    assert "Left out, since a forge takes no more:" in text
    assert length(text) <= 2_200
