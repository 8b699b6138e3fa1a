"""What every answer tells a browser: show this in no frame, guess no type, run nothing, send no address onwards."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For whatever is no page: it loads nothing and runs nothing. A page brings its own."""
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Adds the headers above to each answer that does not have its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def sending(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                said = {name for name, _ in message["headers"]}
                more = [pair for pair in (*HEADERS, (b"content-security-policy", POLICY)) if pair[0] not in said]
                if scope["scheme"] in ("https", "wss"):
                    more.append(HTTPS_ONLY)
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, send if scope["type"] == "lifespan" else sending)
