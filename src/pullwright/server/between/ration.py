"""How often one asker may ask: a bucket of `burst` requests that fills again at `rate` a second. In memory, bounded."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from pullwright.server.problems import Refusal

KEPT = 20_000
"""Askers that are remembered; the one that asked longest ago is forgotten first, which only does it a favour."""


class Ration:
    """One kind of ration, by asker."""

    def __init__(self, burst: float, rate: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst = burst
        self.rate = rate
        self.clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str, what: str = "requests") -> None:
        """Count one request of `asker`'s. Raises `Refusal` 429, with the seconds to wait, when there is none left."""
        left = self.left(asker)
        self._keep(asker, left - 1 if left >= 1 else left)
        if left < 1:
            self._refuse(left, what)

    def check(self, asker: str, what: str = "requests") -> None:
        """Raise as `take` does, but count nothing."""
        if (left := self.left(asker)) < 1:
            self._refuse(left, what)

    def left(self, asker: str) -> float:
        """What `asker` has left now."""
        left, at = self._left.get(asker, (self.burst, self.clock()))
        return min(self.burst, left + (self.clock() - at) * self.rate)

    def _keep(self, asker: str, left: float) -> None:
        self._left[asker] = (left, self.clock())
        self._left.move_to_end(asker)
        while len(self._left) > KEPT:
            self._left.popitem(last=False)

    def _refuse(self, left: float, what: str) -> None:
        wait = max(1, round((1 - left) / self.rate + 0.5))
        raise Refusal(429, f"too many {what}", fix=f"Wait {wait} s.", headers={"Retry-After": str(wait)})
