"""Signing in at a server: OAuth's authorization code with PKCE, by `mcp`'s own client; here is what it keeps and how it asks.

auth_for(server, tokens)            for a session: uses and refreshes what is kept, never asks
signing_in(server, tokens, show)    for `pullwright mcp login`: asks, by a browser that comes back to our loopback
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from pullwright.protocol.errors import FixSettings
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import Tokens

PATH = "/callback"
_LARGEST = 16 << 10
Hear = Callable[[Callable[[str], object]], None]
_PAGE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    b"Pullwright has what it needs. You can close this window.\n"
)


class SignInNeeded(FixSettings):
    """The server wants a sign-in that is not there, or not any more."""

    def __init__(self, server: McpServer) -> None:
        super().__init__(f"{server.name} wants a sign-in", fix=f"pullwright mcp login {server.name}")


class Kept:
    """`mcp`'s storage over `Tokens`: both records of a server in one text."""

    def __init__(self, server: McpServer, tokens: Tokens, *, redirect: str, fresh: bool = False) -> None:
        self._client = _registered(server, redirect)
        self._server = server.identity
        self._tokens = tokens
        self._records: dict[str, Any] = {} if fresh else _read(tokens.get(self._server))

    async def get_tokens(self) -> OAuthToken | None:
        """The tokens of the last sign-in or refresh."""
        found = self._records.get("tokens")
        return OAuthToken.model_validate(found) if found else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep tokens."""
        self._put("tokens", tokens.model_dump(mode="json", exclude_none=True))

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """How we are registered: by the person's hand, or by ourselves."""
        if self._client is not None:
            return self._client
        found = self._records.get("client")
        return OAuthClientInformationFull.model_validate(found) if found else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keep the registration."""
        self._put("client", client_info.model_dump(mode="json", exclude_none=True))

    def _put(self, name: str, record: Any) -> None:
        self._records[name] = record
        self._tokens.put(self._server, msgspec.json.encode(self._records).decode())


def _read(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def secrets_of(server: McpServer, tokens: Tokens) -> tuple[str, ...]:
    """What must never be seen in a log of what is kept for a server."""
    records = _read(tokens.get(server.identity))
    kept: list[Any] = [records.get("tokens", {}).get(name) for name in ("access_token", "refresh_token")]
    kept.append(records.get("client", {}).get("client_secret"))
    return tuple(value for value in kept if isinstance(value, str) and len(value) >= 8)


def auth_for(server: McpServer, tokens: Tokens) -> OAuthClientProvider | None:
    """What adds the kept sign-in to requests and refreshes it; None when there is none. A server that wants more raises
    `SignInNeeded` out of the request."""
    if not _read(tokens.get(server.identity)).get("tokens"):
        return None

    async def nobody(_: str) -> None:
        raise SignInNeeded(server)

    async def never() -> AuthorizationCodeResult:
        raise SignInNeeded(server)

    redirect = "http://127.0.0.1" + PATH
    return OAuthClientProvider(server.url, _metadata(redirect), Kept(server, tokens, redirect=redirect), nobody, never)


@asynccontextmanager
async def signing_in(
    server: McpServer, tokens: Tokens, show: Callable[[str], None], *, port: int = 0, hear: Hear = lambda take: None
) -> AsyncGenerator[OAuthClientProvider]:
    """What signs in with the first request that it is given, anew: `show` gets the address that the person is to open. The
    answer arrives at a port of our loopback; or as text, at the function that `hear` is given: the address that the browser
    ended at, where it could not reach us."""
    answers: asyncio.Queue[str] = asyncio.Queue(1)
    states: list[str] = []

    def take(address: str) -> bool:
        """An answer, unless it is one to another question: any page and any program here can call this port."""
        address = address.strip()
        said = parse_qs(urlsplit(address).query).get("state", [""])[0] if f"{PATH}?" in address else ""
        if not states or not secrets.compare_digest(said.encode(errors="replace"), states[-1].encode()) or answers.full():
            return False
        answers.put_nowait(address)
        return True

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(10):
                first = await reader.readline()
                while (await reader.readline()).strip():
                    pass
                words = first.decode("latin-1").split()
                if len(words) == 3 and words[0] == "GET" and words[1].startswith(PATH + "?") and take(words[1]):
                    writer.write(_PAGE)
                else:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass
        finally:
            writer.close()

    async def open_(address: str) -> None:
        parts = urlsplit(address)
        plain = parts.scheme == "http" and server.url.startswith("http://")
        state = parse_qs(parts.query).get("state")
        if not (parts.scheme == "https" or plain) or not address.isprintable() or not state:
            raise FixSettings(f"{server.name} wants an address opened that is none for it", fix="ask whoever runs the server")
        states.append(state[-1])
        show(address)

    async def answered() -> AuthorizationCodeResult:
        given = parse_qs(urlsplit(await answers.get()).query)
        one = {name: values[0] for name, values in given.items()}
        if "code" not in one:
            said = one.get("error_description") or one.get("error") or "it gave no reason"
            raise FixSettings(f"the sign-in at {server.name} was refused: {said[:200]!r}", fix="try again, or ask who runs it")
        return AuthorizationCodeResult(code=one["code"], state=one.get("state"), iss=one.get("iss"))

    async with await asyncio.start_server(came, "127.0.0.1", port, limit=_LARGEST) as listening:
        bound = listening.sockets[0].getsockname()[1]
        redirect = f"http://127.0.0.1:{bound}{PATH}"
        hear(take)
        kept = Kept(server, tokens, redirect=redirect, fresh=True)
        yield OAuthClientProvider(server.url, _metadata(redirect), kept, open_, answered)


def _registered(server: McpServer, redirect: str) -> OAuthClientInformationFull | None:
    """The application that the person was given; None where we register ourselves."""
    if not server.client_id:
        return None
    secret = server.client_secret
    way: dict[str, Any] = {"token_endpoint_auth_method": "client_secret_post", "client_secret": secret} if secret else {}
    return OAuthClientInformationFull.model_validate(
        {"client_id": server.client_id, "redirect_uris": [redirect], "token_endpoint_auth_method": "none", **way}
    )


def _metadata(redirect: str) -> OAuthClientMetadata:
    return OAuthClientMetadata.model_validate(
        {
            "client_name": "Pullwright",
            "redirect_uris": [redirect],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
    )
