"""Which model, at which provider, with which credential: everything that opens one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pullwright.models.model import Effort

Wire = Literal["responses", "chat", "anthropic"]


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A model as configured. Empty fields are filled from the provider's entry in `providers.toml`.

    `key` is the credential itself (never logged; `repr` hides it); `entra` takes a token from azure-identity
    instead, for `entra_scope` where the provider's default scope is not the right one. `headers` are added to every
    request. `quirks` are how a server differs from its wire, over the provider's (fields of `wires.wire.Quirks`).
    `idle_timeout` is the longest silence in a stream, in seconds.
    """

    provider: str
    model: str
    effort: Effort = ""
    wire: Wire | None = None
    base_url: str = ""
    key: str = ""
    entra: bool = False
    entra_scope: str = ""
    headers: dict[str, str] = {}
    window: int = 0
    quirks: dict[str, Any] = {}
    idle_timeout: float = 300.0
    retries: int = 5

    def __repr__(self) -> str:
        """Without the credential."""
        return f"ModelChoice({self.provider}/{self.model}, base_url={self.base_url!r}, key={'set' if self.key else 'none'})"
