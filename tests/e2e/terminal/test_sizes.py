"""Narrow and changing windows, no colour, a terminal that knows nothing."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pullwright.models.mock.script import Answer, Trouble

from .conftest import Person, edited, ran

FULL = Answer(
    text="# Result\n\nA paragraph that is certainly longer than forty columns, with `code` in it and **bold** words.\n\n"
    "- one item\n- another one that has to be wrapped, since it is long\n\n| name | what it does |\n|---|---|\n"
    "| basket | holds things with a price |\n| money | counts in cents, never in floats |\n\n```python\n"
    "def line_total(cents: int, quantity: int) -> int:\n    return cents * quantity\n```\n"
)


@pytest.mark.parametrize(("columns", "name"), [(40, "narrow"), (200, "wide")])
def test_everything_fits_narrow_and_wide_windows(person: Person, columns: int, name: str) -> None:
    fix = edited("tally/basket.py", "if quantity > BULK_FROM:", "if quantity >= BULK_FROM:", "One **too late**.")
    terminal = person.sits(ran("seq 1 40", "I look."), fix, FULL, columns=columns, rows=30)
    person.says(terminal, "fix it")
    person.answers(terminal, "May this command run?", "y")
    terminal.wait_for("May these files change?", "▸ ")
    person.sees(terminal, f"{name}_edit")
    terminal.press("y")
    terminal.wait_for("✓ done").wait_gone("working")
    person.sees(terminal, f"{name}_done")
    assert not terminal.emulator.unknown
    assert max(map(len, terminal.everything.splitlines())) <= columns


def test_no_colour_and_yet_everything_is_said(person: Person) -> None:
    fix = edited("tally/basket.py", "if quantity > BULK_FROM:", "if quantity >= BULK_FROM:", "One **too late**.")
    terminal = person.sits(fix, FULL, NO_COLOR="1", rows=40)
    person.says(terminal, "fix it")
    terminal.wait_for("May these files change?", "▸ ")
    person.sees(terminal, "no_colour")
    terminal.press("y")
    terminal.wait_for("✓ done")
    colours = re.findall(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m", bytes(terminal.raw))
    assert not colours


@pytest.mark.parametrize("reflow", [True, False])
def test_a_window_resized_in_mid_stream_keeps_every_line_and_one_prompt(person: Person, reflow: bool) -> None:
    lines = "".join(f"Line {number:04d} of an answer that goes on and on until it is done.\n\n" for number in range(400))
    streamed = Answer(text=lines, piece=120, trouble=Trouble(pause=0.005))
    terminal = person.sits(streamed, words=("--approval", "full-auto"), columns=90, reflow=reflow)
    person.says(terminal, "tell me much")
    for number, columns in enumerate((60, 44, 100, 72, 90)):
        terminal.wait_past(f"Line {40 + number * 60:04d}")
        terminal.resize(columns)
    terminal.wait_past("Line 0399", "✓ done").wait_gone("working")
    seen = Counter(re.findall(r"Line (\d{4})", terminal.everything))
    if reflow:
        assert len(seen) == 400
    assert sorted(seen)[-50:] == [f"{number:04d}" for number in range(350, 400)]
    assert terminal.everything.count("context ·") == 1
    assert terminal.text.count("❯") <= 2


def test_a_dumb_terminal_is_served_line_by_line(person: Person) -> None:
    fix = edited("tally/basket.py", "if quantity > BULK_FROM:", "if quantity >= BULK_FROM:", "One **too late**.")
    person.server.start([fix, FULL])
    said = {"PULLWRIGHT_BASE_URL": person.server.url, "PULLWRIGHT_MODEL": "mock", "PULLWRIGHT_WIRE": "responses"}
    terminal = person.opens(TERM="dumb", **said)
    terminal.wait_for("Ready.").type("fix it\r")
    terminal.wait_for("fix it", "Permission needed: edit tally/basket.py", "to do instead.").settle(0.5)  # it can be heard
    terminal.type("y\r")
    terminal.wait_past("Done.")
    person.sees(terminal, "dumb")
    assert b"\x1b" not in terminal.raw
    terminal.type("/quit\r")
    assert terminal.wait_exit() == 0
