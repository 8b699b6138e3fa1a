"""The server name of a TLS ClientHello, read as its bytes come in (RFC 8446 section 4.1.2, RFC 6066 section 3).

Only what is needed to find one server name is parsed; whatever two readers could read differently (two names, two
server_name extensions, lengths that do not add up) is refused rather than guessed at.
"""

from __future__ import annotations

from pullwright.sandbox.egress.refusal import Refused

MAX_HELLO = 1 << 16
ALERT_UNRECOGNIZED_NAME = bytes([21, 3, 1, 0, 2, 2, 112])
"""A fatal TLS alert."""

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 22, 1, 0, 0


class Incomplete(Exception):
    """More bytes are needed before the hello can be read."""


def looks_like_tls(data: bytes) -> bool:
    """True when the first bytes can be a TLS handshake record."""
    return data[:1] == bytes([_HANDSHAKE])


def server_name(data: bytes) -> str | None:
    """The server name in lower case, None when the hello carries none.

    Raises `Incomplete` while bytes are missing and `Refused` when this is not a ClientHello of one clear meaning.
    """
    if len(data) > MAX_HELLO:
        raise Refused("the TLS ClientHello is too large")
    hello = _Bytes(_handshake(data))
    hello.skip(2 + 32)
    hello.vector(1)
    hello.vector(2)
    hello.vector(1)
    if not hello.left:
        return None
    extensions = _Bytes(hello.vector(2))
    names: list[str] = []
    while extensions.left:
        kind, body = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names.append(_one_name(body))
    if hello.left or len(names) > 1:
        raise Refused("the TLS ClientHello can be read in two ways")
    return names[0] if names else None


def _one_name(body: bytes) -> str:
    entries = _Bytes(_Bytes(body).vector(2))
    kind, name = entries.number(1), entries.vector(2)
    if kind != _HOST_NAME or entries.left:
        raise Refused("the TLS ClientHello does not name exactly one host")
    try:
        return name.decode("ascii").lower()
    except UnicodeDecodeError:
        raise Refused("the TLS ClientHello's server name is not ASCII") from None


def _handshake(data: bytes) -> bytes:
    """The body of the first handshake message, put together from as many records as it takes."""
    message = b""
    at = 0
    while True:
        if len(message) >= 4:
            if message[0] != _CLIENT_HELLO:
                raise Refused("the first TLS message is not a ClientHello")
            length = int.from_bytes(message[1:4], "big")
            if length > MAX_HELLO:
                raise Refused("the TLS ClientHello is too large")
            if len(message) >= 4 + length:
                return message[4 : 4 + length]
        if not looks_like_tls(data[at : at + 1]) and at < len(data):
            raise Refused("what was sent is not TLS")
        if len(data) < at + 5:
            raise Incomplete
        if data[at + 1] != 3:
            raise Refused("what was sent is not TLS")
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if not 0 < size <= (1 << 14) + 256:
            raise Refused("what was sent is not TLS")
        if len(data) < at + 5 + size:
            # A record may hold the whole message already, but a torn record is waited for: one reading only.
            raise Incomplete
        message += data[at + 5 : at + 5 + size]
        at += 5 + size


class _Bytes:
    """A reader over bytes that raises `Refused` at their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def skip(self, count: int) -> None:
        self._take(count)

    def number(self, width: int) -> int:
        return int.from_bytes(self._take(width), "big")

    def vector(self, width: int) -> bytes:
        return self._take(self.number(width))

    def _take(self, count: int) -> bytes:
        if count > self.left:
            raise Refused("the TLS ClientHello's lengths do not add up")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken
