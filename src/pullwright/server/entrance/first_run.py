"""The first administrator: whoever has the one-time link that `serve` printed, on the machine itself."""

from __future__ import annotations

import hmac
import secrets


class FirstRun:
    """Holds the link's token for as long as it can be used: until there is an administrator, or the server ends."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)

    def link(self, url: str) -> str:
        """Where to go. The token is good for one use, and only on the machine itself."""
        return f"{url}/first-run?token={self._token}"

    def fits(self, token: str) -> bool:
        """Whether `token` is the link's, and unused."""
        return bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())

    def use(self) -> None:
        """From now on no token fits."""
        self._token = ""
