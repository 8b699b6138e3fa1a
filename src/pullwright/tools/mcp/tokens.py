"""What is kept of a sign-in at a server: tokens, and how we are registered there. Secret, all of it."""

from __future__ import annotations

from typing import Protocol


class Tokens(Protocol):
    """Where sign-ins are kept, by the server's identity; the CLI keeps them where it keeps providers' keys."""

    def get(self, server: str) -> str:
        """What was kept, empty when nothing was."""
        ...

    def put(self, server: str, kept: str) -> None:
        """Keep it, in place of what was kept before."""
        ...


class NoTokens:
    """Nobody ever signed in, and nothing is kept."""

    def get(self, server: str) -> str:
        """Nothing."""
        return ""

    def put(self, server: str, kept: str) -> None:
        """Forget it at once."""
