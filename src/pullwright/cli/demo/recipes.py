"""What is asked for in the demo of the service, and how the scripted model does each: by recipes for changes that it knows.

    prompt ─▶ recipe ─▶ tests run ─▶ module read ─▶ a new test, seen red ─▶ the edit, seen green ─▶ the last message

A recipe edits what it has read, and gives up where the module is not as it expects. There is no mind behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from pullwright.cli.demo.reading import command_of, last_said, outputs_since_said
from pullwright.models.mock.script import Answer, Reply, SaidCall

_RED = re.compile(r"^(?:FAIL|ERROR): (\w+) |^FAILED [\w/]+\.py::(?:\w+::)*(\w+)", re.MULTILINE)


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `when` is in the prompt; `old` in `module` becomes `new`; `test` is put into `test_file` ahead of `before`."""

    when: str
    module: str
    old: str
    new: str
    test_file: str
    before: str
    test: str
    test_name: str
    says: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One task of the demo."""

    prompt: str
    recipe: Recipe


ANCHOR = 'if __name__ == "__main__":'
END_OF_MONEY = '        self.assertEqual(text(5), "0.05")\n'

BULK = Recipe(
    when="the bulk discount already",
    module="tally/basket.py",
    old="    if quantity > BULK_FROM:",
    new="    if quantity >= BULK_FROM:",
    test_file="tests/test_basket.py",
    before=ANCHOR,
    test="class WhereTheDiscountBegins(unittest.TestCase):\n    def test_nine_ten_and_eleven(self):\n"
    "        self.assertEqual([line_total(100, quantity) for quantity in (9, 10, 11)], [900, 900, 990])\n\n\n",
    test_name="test_nine_ten_and_eleven",
    says="Give the bulk discount from ten pieces on.\n\nThe comparison left out ten itself.",
)
PIECES = Recipe(
    when="Basket.pieces",
    module="tally/basket.py",
    old='    def total(self) -> int:\n        """What everything costs, in cents."""',
    new='    def pieces(self) -> int:\n        """How many pieces are in it, in all."""\n'
    "        return sum(quantity for _, quantity in self._lines.values())\n\n"
    '    def total(self) -> int:\n        """What everything costs, in cents."""',
    test_file="tests/test_basket.py",
    before=ANCHOR,
    test="class Pieces(unittest.TestCase):\n    def test_pieces_of_all_lines(self):\n        basket = Basket()\n"
    '        basket.add("pen", 200, quantity=8)\n        basket.add("ink", 550)\n'
    "        self.assertEqual(basket.pieces(), 9)\n\n\n",
    test_name="test_pieces_of_all_lines",
    says="Count the pieces of a basket.\n\n`Basket.pieces()` adds up the quantities of all lines.",
)
MINUS = Recipe(
    when="minus",
    module="tally/money.py",
    old='    return f"{cents // 100}.{cents % 100:02d}"',
    new='    sign = "-" if cents < 0 else ""\n    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"',
    test_file="tests/test_money.py",
    before="",
    test='\n    def test_text_below_zero(self):\n        self.assertEqual([text(-5), text(-1234)], ["-0.05", "-12.34"])\n',
    test_name="test_text_below_zero",
    says="Write amounts below zero with their sign.\n\nFloor division rounded them away from zero.",
)
RANGE = Recipe(
    when="percentage outside",
    module="tally/money.py",
    old="    return (cents * (100 - percent) + 50) // 100",
    new='    if not 0 <= percent <= 100:\n        raise ValueError("not a percentage")\n'
    "    return (cents * (100 - percent) + 50) // 100",
    test_file="tests/test_money.py",
    before="",
    test="\n    def test_no_more_than_everything_is_taken_off(self):\n        for percent in (-1, 101):\n"
    "            with self.assertRaises(ValueError):\n                percent_off(100, percent)\n",
    test_name="test_no_more_than_everything_is_taken_off",
    says="Refuse a percentage outside 0 to 100.\n\n`percent_off` raises ValueError for it.",
)
NAMED = Recipe(
    when="sends it back",
    module="tally/money.py",
    old='        raise ValueError("not a percentage")',
    new='        raise ValueError(f"{percent} is not a percentage")',
    test_file="tests/test_money.py",
    before="",
    test="\n    def test_the_error_names_the_percentage(self):\n"
    '        with self.assertRaisesRegex(ValueError, "101"):\n            percent_off(100, 101)\n',
    test_name="test_the_error_names_the_percentage",
    says="Refuse a percentage outside 0 to 100, and name it.\n\nThe message has the percentage now, as the remark asks.",
)

WISHES = (
    Wish(prompt="Ten pieces of a thing should get the bulk discount already: a test is red. Fix it.", recipe=BULK),
    Wish(prompt="Add Basket.pieces(): how many pieces are in the basket, in all.", recipe=PIECES),
    Wish(prompt="money.text writes -5 cents as -1.95. The minus sign must come first: -0.05.", recipe=MINUS),
    Wish(prompt="percent_off must refuse a percentage outside 0 to 100 with a ValueError.", recipe=RANGE),
)
SENT_BACK = 3
"""The wish whose change is sent back, with a remark on its new line."""
REMARK = "Say in the message which percentage it was."
MERGED = 0
_ALL = (NAMED, *(wish.recipe for wish in WISHES))


def answer(request: Mapping[str, Any]) -> Reply:
    """The next answer to a conversation on the Responses wire."""
    said = last_said(request)
    recipe = next((one for one in _ALL if one.when in said), None)
    if recipe is None:
        return Answer(text=f"I could not do this: the script knows other wishes, and not {said[:60]!r}.")
    outputs, command = outputs_since_said(request), command_of(request)
    steps = (_look, _write_test, _edit, _conclude)
    return steps[min(len(outputs), len(steps) - 1)](recipe, outputs, command)


def _look(recipe: Recipe, outputs: list[str], command: str) -> Reply:
    calls = (SaidCall("exec", {"command": command}), SaidCall("read", {"paths": [recipe.module, recipe.test_file]}))
    return Answer(text="I run the tests and read what it is about.", calls=calls)


def _write_test(recipe: Recipe, outputs: list[str], command: str) -> Reply:
    if recipe.old.splitlines()[0].strip() not in outputs[0]:
        return Answer(text=f"I could not do this: {recipe.module} is not as the script expects it.")
    anchor = recipe.before or END_OF_MONEY
    new = f"{recipe.test}{anchor}" if recipe.before else f"{anchor}{recipe.test}"
    edit = {"path": recipe.test_file, "old": anchor, "new": new}
    calls = (SaidCall("edit", {"edits": [edit]}), SaidCall("exec", {"command": command}))
    return Answer(text="First a test for it, to see it red.", calls=calls)


def _edit(recipe: Recipe, outputs: list[str], command: str) -> Reply:
    if recipe.test_name not in red_tests(outputs[1]):
        return Answer(text="I could not do this: the new test is not red.")
    edit = {"path": recipe.module, "old": recipe.old, "new": recipe.new}
    calls = (SaidCall("edit", {"edits": [edit]}), SaidCall("exec", {"command": command}))
    return Answer(text="It is red, so the change is what makes it green.", calls=calls)


def _conclude(recipe: Recipe, outputs: list[str], command: str) -> Reply:
    red = red_tests(outputs[2])
    if recipe.test_name in red:
        return Answer(text="I could not do this: the new test is still red.")
    if red:
        rest = f"It failed before the edit. {', '.join(sorted(red))} fails as it did before: that is not what was asked."
    else:
        rest = f"It failed before the edit; with `{command}` all tests pass."
    return Answer(text=f"{recipe.says} The new test is `{recipe.test_name}`. {rest}")


def red_tests(output: str) -> set[str]:
    """The names of the tests that a run shows as red."""
    return {found[1] or found[2] for found in _RED.finditer(output)}
