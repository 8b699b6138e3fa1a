"""The upstreams of this process, opened when they are first asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pullwright.models.choice import ModelChoice
from pullwright.models.relay.open import open_relay
from pullwright.models.relay.relay import Relay
from pullwright.protocol.errors import ChangeRequest


class Relays:
    """A relay for each of `models`, by the names that clients ask for. Close it with `aclose()`."""

    def __init__(self, models: Mapping[str, ModelChoice], prices: Path | None = None) -> None:
        self.models = models
        self._prices = prices
        self._open: dict[str, Relay] = {}

    def relay(self, name: str) -> Relay:
        """The upstream behind a name. Raises `ChangeRequest` (404) for one that there is not."""
        if name not in self._open:
            if name not in self.models:
                raise self.unknown(name)
            self._open[name] = open_relay(self.models[name], prices=self._prices)
        return self._open[name]

    def unknown(self, name: str) -> ChangeRequest:
        """What is said of a name that stands for nothing here."""
        known = ", ".join(sorted(self.models)) or "none"
        fix = f"Choose one of: {known}."
        return ChangeRequest(
            f"the model '{name}' does not exist here", fix=fix, status=404, code="model_not_found", param="model"
        )

    async def aclose(self) -> None:
        """Close all of them."""
        for relay in self._open.values():
            await relay.aclose()
        self._open.clear()
