"""What an attempt may still spend: its task's budget less what its earlier turns used, and the accounts it is charged to."""

from __future__ import annotations

import msgspec

from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend


def remaining(budget: Budget, spent: Spend, accounts_usd: float | None = None) -> Budget:
    """The ceilings of the next turn. `accounts_usd` is what user, project and server together still allow (None: no ceiling).

    What is used up is 0, not None: the turn then ends as over budget before its first request.
    """
    usd = _less(budget.usd, spent.cost_usd)
    if accounts_usd is not None:
        usd = max(0.0, accounts_usd) if usd is None else max(0.0, min(usd, accounts_usd))
    return msgspec.structs.replace(
        budget,
        usd=usd,
        tokens=_less_whole(budget.tokens, spent.usage.total),
        steps=_less_whole(budget.steps, spent.steps),
        seconds=_less(budget.seconds, spent.seconds),
    )


def _less(limit: float | None, spent: float) -> float | None:
    return None if limit is None else max(0.0, limit - spent)


def _less_whole(limit: int | None, spent: int) -> int | None:
    return None if limit is None else max(0, limit - spent)
