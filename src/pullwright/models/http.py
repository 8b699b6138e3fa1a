"""HTTP/1.1 to a model's server: one connection, kept for all calls.

    Client                 a base URL, its proxy and its trust; `request` sends and gives a Response
    └── Response           status, headers, then the body in pieces as they arrive

asyncio streams and h11, because start-up counts: the usual client libraries cost more to import than the
whole of a step. One call at a time (a lock keeps them in line); an unread rest of an answer closes the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from urllib.parse import urlsplit

import h11

from pullwright.models.proxy import Proxy, open_tunnel, proxy_for
from pullwright.models.tls import trust
from pullwright.protocol.errors import FixSettings

PIECE = 65536
CONNECT_TIMEOUT = 20.0


class Broken(Exception):
    """The connection failed, broke off or fell silent. `reason` says which, for a reader."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


class Response:
    """An answer whose body is still on its way. Leave its `async with` to give the connection back."""

    def __init__(self, line: _Line, head: h11.Response, idle_timeout: float) -> None:
        self.status = head.status_code
        self.headers: dict[str, str] = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        self._line = line
        self._idle_timeout = idle_timeout

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives; ends with the body's end. Raises `Broken` when it is cut or falls silent."""
        while True:
            event = await self._line.next_event(self._idle_timeout)
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return

    async def read(self, limit: int) -> bytes:
        """At most `limit` bytes of the body; what comes after is not read."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) >= limit:
                break
        return bytes(body[:limit])

    async def __aenter__(self) -> Response:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._line.finish()


class _Line:
    """One open connection and its h11 state.

    `answers` counts the whole answers so far; `silent` is true until a byte of the present one has come.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=256 * 1024)
        self.answers = 0
        self.silent = True

    @property
    def usable(self) -> bool:
        """True when another request can be sent on it, as far as can be seen from here."""
        return self._http.our_state is h11.IDLE and not self._reader.at_eof() and not self._writer.is_closing()

    async def send(self, head: h11.Request, body: bytes, timeout: float) -> None:
        """Write a whole request. Raises `Broken`."""
        self._writer.write(self._http.send(head) or b"")
        if body:
            self._writer.write(self._http.send(h11.Data(body)) or b"")
        self._writer.write(self._http.send(h11.EndOfMessage()) or b"")
        try:
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError:
            raise Broken(f"the server took no byte for {timeout:g} seconds", timed_out=True) from None
        except OSError:
            # The server may have answered (413, say) and closed before it read everything: let the answer speak.
            return

    async def next_event(self, timeout: float) -> object:
        """The next h11 event. Raises `Broken` on a cut, garbage, or `timeout` seconds of silence."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise Broken(f"the connection broke off: {error}") from None
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._read(timeout))
            elif isinstance(event, h11.ConnectionClosed):
                raise Broken("the connection was closed before an answer came")
            elif not isinstance(event, h11.InformationalResponse):
                return event

    async def _read(self, timeout: float) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                piece = await self._reader.read(PIECE)
            self.silent = self.silent and not piece
            return piece
        except TimeoutError:
            raise Broken(f"no byte for {timeout:g} seconds", timed_out=True) from None
        except (OSError, ssl.SSLError) as error:
            raise Broken(f"the connection broke off: {error}") from None

    def finish(self) -> None:
        """After an answer: ready for the next request, or closed when that is not possible."""
        self.answers += 1
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self.silent = True
        else:
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close the connection and wait until it is closed."""
        self._writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()


class Client:
    """One server, spoken to over one connection at a time; `async with` closes it.

    `environ` gives proxy and trust settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE,
    SSL_CERT_DIR, REQUESTS_CA_BUNDLE). `connections` counts how many were opened.
    """

    def __init__(self, base_url: str, environ: Mapping[str, str], *, idle_timeout: float = 300.0) -> None:
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
        self._idle_timeout = idle_timeout
        self._line: _Line | None = None
        self._lock = asyncio.Lock()
        self.connections = 0

    @contextlib.asynccontextmanager
    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> AsyncIterator[Response]:
        """Send a request (`path` comes after the base URL's) and give the answer, its body unread.

        A kept connection that turns out to be dead is replaced quietly, once. Raises `Broken` when there is no
        connection or no answer, `FixSettings` when the server's certificate is not trusted.
        """
        async with self._lock:
            response = await self._answer(self._head(method, path, headers, body), body)
            async with response:
                yield response

    def _head(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> h11.Request:
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

    async def _answer(self, head: h11.Request, body: bytes) -> Response:
        while True:
            line = self._line if self._line and self._line.usable else await self._connect()
            self._line = line
            try:
                await line.send(head, body, self._idle_timeout)
                event = await line.next_event(self._idle_timeout)
            except Broken as broken:
                line.abort()
                self._line = None
                if line.answers and line.silent and not broken.timed_out:
                    continue
                raise
            except BaseException:
                line.abort()
                raise
            assert isinstance(event, h11.Response)
            return Response(line, event, self._idle_timeout)

    async def _connect(self) -> _Line:
        if self._line:
            self._line.abort()
            self._line = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                context = trust(self._environ) if self._tls else None
                if self._proxy and self._tls:
                    reader, writer = await open_tunnel(self._proxy, self._host, self._port, context, self._environ)
                elif self._proxy:
                    proxy_tls = trust(self._environ) if self._proxy.tls else None
                    reader, writer = await asyncio.open_connection(self._proxy.host, self._proxy.port, ssl=proxy_tls)
                else:
                    reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context, happy_eyeballs_delay=0.25)
        except ssl.SSLCertVerificationError as error:
            raise FixSettings(
                f"the certificate of {self._host} is not trusted: {error.verify_message}",
                fix="set SSL_CERT_FILE to a PEM file with your company's CA",
            ) from None
        except TimeoutError:
            raise Broken(f"no connection to {self._host}:{self._port} within {CONNECT_TIMEOUT:g} seconds") from None
        except OSError as error:
            raise Broken(f"no connection to {self._host}:{self._port}: {error}") from None
        self.connections += 1
        return _Line(reader, writer)

    async def aclose(self) -> None:
        """Close the connection."""
        line, self._line = self._line, None
        if line:
            await line.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
