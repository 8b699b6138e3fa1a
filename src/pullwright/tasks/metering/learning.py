"""What is known of every model that was called: read from its latest calls once, and learned on from each that ends here."""

from __future__ import annotations

from pullwright.log.sql.database import Database
from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.rates import KEPT, Exact, Rates
from pullwright.tasks.store.calls import exact_calls
from pullwright.tasks.store.rows.accounts import UsageEntry


class Learned:
    """Rates by provider and model."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rates: dict[tuple[str, str], Rates] = {}

    async def of(self, provider: str, model: str) -> Rates:
        """A model's rates; they go on learning."""
        known = self._rates.get((provider, model))
        if known is None:
            rows = await self._database.read(exact_calls, provider, model, KEPT)
            calls = [exact(row, Usage(input=row.input, output=row.output, reasoning=row.reasoning)) for row in reversed(rows)]
            known = self._rates.setdefault((provider, model), Rates(calls))
        return known


def exact(entry: UsageEntry, used: Usage) -> Exact:
    """What a call that its provider counted teaches."""
    return Exact(
        key_id=entry.key_id,
        sent=entry.sent_bytes,
        images=entry.images,
        input=used.input,
        heard=entry.heard_bytes,
        output=used.output,
        reasoning=used.reasoning,
    )
