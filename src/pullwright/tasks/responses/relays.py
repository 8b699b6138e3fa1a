"""The upstreams of this process, opened when they are first asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pullwright.models.choice import ModelChoice
from pullwright.models.relay.open import open_relay
from pullwright.models.relay.relay import Relay
from pullwright.protocol.errors import ChangeRequest


class Relays:
    """A relay for each of the models that there are, by the names that clients ask for. Close it with `aclose()`.

    A name that has come to stand for another model gets another relay; over the one before, calls that run go on.
    """

    def __init__(self, models: Callable[[], Mapping[str, ModelChoice]], prices: Path | None = None) -> None:
        self._models = models
        self._prices = prices
        self._open: dict[str, tuple[ModelChoice, Relay]] = {}
        self._left: list[Relay] = []

    def relay(self, name: str) -> Relay:
        """The upstream behind a name. Raises `ChangeRequest` (404) for one that there is not."""
        choice = self._models().get(name)
        if choice is None:
            raise self.unknown(name)
        opened = self._open.get(name)
        if opened is None or opened[0] != choice:
            relay = open_relay(choice, prices=self._prices)
            if opened is not None:
                self._left.append(opened[1])
            self._open[name] = opened = (choice, relay)
        return opened[1]

    def unknown(self, name: str) -> ChangeRequest:
        """What is said of a name that stands for nothing here."""
        known = ", ".join(sorted(self._models())) or "none"
        fix = f"Choose one of: {known}."
        return ChangeRequest(
            f"the model '{name}' does not exist here", fix=fix, status=404, code="model_not_found", param="model"
        )

    async def aclose(self) -> None:
        """Close all of them."""
        for relay in (*self._left, *(relay for _, relay in self._open.values())):
            await relay.aclose()
        self._open.clear()
        self._left.clear()
