"""The status line says what matters most in any width; a question is drawn and answered in any width too."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pullwright.cli.render.clean import columns
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.pairing.state import State
from pullwright.cli.terminal.screen.choice import CANCEL, Choice
from pullwright.cli.terminal.screen.menu import Menu, Offer
from pullwright.cli.terminal.screen.status import status, working
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend, Usage

SPENT = Spend(usage=Usage(input=14_000, output=200), cost_usd=1.75, calls=3)
STATE = State(
    project=Path("/p"),
    session="s",
    model="gpt-5.1-codex",
    provider="openai",
    effort="medium",
    branch="feature/日本語の長い名前のブランチ",
    context_tokens=90_000,
    context_limit=100_000,
    spend=SPENT,
    budget=Budget(usd=2.0),
    sandbox="open",
    network="registries",
    processes=2,
)


def text(parts: list[tuple[str, str]]) -> str:
    return "".join(part[1] for part in parts)


def line(width: int, **changes: object) -> str:
    return text(status(msgspec.structs.replace(STATE, **changes), width))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", range(20, 301, 7))
def test_the_line_never_is_too_long_and_keeps_what_matters_most(width: int) -> None:
    shown = line(width)
    assert columns(shown) <= width
    assert "gpt-5.1" in shown
    assert columns(line(width, scripted=True, plan=True, access="full-access")) <= width
    if width >= 40:
        assert "PLAN" in line(width, plan=True)
        assert "SCRIPTED" in line(width, scripted=True)
        assert "FULL ACCESS" in line(width, access="full-access")


def test_all_is_said_where_there_is_room() -> None:
    shown = line(200)
    for word in (
        "gpt-5.1-codex medium",
        "suggest",
        "10% context",
        "$1.75 of $2",
        "ブランチ",
        "network registries",
        "2 running",
        "sandbox",
    ):
        assert word in shown
    assert "$1.75" not in line(40)
    assert "sandbox failed" in line(40, sandbox="failed")
    assert "cost unknown" in line(200, spend=Spend(calls=1, unpriced=1))


def test_warnings_look_like_warnings() -> None:
    looks = {part[1]: part[0] for part in status(STATE, 200)}
    assert looks["10% context"] == looks["$1.75 of $2"] == "class:status.warning"


def test_a_working_turn_says_how_to_stop_it() -> None:
    busy = msgspec.structs.replace(STATE, busy=True, since=100.0, step=4, turn_spend=SPENT)
    assert "working 12 s · Esc stops · step 4 · 14,200 tokens" in text(working(busy, 120, 112.0))
    for width in (20, 40, 60, 300):
        assert columns(text(working(busy, width, 112.0))) <= width
    assert text(working(busy, 32, 112.0)).endswith("Esc stops")
    assert "stopping" in text(working(busy, 80, 112.0, stopping=True))
    assert working(STATE, 80, 112.0) == []


OPTIONS = (Option("yes, once", key="y"), Option("yes, always", "all commands that begin with pytest", "a"), Option("no", key="n"))


@pytest.mark.parametrize("width", [20, 40, 80, 300])
@pytest.mark.parametrize("compact", [False, True])
def test_a_question_fits_and_says_what_its_keys_do(width: int, compact: bool) -> None:
    body = [f"line {number}" for number in range(50)]
    choice = Choice("May this run? " + "x" * 400, OPTIONS, body=lambda _: body, compact=compact)
    drawn = text(choice.drawn(width, 12)).split("\n")
    assert len(drawn) <= 12
    assert max(columns(row) for row in drawn) <= max(width, 30)
    assert any("n no" in row for row in drawn)
    choice.press("pagedown")
    assert "line 0" not in text(choice.drawn(width, 12))


def test_keys_arrows_and_numbers_choose() -> None:
    assert Choice("?", OPTIONS).press("a") == 1
    assert Choice("?", OPTIONS).press("escape") == CANCEL
    assert Choice("?", OPTIONS).press("2") is None
    assert Choice("?", (Option("left"), Option("right"))).press("2") == 1
    choice = Choice("?", OPTIONS)
    assert [choice.press(key) for key in ("down", "down", "down", "up", "enter")] == [None, None, None, None, 2]
    assert choice.press("x") is None


def test_letters_narrow_a_long_list_down() -> None:
    choice = Choice("Which?", tuple(Option(f"session {number}") for number in range(40)), filtered=True)
    for letter in "n 3 7":
        choice.press(letter)
    assert choice.matching() == [37]
    assert choice.press("enter") == 37
    choice.press("z")
    assert choice.press("enter") is None
    choice.press("c-u")
    assert len(choice.matching()) == 40


def test_the_menu_keeps_what_was_chosen_while_the_list_changes() -> None:
    menu = Menu()
    menu.show([Offer(name, 0) for name in ("a", "b", "c")])
    menu.move(2)
    menu.show([Offer(name, 0) for name in ("c", "d")])
    assert menu.chosen is not None
    assert menu.chosen.text == "c"
    menu.show([Offer(name, 0) for name in ("d", "e")])
    assert menu.chosen.text == "d"
    for width in (20, 40, 300):
        rows = text(menu.drawn(width)).split("\n")
        assert max(columns(row) for row in rows) <= width
