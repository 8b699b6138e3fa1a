"""Ceilings of one turn: a soft one asks (or tells the model once), a hard one stops and keeps the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec

from pullwright.agent.endings import OutOfBudget
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend, Usage

Ceiling = Literal["usd", "tokens", "steps", "seconds"]
CEILINGS: tuple[Ceiling, ...] = ("seconds", "usd", "tokens", "steps")


class Reached(msgspec.Struct, frozen=True):
    """Where a ceiling stands: `level` soft or hard, `spent` of `limit`."""

    ceiling: Ceiling
    level: Literal["soft", "hard"]
    spent: float
    limit: float

    @property
    def text(self) -> str:
        """`160 of 200 steps`, `$1.62 of $2.00`."""
        if self.ceiling == "usd":
            return f"${self.spent:.2f} of ${self.limit:.2f}"
        return f"{self.spent:,.0f} of {self.limit:,.0f} {self.ceiling}"

    @property
    def ending(self) -> OutOfBudget:
        """How the turn ends at a hard ceiling."""
        return OutOfBudget(self.ceiling, self.spent, self.limit)


class Meter:
    """What the turn has used, held against its budget. `clock` is monotonic seconds.

    `already` is what an interrupted turn had used before it was taken up again.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float], already: Spend) -> None:
        self.budget = budget
        self._clock = clock
        self._began = clock() - already.seconds
        self._spend = already
        self._warned: set[Ceiling] = set()
        self.changed = asyncio.Event()

    @property
    def spend(self) -> Spend:
        """Everything used so far, with the time until now."""
        return msgspec.structs.replace(self._spend, seconds=self._clock() - self._began)

    def step(self) -> int:
        """Count a step; its number."""
        self._spend = msgspec.structs.replace(self._spend, steps=self._spend.steps + 1)
        return self._spend.steps

    def called(self, usage: Usage, cost_usd: float | None) -> None:
        """Count a model call."""
        self._spend = self._spend.plus_call(usage, cost_usd)

    def raised(self, budget: Budget) -> None:
        """New ceilings hold from now on; their soft ones warn anew."""
        self.budget = budget
        self._warned.clear()
        self.changed.set()

    @property
    def seconds_left(self) -> float | None:
        """Until the hard ceiling in time; None without one."""
        limit = self.budget.seconds
        return None if limit is None else max(0.0, limit - self.spend.seconds)

    async def time_up(self) -> Reached:
        """Wait until the ceiling in time is reached, however often it is changed meanwhile."""
        while True:
            reached = self.hard()
            if reached is not None and reached.ceiling == "seconds":
                return reached
            self.changed.clear()
            try:
                async with asyncio.timeout(self.seconds_left):
                    await self.changed.wait()
            except TimeoutError:
                await asyncio.sleep(0)

    @property
    def blind(self) -> bool:
        """Whether a ceiling in money cannot hold because a call's price is unknown."""
        return self.budget.usd is not None and self._spend.unpriced > 0

    def hard(self) -> Reached | None:
        """A hard ceiling that is reached; time first, since it cuts."""
        return next((reached for reached in self._standing() if reached.spent >= reached.limit), None)

    def soft(self) -> Reached | None:
        """A soft ceiling that is reached; each is told once."""
        for standing in self._standing():
            if standing.ceiling not in self._warned and standing.spent >= standing.limit * self.budget.soft:
                self._warned.add(standing.ceiling)
                return msgspec.structs.replace(standing, level="soft")
        return None

    def _standing(self) -> list[Reached]:
        spend, budget = self.spend, self.budget
        spent: dict[Ceiling, float] = {
            "usd": spend.cost_usd,
            "tokens": spend.usage.total,
            "steps": spend.steps,
            "seconds": spend.seconds,
        }
        limits: dict[Ceiling, float | None] = {
            "usd": budget.usd,
            "tokens": budget.tokens,
            "steps": budget.steps,
            "seconds": budget.seconds,
        }
        return [Reached(name, "hard", spent[name], limit) for name in CEILINGS if (limit := limits[name]) is not None]
