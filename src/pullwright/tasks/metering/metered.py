"""One call of a model, as it is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.journal import Journal
from pullwright.tasks.metering.learning import exact
from pullwright.tasks.metering.ledger import Ledger
from pullwright.tasks.metering.limits import Asked
from pullwright.tasks.metering.rates import Rates
from pullwright.tasks.store.budgets import Account
from pullwright.tasks.store.calls import Ending, Heard
from pullwright.tasks.store.rows.accounts import UsageEntry


class Cost(Protocol):
    """Dollars of a call, None where the price is unknown. `answering` is the model that said that it answered."""

    def __call__(self, usage: Usage, answering: str = "", /) -> float | None:
        """The price."""
        ...


class Metered:
    """An open call. Made by `Meter.begin`, when its row is committed; `end` closes it, however it ended."""

    def __init__(
        self,
        entry: UsageEntry,
        *,
        ledger: Ledger,
        journal: Journal,
        rates: Rates,
        cost: Cost,
        asked: Asked | None,
        over: Callable[[Metered], None],
    ) -> None:
        self.id = entry.id
        self.entry = entry
        self._ledger = ledger
        self._journal = journal
        self._rates = rates
        self._cost = cost
        self._asked = asked
        self._over = over
        self._begun = time.monotonic()
        self._slot = journal.begin(entry.id, token_price(cost, entry.input))
        self._heard = self._noted = 0
        self._first: float | None = None
        self._usage: Usage | None = None
        self._answering = ""

    def heard(self, said: int) -> None:
        """So many more bytes of text came. Cheap: a few bytes of memory, which survive kill -9."""
        if said <= 0:
            return
        self._heard += said
        if self._first is None:
            self._first = time.monotonic() - self._begun
            self._journal.first(self._slot, self._first)
        self._journal.heard(self._slot, self._heard)

    async def end(self, status: str, usage: Usage | None, model: str = "") -> Usage:
        """Close the row: exact where `usage` is the provider's, else estimated from what was sent and came. What it used.

        A call that the upstream answered with a refusal, so that it did nothing, used nothing: pass `Usage()`. Once called it is
        closed, also when the caller is cancelled; called again it says the same. `model` said that it answered, and is priced
        where the one that was called is not known by its name, which the row keeps.
        """
        if self._usage is None:
            self._usage = usage or self.estimate()
            self._answering = model
            await asyncio.shield(self._close(status, self._usage))
        return self._usage

    def _close(self, status: str, used: Usage) -> asyncio.Future[None]:
        ending = self._ending(status, used)
        if not used.estimated:
            self._journal.ended(self._slot, ending.status, used, ending.cost_usd, ending.seconds)
            self._learn(used)
        if self._asked is not None:
            self._asked.correct(used.total)
        return self._ledger.put(ending, self.never_opened)

    def never_sent(self) -> None:
        """Close it though nobody waits: its row is there or comes, and nothing was called."""
        self._usage = Usage()
        self._close("cancelled", self._usage)

    def never_opened(self) -> None:
        """There is no open row of it, or no longer."""
        self._journal.free(self._slot)
        self._over(self)

    def estimate(self) -> Usage:
        """What it has used by now, as far as can be told."""
        entry = self.entry
        sent = self._rates.input(entry.sent_bytes, entry.images, entry.key_id)
        return Usage(input=sent, output=self._rates.output(self._heard, entry.key_id), estimated=True)

    @property
    def account(self) -> Account:
        """What it is charged to."""
        return self.entry.user_id, self.entry.project_id, self.entry.key_id

    def beyond(self) -> tuple[int, float]:
        """Tokens and dollars that it used beyond what was thought when it began."""
        if self._usage is None:
            return 0, 0.0
        cost = self._cost(self._usage, self._answering) or 0.0
        return self._usage.total - self.entry.input, cost - (self.entry.cost_usd or 0.0)

    def news(self) -> Heard | None:
        """What came since this was asked last, for the row; None: nothing."""
        if self._usage is not None or self._heard == self._noted:
            return None
        self._noted = self._heard
        output = self._rates.output(self._heard, self.entry.key_id)
        return Heard(
            id=self.id,
            output=output,
            cost_usd=self._cost(Usage(input=self.entry.input, output=output)),
            seconds=time.monotonic() - self._begun,
            first_seconds=self._first,
            heard_bytes=self._heard,
        )

    def _ending(self, status: str, used: Usage) -> Ending:
        return Ending(
            id=self.id,
            status=status[:16],
            **{name: getattr(used, name) for name in ("input", "cached", "cache_written", "output", "reasoning", "estimated")},
            cost_usd=self._cost(used, self._answering),
            seconds=time.monotonic() - self._begun,
            first_seconds=self._first,
            heard_bytes=self._heard,
        )

    def _learn(self, used: Usage) -> None:
        entry = self.entry
        if used.total:
            self._rates.learn(exact(msgspec.structs.replace(entry, heard_bytes=self._heard), used))


def token_price(cost: Cost, sent: int) -> float | None:
    """Dollars for a token of output, in a call with so many of input."""
    most, least = cost(Usage(input=sent, output=1000)), cost(Usage(input=sent))
    return None if most is None or least is None else (most - least) / 1000
