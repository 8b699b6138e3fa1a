"""Whether what a browser sends comes from our own pages. A cookie goes along with requests that other sites' pages make.

Two guards, each of which is enough: the sign-in's own token in `X-CSRF-Token` (or a form's field `csrf`), which no other site
can read; and `Origin`, which the browser sets and no page can change.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from pullwright.server.problems import Refusal

HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Guard = Callable[[HTTPConnection, str, str], None]
"""Raises `Refusal` for a request that must not count: (request, what it brings as token, what the sign-in's is)."""


def guard(request: HTTPConnection, brought: str, token: str) -> None:
    """The guard: token and origin, for whatever changes something. A page cannot bring a token to a WebSocket, and any page can
    open one: there the origin must be told."""
    if request.scope["type"] == "websocket":
        same_origin(request, needed=True)
        return
    if request.scope["method"] in SAFE:
        return
    same_origin(request)
    if not token or not hmac.compare_digest(brought.encode(), token.encode()):
        raise Refusal(
            403,
            "this request carries a cookie, but not the sign-in's CSRF token",
            fix="Send the `csrf` of GET /api/v1/me as X-CSRF-Token; programs better use an API key.",
        )


def same_origin(request: HTTPConnection, *, needed: bool = False) -> None:
    """Raise `Refusal` when a browser says that the request comes from elsewhere; with `needed`, also when nothing says so."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    if site in ("cross-site", "same-site") or (origin and not ours(request, origin)):
        raise Refusal(403, f"this request was made by a page of {origin or 'another site'}", fix="Use Pullwright's own pages.")
    if needed and not site and not origin:
        raise Refusal(403, "nothing says which page made this request", fix="Send Origin, or use the API with a key.")


def ours(request: HTTPConnection, origin: str) -> bool:
    """Whether `origin` is where we are served: the public address, or the very host that was asked."""
    said = urlsplit(origin)
    public = urlsplit(str(request.app.state.desk.config.url))
    host = request.headers.get("host", "").lower()
    scheme = {"ws": "http", "wss": "https"}.get(request.url.scheme, request.url.scheme)
    return (said.scheme, said.netloc.lower()) in {(public.scheme, public.netloc.lower()), (scheme, host)}
