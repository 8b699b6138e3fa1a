"""A task's state as an exit code, the same as of `exec`."""

from __future__ import annotations

from pullwright.cli.tasks.records import Task

WORKING = frozenset({"queued", "running"})
"""States in which something goes on by itself."""


def code_of(task: Task) -> int:
    """0 done (an answer, a change that waits for review, merged) · 1 failed · 3 needs an answer · 4 over budget
    · 5 the clean runs contradict the change · 130 cancelled or paused."""
    match task.state:
        case "failed":
            return 1
        case "needs_input":
            return 3
        case "over_budget":
            return 4
        case "cancelled" | "paused":
            return 130
        case _:
            changed = [one.verdict for one in task.attempts if one.head or one.branch]
            return 5 if changed and all(verdict == "contradicted" for verdict in changed) else 0
