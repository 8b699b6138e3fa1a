"""Secrets leave text here, once, at the tool boundary: model, log and kept files see the same.

What is taken out: the values that are known (as they are, in base64 at any alignment, in hexadecimal, URL-encoded and escaped in
JSON), and what looks like a well-known kind of key.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable

MARK = "[redacted]"

SHORTEST = 6
"""A known value below this many bytes is not searched for: it would take ordinary words out."""

_PEM_LONGEST = 16 << 10

_KINDS: tuple[tuple[bytes, bytes], ...] = (
    (b"sk-", rb"(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,256}"),
    (b"gh", rb"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}"),
    (b"github_pat_", rb"github_pat_[A-Za-z0-9_]{22,255}"),
    (b"glpat-", rb"glpat-[A-Za-z0-9_-]{20,64}"),
    (b"xox", rb"xox[abeoprs]-[A-Za-z0-9-]{10,200}"),
    (b"AKIA", rb"(?<![A-Z0-9])AKIA[0-9A-Z]{16}(?![A-Z0-9])"),
    (b"ASIA", rb"(?<![A-Z0-9])ASIA[0-9A-Z]{16}(?![A-Z0-9])"),
    (b"AIza", rb"(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}"),
    (
        b"PRIVATE KEY-----",
        rb"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----[\s\S]{0,%d}?-----END (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----"
        % _PEM_LONGEST,
    ),
)
"""A marker that must be there, and the pattern: OpenAI, Anthropic, GitHub, GitLab, Slack, AWS, Google; PEM."""


class Redactor:
    """Takes `secrets` (the known values) and well-known keys out of bytes. `redact` never raises."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret.encode(errors="surrogateescape"))}
        self._known = sorted(forms, key=len, reverse=True)
        self._kinds = [(marker, pattern) for marker, pattern in _KINDS]
        self._pattern = re.compile(b"|".join([*map(re.escape, self._known), *(pattern for _, pattern in self._kinds)]))
        self.longest = max([_PEM_LONGEST + 200, *map(len, self._known)])

    def redact(self, data: bytes) -> bytes:
        """`data` with each secret replaced by `MARK`."""
        return self._pattern.sub(MARK.encode(), data) if self._suspects(data) else data

    __call__ = redact

    def redact_lines(self, data: bytes) -> bytes:
        """The same with as many lines as before, each with the first byte that it had: for patches, whose lines are counted."""
        return self._pattern.sub(_by_line, data) if self._suspects(data) else data

    def _suspects(self, data: bytes) -> bool:
        """Whether anything can match at all: a plain search for a few markers is far cheaper than the pattern."""
        return any(marker in data for marker, _ in self._kinds) or any(known in data for known in self._known)

    def stream(self) -> RedactionStream:
        """The same for bytes that come in pieces, wherever they are cut."""
        return RedactionStream(self)

    def safe(self, data: bytes, start: int, end: int) -> tuple[bytes, int]:
        """The redacted bytes from `start` on, as far as no match that begins before `end` is cut; and where that is."""
        out: list[bytes] = []
        at = start
        if self._suspects(data):
            for found in self._pattern.finditer(data, start):
                if found.start() >= end:
                    break
                out += (data[at : found.start()], MARK.encode())
                at = found.end()
        if at < end:
            out.append(data[at:end])
            at = end
        return b"".join(out), at


class RedactionStream:
    """Redacts pieces: what `feed` and `finish` give back, joined, is what `redact` gives for the whole.

    Holds back at most the longest possible secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""
        self._start = 0

    def feed(self, data: bytes) -> bytes:
        """Take a piece; give back what is certain."""
        self._held += data
        end = len(self._held) - self._redactor.longest - 1
        return self._give(end) if end > self._start else b""

    def finish(self) -> bytes:
        """Give back the rest."""
        return self._give(len(self._held))

    def _give(self, end: int) -> bytes:
        out, at = self._redactor.safe(self._held, self._start, end)
        keep = max(0, at - 1)  # one byte behind, which a pattern may look back at
        self._held, self._start = self._held[keep:], at - keep
        return out


def _by_line(found: re.Match[bytes]) -> bytes:
    first, *rest = found[0].split(b"\n")
    return b"\n".join([MARK.encode() if first else b"", *(line[:1] + MARK.encode() for line in rest)])


def forms_of(value: str) -> frozenset[bytes]:
    """The forms in which a known value is searched for; none for one that is too short to be told from other words."""
    return frozenset(_forms(value.encode(errors="surrogateescape")))


def _forms(secret: bytes) -> set[bytes]:
    """How a secret may be written."""
    if len(secret) < SHORTEST:
        return set()
    import json
    from urllib.parse import quote, quote_plus

    forms = {
        secret,
        secret.strip(),
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
        secret.hex().encode(),
        json.dumps(secret.decode(errors="surrogateescape"), ensure_ascii=True)[1:-1].encode(),
    }
    for shift in range(3):
        forms |= _base64_forms(secret, shift)
    return {form for form in forms if len(form) >= SHORTEST}


def _base64_forms(secret: bytes, shift: int) -> set[bytes]:
    """The digits that base64 gives `secret` alone, whatever stands before (`shift` bytes modulo 3) and after it."""
    first = 0 if shift == 0 else shift + 1
    bits = 8 * (shift + len(secret))
    text = b2a_base64(bytes(shift) + secret)[first : bits // 6]
    return {text, text.replace(b"+", b"-").replace(b"/", b"_")} if len(text) >= 8 else set()
