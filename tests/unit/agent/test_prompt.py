"""The system prompt: small, stable, and about nothing that may not be there."""

import re
from typing import get_args

import pytest

from pullwright.agent.context import opening
from pullwright.agent.prompt import Family, system_prompt
from pullwright.protocol.policy import Mode
from pullwright.tools.toolbox import toolbox

ALL = [(mode, family) for mode in get_args(Mode) for family in get_args(Family)]


@pytest.mark.parametrize(("mode", "family"), ALL)
def test_it_stays_below_a_thousand_tokens(mode: Mode, family: Family) -> None:
    text = system_prompt(mode, family)
    words = len(re.findall(r"\w+|[^\w\s]", text))  # an upper estimate: English prose has fewer tokens than words and marks
    assert words <= 1000
    assert len(text) <= 3600
    assert text == system_prompt(mode, family)


@pytest.mark.parametrize(("mode", "family"), ALL)
def test_it_names_no_tool(mode: Mode, family: Family) -> None:
    names = {tool.spec.name for one in get_args(Family) for tool in toolbox(one, "code", network_on=True)}
    text = system_prompt(mode, family)
    assert not [name for name in names if f"`{name}`" in text]
    assert not [name for name in names if "_" in name and name in text]


def test_code_mode_asks_for_what_a_reviewer_needs() -> None:
    text = system_prompt("code", "openai")
    for wanted in (
        "write a test that fails",
        "Begin with one sentence of at most 70 characters",
        "What changed and why",
        "How it was checked",
        "could not check",
        "Claim only what you saw",
    ):
        assert wanted in text
    assert "path:line" in system_prompt("ask", "openai")
    assert "test that fails" not in system_prompt("ask", "openai")


def test_families_differ_in_one_line() -> None:
    texts = {system_prompt("code", family) for family in get_args(Family)}
    assert len(texts) == 3
    assert len({text.rsplit("\n\n", 1)[0] for text in texts}) == 1


def test_the_opening_says_facts_once_and_nothing_when_there_are_none() -> None:
    assert opening("  ") == ()
    (item,) = opening("cwd: /p\n")
    assert b"<environment>\\ncwd: /p\\n</environment>" in item.raw
