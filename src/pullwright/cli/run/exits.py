"""An outcome's exit code, as `protocol/outcomes.py` lists them."""

from __future__ import annotations

from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput, Outcome, OverBudget, Succeeded


def exit_code(outcome: Outcome) -> int:
    """0 succeeded, 1 failed, 3 needs input, 4 over budget, 5 our own runs contradict the change, 130 stopped."""
    match outcome:
        case Succeeded():
            return 5 if outcome.verdict == "contradicted" else 0
        case Failed():
            return 1
        case NeedsInput():
            return 3
        case OverBudget():
            return 4
        case Cancelled():
            return 130
