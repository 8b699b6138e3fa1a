"""One HTTP request to a server in a sandbox, over a line to its port; and what of headers passes either way.

What passes is listed, and all else is not: who signs in here, or at a proxy before us, must not be told to a server that an agent
started; and that server must not set a cookie for us, clear what the browser has of ours, or loosen what holds for its pages.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from urllib.parse import urlsplit

import h11

from pullwright.protocol.errors import TryAgainLater
from pullwright.tasks.inside.visiting import Line

INWARDS = frozenset(
    b"accept accept-language cache-control content-type if-match if-modified-since if-none-match if-range "
    b"if-unmodified-since pragma range user-agent x-requested-with".split()
)
OUTWARDS = frozenset(
    b"accept-ranges allow content-disposition content-encoding content-language content-length content-range content-type etag "
    b"expires last-modified retry-after vary".split()
)
POLICY = (
    b"sandbox allow-scripts allow-forms allow-modals allow-downloads; "
    b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    b"form-action 'self'; base-uri 'self'; frame-ancestors 'none'; webrtc 'block'"
)
"""Of a page inside: an origin of its own, so that it is nobody who is signed in; and it loads from there alone, so that it is no
way out of the sandbox through a person's browser."""
OURS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY),
    (b"access-control-allow-origin", b"*"),  # its own origin is nobody's: what it fetches from itself comes from elsewhere
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"cross-origin-opener-policy", b"unsafe-none"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-dns-prefetch-control", b"off"),
    (b"cache-control", b"no-store"),
)
PATIENCE = 120.0
"""Seconds for which the server inside may say nothing."""
PIECE = 1 << 16
HEADERS_BYTES = 64 << 10

_ROOTED = re.compile(rb"""(\s(?:src|href|action|poster)\s*=\s*["']?)/(?![/\\])""", re.IGNORECASE)

Headers = list[tuple[bytes, bytes]]


def inwards(headers: Iterable[tuple[bytes, bytes]], port: int, size: int) -> Headers:
    """What is told of a browser's request. The host is what a server on this port calls itself, whatever was asked for."""
    passing = [(name, value) for name, value in headers if name.lower() in INWARDS]
    length = [(b"content-length", str(size).encode())] if size else []
    return [(b"host", f"localhost:{port}".encode()), (b"connection", b"close"), *passing, *length]


def outwards(headers: Iterable[tuple[bytes, bytes]], root: str, port: int) -> Headers:
    """What is told of the answer, to a page whose address begins with `root`."""
    passing = [(name, value) for name, value in headers if name.lower() in OUTWARDS]
    place = next((value.decode("latin-1") for name, value in headers if name.lower() == b"location"), "")
    if moved := _moved(place, root, port):
        passing.append((b"location", moved.encode("latin-1", "replace")))
    return [*passing, *OURS]


def _moved(place: str, root: str, port: int) -> str:
    """Where a redirection leads, from outside; empty where it leads out of the sandbox."""
    try:
        said = urlsplit(place)
        elsewhere = said.netloc and (said.hostname not in ("localhost", "127.0.0.1", "::1") or (said.port or 80) != port)
    except ValueError:
        return ""
    if not place or elsewhere or said.scheme not in ("", "http"):
        return ""
    if not said.netloc and not place.startswith("/"):
        return place
    return f"{root}{said.path or '/'}{'?' + said.query if said.query else ''}"


def is_plain_html(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer is a page that can be read as it is."""
    told = {name.lower(): value.lower() for name, value in headers}
    return told.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in told


def rooted(html: bytes, root: str) -> bytes:
    """A page with what it names by its root (`src="/app.js"`) below `root`. Only what lies in the page itself is found."""
    return _ROOTED.sub(rb"\g<1>" + root.encode() + b"/", html)


class Exchange:
    """One request and its answer. Raises `TryAgainLater` for an answer that is none."""

    def __init__(self, line: Line) -> None:
        self._reader, self._writer = line
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADERS_BYTES)

    async def ask(self, method: bytes, target: bytes, headers: Headers, body: bytes) -> h11.Response:
        """Send it; the answer's beginning."""
        said = [self._http.send(h11.Request(method=method, target=target, headers=headers))]
        if body:
            said.append(self._http.send(h11.Data(data=body)))
        said.append(self._http.send(h11.EndOfMessage()))
        try:
            self._writer.write(b"".join(one for one in said if one))
            await self._writer.drain()
        except ConnectionError:
            pass  # it may have answered all the same
        while not isinstance(event := await self._event(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise _none()
        return event

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The answer's body as it comes."""
        while isinstance(event := await self._event(), h11.Data):
            yield bytes(event.data)

    async def _event(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(PATIENCE):
                    self._http.receive_data(await self._reader.read(PIECE))
        except (h11.RemoteProtocolError, OSError, TimeoutError):
            raise _none() from None
        return event


def _none() -> TryAgainLater:
    return TryAgainLater("the server inside does not answer in HTTP", fix="See in a terminal what listens there.")
