"""The agent's plan, for itself after a compaction and for whoever watches."""

from __future__ import annotations

import msgspec

from pullwright.protocol.events import PlanStep, PlanUpdated
from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.tool import Bench, ToolResult


class _Arguments(msgspec.Struct):
    steps: list[PlanStep | str]
    note: str = ""


class Plan:
    """`plan`: replaces the whole plan."""

    spec = ToolSpec(
        name="plan",
        description="Set the plan of a longer task, whole, as it now stands.",
        parameters={
            "type": "object",
            "properties": {
                "steps": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "text": {"type": "string"},
                            "status": {"type": "string", "enum": ["pending", "in_progress", "done"]},
                        },
                        "required": ["text"],
                    },
                }
            },
            "required": ["steps"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """A plan changes nothing."""
        return "read"

    def title(self, call: Call) -> str:
        """How far it is."""
        try:
            steps = read_arguments(call, _Arguments, self.spec)[0].steps
        except WrongCall:
            return "a plan"
        done = sum(1 for step in steps if isinstance(step, PlanStep) and step.status == "done")
        return f"{done} of {len(steps)} done"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Log the plan."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
        except WrongCall as wrong:
            return wrong.result
        bench.plan = tuple(PlanStep(step) if isinstance(step, str) else step for step in arguments.steps)
        await bench.record(PlanUpdated(plan=bench.plan, note=arguments.note))
        return ToolResult(output=f"{note}ok")
