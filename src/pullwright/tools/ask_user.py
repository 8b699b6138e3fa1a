"""A question that only a person can answer."""

from __future__ import annotations

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.tool import Bench, ToolResult


class _Arguments(msgspec.Struct):
    question: str
    options: list[str] = []


class AskUser:
    """`ask_user`: the loop puts the question to a person, or ends the turn where nobody is there."""

    def __init__(self, *, answerable: bool = True) -> None:
        said = "Waits for the answer." if answerable else "Nobody is there now: it ends the turn."
        self.spec = ToolSpec(
            name="ask_user",
            description=f"Ask the person what only they can decide, if you cannot go on safely without. {said}",
            parameters={
                "type": "object",
                "properties": {"question": {"type": "string"}, "options": {"type": "array", "items": {"type": "string"}}},
                "required": ["question"],
            },
        )

    def effect(self, call: Call) -> Effect:
        """It needs a person."""
        return "ask"

    def title(self, call: Call) -> str:
        """The question."""
        try:
            return read_arguments(call, _Arguments, self.spec)[0].question
        except WrongCall:
            return "a question"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Hand the question to the loop in `asks`; the loop replaces the output by the answer."""
        try:
            arguments, _ = read_arguments(call, _Arguments, self.spec)
            if not arguments.question.strip():
                raise WrongCall("ask_user: the question is empty")
        except WrongCall as wrong:
            return wrong.result
        options = "".join(f"\n{number}. {option}" for number, option in enumerate(arguments.options, 1))
        question = bench.redact(f"{arguments.question.strip()}{options}".encode(errors="replace")).decode(errors="replace")
        return ToolResult(output="The question was put to the person; nobody has answered yet.", asks=question)
