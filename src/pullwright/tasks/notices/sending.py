"""One try: a POST to the very address that was checked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import SplitResult, urlunsplit

import httpx
import msgspec

from pullwright import __version__
from pullwright.protocol.errors import PullwrightError, TryAgainLater
from pullwright.sandbox.egress.addresses import is_public
from pullwright.sandbox.egress.dialer import Dialer
from pullwright.sandbox.egress.refusal import NotServed
from pullwright.sandbox.egress.rules import Destination
from pullwright.tasks.notices.reach import Reach, parsed, port_of

SECONDS = 15.0
"""How long a try may take, from the name to the answer."""
HEARD, HEARING = 64 << 10, 1.0
"""Bytes of an answer's body, and seconds, that are waited for and thrown away; then the connection is closed."""
ADDRESSES = 4
"""Of a name's addresses, how many are tried."""
LONGEST_WAIT = 6 * 3600.0
"""Of what a receiver asks us to wait, how much is granted."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a try went. `status` 0: there was no answer, `why` says what was instead. `wait` is what the receiver asked for."""

    status: int = 0
    why: str = ""
    wait: float = 0.0

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants to hear nothing any more."""
        return self.status == 410


class Sends(Protocol):
    """What delivers: a `Sender`, or a script in tests."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Never raises but when cancelled."""
        ...


class Sender:
    """Opened by `Sender.open`. No connection is kept: one made for a name is not for another at its address."""

    def __init__(self, reach: Reach, context: ssl.SSLContext, environ: Mapping[str, str], seconds: float) -> None:
        self.reach = reach
        self._context = context
        self._proxies = Dialer(environ)
        self._seconds = seconds
        self._direct = _client(context)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        reach: Reach,
        *,
        context: ssl.SSLContext | None = None,
        environ: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> AsyncGenerator[Sender]:
        """A sender to what `reach` allows, through the host's own proxy where `environ` names one."""
        made = cls(reach, context or httpx.create_ssl_context(), os.environ if environ is None else environ, seconds)
        async with made._direct:
            yield made

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Never raises but when cancelled."""
        said = {**headers, "content-type": "application/json", "user-agent": f"Pullwright/{__version__}"}
        try:
            async with asyncio.timeout(self._seconds):
                return await self._sent(url, said, body)
        except TimeoutError:
            return Outcome(why=f"no answer within {self._seconds:.0f} seconds")
        except PullwrightError as error:
            return Outcome(why=f"{error}. {error.fix}".strip())
        except (httpx.HTTPError, httpx.InvalidURL, NotServed, OSError) as error:
            return Outcome(why=_reason(error))

    async def _sent(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Through the host's own proxy, where it has one, goes what is not known to be on a network of the administrator's."""
        parts = parsed(url)
        destination = Destination(parts.hostname or "", port_of(parts))
        proxy = self._proxies.proxy_for(destination, secure=parts.scheme == "https")
        try:
            addresses = await self.reach.addresses(url)
        except TryAgainLater:
            if proxy is None:
                raise
            addresses = ()  # behind a proxy a name often has no address here
        if proxy is None or (addresses and not any(map(is_public, addresses))):
            return await self._to(addresses[:ADDRESSES], parts, headers, body)
        credential = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
        hop = httpx.Proxy(f"http://{Destination(proxy.host, proxy.port)}", headers=credential)
        async with _client(self._context, hop) as client:
            return await _posted(client, url, headers, body, {})

    async def _to(self, addresses: Sequence[str], parts: SplitResult, headers: dict[str, str], body: bytes) -> Outcome:
        """To the first of the addresses that takes a connection. Name and certificate are the URL's."""
        named = {**headers, "host": parts.netloc}
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            where = Destination(address, port_of(parts))
            pinned = urlunsplit((parts.scheme, str(where), parts.path or "/", parts.query, ""))
            try:
                return await _posted(self._direct, pinned, named, body, {"sni_hostname": parts.hostname or ""})
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not left:
                    raise
        raise AssertionError


async def _posted(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: bytes, extensions: Mapping[str, str]
) -> Outcome:
    request = client.build_request("POST", url, content=body, headers=headers, extensions=dict(extensions))
    answer = await client.send(request, stream=True, follow_redirects=False)
    try:
        with contextlib.suppress(httpx.HTTPError, TimeoutError):  # its status is what counts, and has come
            async with asyncio.timeout(HEARING):
                await _hear(answer)
    finally:
        await answer.aclose()
    status = answer.status_code
    if 300 <= status < 400:
        return Outcome(status=status, why=f"answered {status}, and redirects are not followed: give its new URL")
    return Outcome(status=status, why=f"answered {status}", wait=_asked_to_wait(answer))


async def _hear(answer: httpx.Response) -> None:
    """Let a receiver say what it has to: one that is cut short may take it for a failure."""
    left = HEARD
    async for piece in answer.aiter_raw():
        left -= len(piece)
        if left <= 0:
            return


def _client(context: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> httpx.AsyncClient:
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(verify=context, trust_env=False, timeout=SECONDS, limits=limits, proxy=proxy)


def _asked_to_wait(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_WAIT) if said.isdecimal() else 0.0


def _reason(error: Exception) -> str:
    said = error.reason if isinstance(error, NotServed) else str(error)
    return said or type(error).__name__
