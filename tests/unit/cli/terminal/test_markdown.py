"""Streaming Markdown: the same blocks however it is cut, parts shown as soon as they are finished."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.markdown import Reader
from pullwright.cli.terminal.transcript.said import Said
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.protocol.events import ModelRetried
from transcripts import SGR, check_line, deltas, lines_of, said

TEXT = """# The *discount*

I looked at `basket.py`, and **the rule** is missing. See [the docs](https://example.org/docs).

1. First
   - nested **bold**
     ```python
     def f(x):
         '''doc
         string'''
         return x + 1
     ```
2. [x] Second
3. [ ] Third

> A quote
> over two lines

| File | Lines |
|:-----|------:|
| `a|b.py` | 12 |
| 漢字 | 3 |

---
```js
/* a
   comment */
const a = 1;
```
The end.
"""

PIECES = st.lists(
    st.sampled_from(
        [
            "\n", "\n\n", "# ", "- ", "  - ", "1. ", "> ", "```", "```py\n", "~~~\n", "| a | b |\n|---|---|\n", "| c |\n",
            "    ", "**", "*", "`", "[", "](x)", "/*", "*/", '"""', "---\n", "===\n", "word ", "漢字", "\t", "\x1b[2J", "\r",
            "\u202e", "e\u0301\u0301", "<b>", "&amp;", "\\", "|", ":-:", "x" * 90,
        ]
    ),
    max_size=60,
)  # fmt: skip


def shown(text: str, width: int = 80) -> list[str]:
    return lines_of([said(text)], width=width)


def test_a_page_with_everything() -> None:
    assert shown(TEXT, 60) == [
        "● The discount",
        "",
        "  I looked at basket.py, and the rule is missing. See the",
        "  docs (https://example.org/docs).",
        "",
        "  1. First",
        "     ◦ nested bold",
        "         def f(x):",
        "             '''doc",
        "             string'''",
        "             return x + 1",
        "  2. ✔ Second",
        "  3. ○ Third",
        "",
        "  ▎ A quote",
        "  ▎ over two lines",
        "",
        "  File    Lines",
        "  ──────  ─────",
        "  a|b.py     12",
        "  漢字        3",
        "",
        "  ────────────────────────────────────────",
        "    /* a",
        "       comment */",
        "    const a = 1;",
        "  The end.",
    ]


def test_code_has_the_colours_of_its_language_from_line_to_line() -> None:
    theme = Theme("dark")
    reader = Reader()
    leaves = reader.feed('```python\nx = """one\ntwo"""\ny = 1\n```\n') + reader.close()
    lines = [Said(theme, leaf).lines(80)[-1] for leaf in leaves]
    string = theme.sgr("syntax.string")
    assert f"\x1b[{string}m" in lines[1]
    assert f"\x1b[{theme.sgr('syntax.number')}m1" in lines[2]


def test_a_table_too_wide_is_fitted_and_one_far_too_wide_is_stacked() -> None:
    table = "| Name | What it is |\n|---|---|\n| one | some words that do not fit into the width |\n"
    fitted = shown(table, 40)
    assert fitted[0].startswith("● Name  What it is")
    assert len(fitted) == 4
    wide = (
        "|"
        + "|".join(f"column {n}" for n in range(8))
        + "|\n"
        + "|---" * 8
        + "|\n"
        + "|"
        + "|".join("abcdefgh" * 2 for n in range(8))
        + "|\n"
    )
    stacked = shown(wide, 40)
    assert "  column 1: abcdefghabcdefgh" in stacked


@settings(deadline=None, max_examples=150)
@given(PIECES, st.lists(st.integers(0, 5000), max_size=12), st.integers(40, 120))
def test_streamed_and_whole_give_the_same_lines(pieces: list[str], cuts: list[int], width: int) -> None:
    text = "".join(pieces)
    assert lines_of([*deltas(text, cuts), said(text)], width=width) == shown(text, width)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, len(TEXT)), max_size=40))
def test_a_real_page_streams_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    assert lines_of([*deltas(TEXT, cuts), said(TEXT)]) == shown(TEXT)
    # Without a completed item (the turn was stopped) what streamed is there all the same.
    assert lines_of(deltas(TEXT, cuts)) == shown(TEXT)[: len(lines_of(deltas(TEXT, cuts)))]


def test_finished_parts_leave_at_once_and_the_rest_is_live() -> None:
    transcript = Transcript(Theme("none"))
    seen: list[str] = []
    for frame in deltas("One **bo", [1, 4, 7]):
        assert not transcript.feed(frame)
    assert SGR.sub("", transcript.live(80, 10)[-1]) == "● One bo"
    for frame in deltas("One **bold** word.\n\n- a\n- b\n```py\nx = 1\ny", range(8, 40)):
        if frame.offset >= 8:
            seen += [SGR.sub("", line) for block in transcript.feed(frame) for line in block.lines(80)]
    assert seen == ["● One bold word.", "", "  • a", "  • b", "    x = 1"]
    assert [SGR.sub("", line) for line in transcript.live(80, 10)] == ["    y"]


def test_an_answer_that_is_sent_again_is_shown_once_more_and_says_so() -> None:
    first = deltas("One.\n\nTwo.\n\nThr", [3, 8])
    retried = ModelRetried(attempt=1, reason="cut", wait=1.0)
    whole = "Other words.\n\nThe end."
    with_event = lines_of([*first, retried, *deltas(whole, [4], "m2"), said(whole, "m2")])
    assert "· answer cut, sent again" in with_event
    assert with_event[-3:] == ["● Other words.", "", "  The end."]
    same_item = lines_of([*first, *deltas(whole, [4]), said(whole)])
    assert same_item == ["● One.", "", "  Two.", "", "· answer cut, sent again", "", "● Other words.", "", "  The end."]
    # Nothing of the first one was shown yet: nothing has to be said.
    assert lines_of([*deltas("On"), *deltas(whole), said(whole)]) == shown(whole)


def test_missed_repeated_and_renamed_pieces_lose_nothing() -> None:
    text = "One.\n\nTwo.\n\nThree."
    parts = deltas(text, [3, 8, 12])
    assert lines_of([parts[0], *parts[2:], said(text)]) == shown(text)
    assert lines_of([*parts[1:], said(text)]) == shown(text)
    assert lines_of([parts[0], parts[1], parts[1], *parts[2:], said(text)]) == shown(text)
    assert lines_of([*parts, said(text, "another name")]) == shown(text)
    two = [*deltas("First.", [2], "a"), *deltas("Second.", [2], "b"), said("First.", "a"), said("Second.", "b")]
    assert lines_of(two) == ["● First.", "", "● Second."]


HOSTILE = {
    "emphasis": "*a _b " * 20_000,
    "brackets": "[" * 100_000,
    "links": "[a](" * 30_000,
    "back-ticks": "` `` ``` " * 20_000,
    "bangs": "![" * 50_000,
    "quotes": "> " * 50_000,
    "items": "- " * 50_000,
    "spaces": "# " + " " * 100_000 + "x",
    "bars": "| " * 50_000 + "\n" + "|-" * 50_000,
    "one line": "x" * 1_000_000,
    "newlines": "\n" * 200_000,
    "lines": "- a\n" * 30_000,
    "nested": "".join(" " * (2 * n) + "- a\n" for n in range(300)),
    "fence": "```js\n" + "/*\n" * 5_000,
    "marks": "e" + "\u0301" * 100_000,
    "backslashes": "\\" * 100_000,
    "entities": "&amp" * 50_000,
    "angle brackets": "<a " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_in_its_lines_and_costs_no_more_than_its_length(name: str) -> None:
    def cost(text: str) -> float:
        began = time.process_time()
        for line in lines_of([said(text)], width=60):
            check_line(line, 60)
        return time.process_time() - began

    text = HOSTILE[name]
    cost(text[:2000])
    part, whole = cost(text[: len(text) // 8]), cost(text)
    assert whole < 40 * max(part, 0.05)  # linear would be 8
