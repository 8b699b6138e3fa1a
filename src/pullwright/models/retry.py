"""When a call is sent again, and after how long.

Again: no connection, a cut or silent stream, 408, 409, 429, 5xx, or what `x-should-retry: true` says.
How long: what the server asks for (`retry-after-ms`, then `retry-after` in seconds or as a date), else
exponential with jitter. A server that asks for more than two minutes is not waited for: the caller gets
`ModelBusy` with the time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import msgspec

PATIENCE = 120.0


class Backoff(msgspec.Struct, frozen=True):
    """Waits of `first`, twice that, four times… up to `most` seconds, each taken at 75 to 125 %."""

    first: float = 0.5
    most: float = 30.0

    def wait(self, attempt: int) -> float:
        """Seconds before attempt number `attempt` (the first repetition is 1)."""
        return min(self.first * 2 ** (attempt - 1), self.most) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load only


def again(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer with this status is worth another try. Header names are in lower case."""
    should = headers.get("x-should-retry")
    if should in ("true", "false"):
        return should == "true"
    return status in (408, 409, 429) or status >= 500


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """How many seconds the server asks us to wait, None where it does not say (or says nonsense)."""
    millis = _number(headers.get("retry-after-ms"))
    if millis is not None:
        return millis / 1000
    after = headers.get("retry-after")
    seconds = _number(after)
    return seconds if seconds is not None or not after else _until(after)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def _until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
