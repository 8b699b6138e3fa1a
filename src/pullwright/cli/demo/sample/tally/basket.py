"""A basket, and what it costs."""

from __future__ import annotations

from tally.money import percent_off

BULK_FROM = 10
BULK_PERCENT = 10


class Basket:
    """Things with a price and a quantity."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, int]] = {}

    def add(self, name: str, cents: int, quantity: int = 1) -> None:
        """Put `quantity` of a thing in; the last price given counts for all of them."""
        _, before = self._lines.get(name, (cents, 0))
        self._lines[name] = (cents, before + quantity)

    def total(self) -> int:
        """What everything costs, in cents."""
        return sum(line_total(cents, quantity) for cents, quantity in self._lines.values())


def line_total(cents: int, quantity: int) -> int:
    """What `quantity` of one thing costs: ten percent less from ten pieces on."""
    whole = cents * quantity
    if quantity > BULK_FROM:
        return percent_off(whole, BULK_PERCENT)
    return whole
