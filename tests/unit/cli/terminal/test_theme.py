"""Themes: as many colours as the terminal has, the person's wish first, and the same roles in each."""

from __future__ import annotations

import re

import pytest

from pullwright.cli.terminal.palettes import DARK, LIGHT, MARKS, PLAIN_MARKS, TERMINAL
from pullwright.cli.terminal.theme import Theme, depth_of, detect, is_light, nearest


def test_each_palette_has_every_role_and_each_mark_a_plain_one() -> None:
    assert set(DARK) == set(LIGHT) == set(TERMINAL)
    assert set(MARKS) == set(PLAIN_MARKS)
    assert all(mark.isascii() for mark in PLAIN_MARKS.values())


@pytest.mark.parametrize(
    ("env", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "dumb"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({}, "none"),
    ],
)
def test_the_depth_is_what_the_environment_says(env: dict[str, str], depth: str) -> None:
    assert depth_of(env) == depth


def test_the_background_decides_between_dark_and_light_and_the_persons_wish_over_both() -> None:
    env = {"TERM": "xterm-256color"}
    assert is_light(env) is None
    assert is_light(env, "rgb:ffff/fafa/f0f0") is True
    assert is_light(env, "rgb:1e/1e/2e") is False
    assert is_light({"COLORFGBG": "0;15"}) is True
    assert is_light({"COLORFGBG": "15;default;0"}) is False
    assert detect(env, encoding="utf-8").name == "terminal"
    assert detect(env, "rgb:ffff/ffff/ffff", encoding="utf-8").name == "light"
    assert detect({**env, "COLORFGBG": "15;0"}, encoding="utf-8").name == "dark"
    assert detect(env, "rgb:ffff/ffff/ffff", wish="dark", encoding="utf-8").name == "dark"
    assert detect({**env, "NO_COLOR": "1"}, wish="dark").name == "none"


def test_no_more_colours_are_used_than_there_are() -> None:
    assert Theme("dark", "truecolor").sgr("ok").startswith("38;2;")
    assert Theme("dark", "256").sgr("ok").startswith("38;5;")
    for theme in (Theme("dark", "16"), Theme("terminal", "truecolor")):
        codes = {code for role in DARK for code in theme.sgr(role).split(";") if code}
        assert codes <= {str(number) for number in (*range(1, 10), *range(30, 38), *range(90, 98), *range(40, 48))}
    for theme in (Theme("none"), Theme("light", "none")):
        assert {code for role in DARK for code in theme.sgr(role).split(";") if code} <= set("123479")
    assert Theme("none", bare=True).paint("ok", "x") == "x"


def test_roles_add_up_and_a_change_reaches_what_was_laid_out_before() -> None:
    theme = Theme("terminal", "16")
    assert theme.sgr("strong added") == "1;32"
    assert theme.paint("strong", "x") == "\x1b[1mx\x1b[0m"
    theme.change("none")
    assert theme.sgr("strong added") == "1"
    theme.change("dark", "truecolor")
    assert re.fullmatch(r"1;48;2;\d+;\d+;\d+", theme.sgr("strong added"))


def test_roles_are_classes_of_the_toolkit_too() -> None:
    for theme in (Theme("dark"), Theme("light"), Theme("terminal", "16"), Theme("none")):
        attributes = theme.toolkit_style().get_attrs_for_style_str("class:status.warning")
        assert bool(attributes.color) == (theme.depth != "none")


def test_marks_are_plain_where_the_terminal_writes_no_unicode() -> None:
    assert detect({"TERM": "xterm"}, encoding="iso8859-1").mark("ok") == "ok"
    assert detect({"TERM": "xterm"}, encoding="utf-8").mark("ok") == "✓"


def test_the_nearest_of_256_colours() -> None:
    assert nearest(0, 0, 0) == 16
    assert nearest(255, 255, 255) == 231
    assert nearest(128, 128, 128) == 244
    assert nearest(255, 0, 0) == 196
