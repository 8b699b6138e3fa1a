"""A credential as request headers: a key, or a token from Entra ID.

Credential
├── KeyCredential      the same headers for every request
└── EntraCredential    a bearer token, fetched by azure-identity when first needed and refreshed before it ends
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

from pullwright.protocol.errors import FixMachine, MissingCredential

REFRESH_BEFORE = 300.0
_SECRET = ("authorization", "api-key", "x-api-key")


class Credential(Protocol):
    """What proves to a provider who calls. `repr` never shows it."""

    async def headers(self) -> dict[str, str]:
        """The headers for the next request. Raises `MissingCredential` when none can be had."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show, as it stands now."""
        ...

    async def aclose(self) -> None:
        """Let go of what was opened."""
        ...


class KeyCredential:
    """Fixed headers; none at all for a server that wants none."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    async def headers(self) -> dict[str, str]:
        """The headers, as they were given."""
        return self._headers

    @property
    def secrets(self) -> tuple[str, ...]:
        """The headers' values, without the word before a token."""
        return tuple(value.removeprefix("Bearer ") for name, value in self._headers.items() if name in _SECRET)

    async def aclose(self) -> None:
        """Nothing is open."""

    def __repr__(self) -> str:
        return f"KeyCredential({', '.join(self._headers)})"


class EntraCredential:
    """Bearer tokens of Microsoft Entra ID for `scope`, through azure-identity's `DefaultAzureCredential`.

    `source` takes another azure-identity credential instead (it has `get_token(scope)` and `close()`).
    """

    def __init__(self, scope: str, headers: dict[str, str], source: Any = None) -> None:
        self._scope = scope
        self._headers = headers
        self._source = source
        self._token = ""
        self._ends = 0.0

    async def headers(self) -> dict[str, str]:
        """The fixed headers and a token that is good for five minutes more."""
        if time.time() > self._ends - REFRESH_BEFORE:
            await asyncio.to_thread(self._fetch)
        return {**self._headers, "authorization": f"Bearer {self._token}"}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The present token."""
        return (self._token,)

    def _fetch(self) -> None:
        if self._source is None:
            self._source = _default_source()
        try:
            token = self._source.get_token(self._scope)
        except Exception as error:
            raise MissingCredential(
                f"Entra ID gave no token: {type(error).__name__}",
                fix="sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ) from None
        self._token, self._ends = token.token, float(token.expires_on)

    async def aclose(self) -> None:
        """Close azure-identity's own connections."""
        if self._source is not None:
            await asyncio.to_thread(self._source.close)

    def __repr__(self) -> str:
        return f"EntraCredential({self._scope})"


def _default_source() -> Any:
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        raise FixMachine("azure-identity is not installed", fix="pip install 'pullwright[azure]'") from None
    return DefaultAzureCredential()
