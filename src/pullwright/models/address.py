"""Where a model's server is: its URL, the proxy on the way, whom to trust; and a request to it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import h11

from pullwright.models.line import UNCONNECTED, Broken, Line, Response
from pullwright.models.proxy import Proxy, Streams, open_tunnel, proxy_for
from pullwright.models.tls import trust
from pullwright.protocol.errors import FixSettings

CONNECT_TIMEOUT = 20.0
STALE = 1.0
"""Within so many seconds it shows that the server had closed a kept connection; later it may have been at work already."""


class Address:
    """A server by its base URL. `environ` gives proxy and trust settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY,
    SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE). Raises `FixSettings` for what is not an http(s) URL."""

    def __init__(self, base_url: str, environ: Mapping[str, str]) -> None:
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise FixSettings(f"{base_url!r} is not an http(s) URL", fix="set base_url to something like https://host/v1")
        self._host = url.hostname
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._tls = url.scheme == "https"
        self._path = url.path.rstrip("/")
        self._query = url.query
        self._authority = url.netloc.rpartition("@")[2]
        self._environ = environ
        self._proxy: Proxy | None = proxy_for(base_url, environ)

    def head(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> h11.Request:
        """The head of a request; `path` comes after the base URL's. Raises `FixSettings` for a header that HTTP forbids."""
        target = self._path + path
        if self._query:
            target += ("&" if "?" in path else "?") + self._query
        fields = {"host": self._authority, "user-agent": "pullwright", **headers}
        if method == "POST":
            fields["content-length"] = str(len(body))
        if self._proxy and not self._tls:
            target = f"http://{self._authority}{target}"
            fields |= self._proxy.headers
        try:
            return h11.Request(method=method, target=target, headers=list(fields.items()))
        except (h11.LocalProtocolError, UnicodeEncodeError):
            # Not h11's own words: they repeat the value, which may be a key.
            raise FixSettings(
                f"a header for {self._host} has characters that HTTP forbids", fix="check the key and `headers` for line breaks"
            ) from None

    async def connect(self) -> Line:
        """A new connection. Raises `Broken` when there is none, `FixSettings` when the server's certificate is not trusted."""
        # In a task of its own, that outlives a cancelled caller by CONNECT_TIMEOUT at most: cancelled while it races addresses,
        # asyncio loses the socket that has just won.
        opening = asyncio.create_task(self._open())
        try:
            reader, writer = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_let_go)
            raise
        except ssl.SSLCertVerificationError as error:
            raise FixSettings(
                f"the certificate of {self._host} is not trusted: {error.verify_message}",
                fix="set SSL_CERT_FILE to a PEM file with your company's CA",
            ) from None
        except TimeoutError:
            raise Broken(f"{UNCONNECTED} {self._host}:{self._port} within {CONNECT_TIMEOUT:g} seconds") from None
        except OSError as error:
            raise Broken(f"{UNCONNECTED} {self._host}:{self._port}: {error}") from None
        return Line(reader, writer)

    async def _open(self) -> Streams:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            context = trust(self._environ) if self._tls else None
            if self._proxy and self._tls:
                return await open_tunnel(self._proxy, self._host, self._port, context, self._environ)
            if self._proxy:
                proxy_tls = trust(self._environ) if self._proxy.tls else None
                return await asyncio.open_connection(self._proxy.host, self._proxy.port, ssl=proxy_tls)
            return await asyncio.open_connection(self._host, self._port, ssl=context, happy_eyeballs_delay=0.25)


def _let_go(opening: asyncio.Task[Streams]) -> None:
    """Nobody waits for the connection any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[1].transport.abort()


async def ask(line: Line, head: h11.Request, body: bytes, timeout: float) -> Response | None:
    """Send a request over `line`: its answer, the body unread; None when the line was a kept one and turned out to be dead.

    Raises `Broken`; whatever is raised, and with None, the line is closed.
    """
    began = time.monotonic()
    try:
        await line.send(head, body, timeout)
        event = await line.next_event(timeout)
    except Broken as broken:
        line.abort()
        if line.answers and line.silent and not broken.timed_out and time.monotonic() - began < STALE:
            return None
        raise
    except BaseException:
        line.abort()
        raise
    assert isinstance(event, h11.Response)
    return Response(line, event, timeout)
