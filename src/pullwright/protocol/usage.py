"""Tokens and money of model calls."""

from __future__ import annotations

from typing import Any

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of one or more model calls, in the Responses API's counting.

    `input` includes `cached` (read from the provider's cache) and `cache_written`; `output` includes
    `reasoning`. `estimated` is true when the provider sent no usage and we counted ourselves.
    """

    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0
    reasoning: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        """Input and output tokens together."""
        return self.input + self.output

    def plus(self, other: Usage) -> Usage:
        """The sum of two usages; estimated when either part is."""
        return Usage(
            input=self.input + other.input,
            cached=self.cached + other.cached,
            cache_written=self.cache_written + other.cache_written,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
            estimated=self.estimated or other.estimated,
        )


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage as a response object of the Responses API tells it."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }


class Spend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a turn has used so far. `cost_usd` covers the calls with a known price only; `unpriced` counts the others."""

    usage: Usage = Usage()
    cost_usd: float = 0.0
    unpriced: int = 0
    calls: int = 0
    steps: int = 0
    seconds: float = 0.0

    @property
    def cost(self) -> str:
        """What it cost, in words that stand alone: `$0.0123`, or `cost unknown`."""
        words = money(self.cost_usd, unpriced=self.unpriced)
        return "cost unknown" if words == "unknown" else words

    def plus_call(self, usage: Usage, cost_usd: float | None) -> Spend:
        """This spend after one more model call; `cost_usd` is None when the price is unknown."""
        return msgspec.structs.replace(
            self,
            usage=self.usage.plus(usage),
            cost_usd=self.cost_usd + (cost_usd or 0.0),
            unpriced=self.unpriced + (cost_usd is None),
            calls=self.calls + 1,
        )


def money(spend_usd: float | None, *, unpriced: int = 0) -> str:
    """Money for a reader: `$0.0123`, `unknown`, or `$0.0123 + 2 calls of unknown price`. Never 0 for unknown."""
    if spend_usd is None or (unpriced and not spend_usd):
        return "unknown"
    text = f"${spend_usd:.4f}" if spend_usd < 1 else f"${spend_usd:.2f}"
    return f"{text} + {unpriced} call{'s' if unpriced > 1 else ''} of unknown price" if unpriced else text
