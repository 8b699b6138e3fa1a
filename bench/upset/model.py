"""The scripted model. It fixes the bug, then leaves a trail: each step appends its number to a file, and says so.

What it says next follows from the conversation alone. A step whose result does not say that it was done is done again, so
that the trail in the end shows whether files and conversation ever stood at different steps.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from pullwright.models.mock.script import Answer, SaidCall

FIX = r"sed -i 's/prices\[1:\]/prices/' shop.py"
TRAIL = "trail.txt"
FILES = {
    "shop.py": "def total(prices):\n    return sum(prices[1:])\n",
    "test_shop.py": "import unittest\n\nfrom shop import total\n\n\nclass Totals(unittest.TestCase):\n"
    "    def test_all(self):\n        self.assertEqual(total([1, 2, 3]), 6)\n",
}
LOST = "is gone"
SAID = re.compile(r"did step (\d+)")


def trail(steps: int) -> str:
    """The trail of an attempt that did each step once."""
    return "".join(f"{number}\n" for number in range(1, steps + 1))


class Player:
    """Plays `steps` steps with commands that take `pause` seconds."""

    def __init__(self, steps: int, pause: float) -> None:
        self.steps = steps
        self.pause = pause

    def __call__(self, request: Mapping[str, Any]) -> Answer:
        done = 0
        for item in request["input"]:
            if item.get("type") == "function_call_output":
                done = max([done, *map(int, SAID.findall(str(item["output"])))])
            elif item.get("role") == "developer" and LOST in str(item["content"]):
                done = min([done + 1, *map(int, SAID.findall(str(item["content"])))]) - 1
        if done >= self.steps:
            return Answer(text="Count the first price as well.\n\nThe slice left it out.")
        step = done + 1
        change = f"{FIX} && echo {step} >> {TRAIL}" if step == 1 else f"echo {step} >> {TRAIL}"
        command = f"sleep {self.pause} && {change} && echo did step {step}"
        return Answer(calls=(SaidCall("exec", {"command": command}, f"call_{uuid.uuid4().hex}"),))
