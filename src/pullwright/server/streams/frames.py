"""One event as the bytes of a server-sent event."""

from __future__ import annotations

HEARTBEAT = b": still here\n\n"
"""A comment, so that proxies and readers know that the connection lives."""


def logged(seq: int | str, data: bytes) -> bytes:
    """A frame with an id, at which a reader can resume. `data` is one line of JSON."""
    return b"id: %s\ndata: %s\n\n" % (str(seq).encode(), data)


def passing(name: str, data: bytes) -> bytes:
    """A frame of the kind `name` without an id: who resumes does not get it again."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
