"""What a script says, shown line by line as it comes, without secrets.

A `RedactionStream` holds back as much as the longest thing that it might have to take out, 16 KiB: a person who looks on would
see nothing of a short script. Here whole lines are shown at once, since a value of one line cannot be cut by that; what may go
on over lines (a PEM key, a value with line breaks) is held back.
"""

from __future__ import annotations

from collections.abc import Iterable

from pullwright.tools.redaction import Redactor, forms_of

LONGEST_LINE = 64 << 10
"""Bytes of a line without an end from which on its beginning is shown."""
LONGEST_KEY = 16 << 10
_BEGIN, _END = b"-----BEGIN ", b"-----END "


class Telling:
    """Takes pieces of output, gives back what may be shown. `secrets` are the known values."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(secrets)
        self._redactor = Redactor(known)
        self._over_lines = max((len(form) for value in known for form in forms_of(value) if b"\n" in form), default=0)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """A piece; the lines that are whole now."""
        self._held += data
        held = self._held
        end = _line_end(held, len(held) - self._over_lines)
        begin = held.rfind(_BEGIN, 0, end)
        if begin >= 0 and _END not in held[begin:end] and len(held) - begin < LONGEST_KEY:
            end = begin
        if not end and len(held) > LONGEST_LINE:
            end = max(0, len(held) - self._redactor.longest)
        shown, at = self._redactor.safe(held, 0, end)  # a value that goes over the end is taken whole
        self._held = held[at:]
        return shown

    def finish(self) -> bytes:
        """The rest."""
        held, self._held = self._held, b""
        return self._redactor.redact(held)


def _line_end(data: bytes, before: int) -> int:
    return max(data.rfind(b"\n", 0, max(0, before)), data.rfind(b"\r", 0, max(0, before))) + 1
