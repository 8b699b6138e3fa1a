"""A port of a sandbox in the person's browser: `/inside/TICKET/…` is what the server there has at `/…`.

Its pages may name things by their root (`/app.js`): such names are rewritten in HTML as it passes. What a script makes up by
itself is not; from such an origin a browser tells no `Referer` either, by which it could be led back.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import h11
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pullwright.protocol.errors import Conflict, NotFound, PullwrightError, SandboxLost
from pullwright.server.desk import Desk, desk_of
from pullwright.server.inside.exchange import OURS, Exchange, inwards, is_plain_html, outwards, rooted
from pullwright.server.pages.frame import page
from pullwright.server.pages.markup import element
from pullwright.server.problems import problem_of
from pullwright.tasks.inside.visiting import entered, find
from pullwright.tasks.inside.words import OpenPort

PREFIX = "/inside/"
MOST_HTML = 4 << 20
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "content-type, x-requested-with, if-match, if-none-match, range, cache-control, pragma",
}


async def through(request: Request) -> Response:
    """One request, in and back. Who asks is whom the ticket was given to; whatever else they bring is not looked at."""
    if request.method == "OPTIONS":
        return _ours(Response(status_code=204, headers=_PREFLIGHT))
    try:
        return await _through(request, desk_of(request), request.path_params["ticket"])
    except (NotFound, Conflict, SandboxLost) as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return _told(error)


async def _through(request: Request, desk: Desk, name: str) -> Response:
    ticket, actor = await desk.tickets.holder(name, str(request.state.address))
    desk.requests.take(f"user {actor.user_id}")
    where = await find(desk.service, actor, ticket.attempt, "task.steer")
    root = f"{PREFIX}{name}"
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = raw[len(root) :] + (b"?" + query if query else b"")
    body = await request.body()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(desk.feeds.seat(actor.user_id))
        _, line = await stack.enter_async_context(entered(desk.service, where, OpenPort(port=ticket.port)))
        exchange = Exchange(line)
        answer = await exchange.ask(
            request.method.encode(), target or b"/", inwards(request.scope["headers"], ticket.port, len(body)), body
        )
        if request.method == "GET" and is_plain_html(answer.headers):
            return await _html(exchange, answer, root, ticket.port)
        return _Passing(exchange, answer.status_code, outwards(answer.headers, root, ticket.port), stack.pop_all())


async def _html(exchange: Exchange, answer: h11.Response, root: str, port: int) -> Response:
    """A page whole, and what it names by its root below `root`. A larger one than `MOST_HTML` is cut there."""
    page_ = b""
    async for piece in exchange.body():
        page_ += piece
        if len(page_) > MOST_HTML:
            break
    response = Response(rooted(page_[:MOST_HTML], root), answer.status_code)
    headers = [pair for pair in outwards(answer.headers, root, port) if pair[0].lower() != b"content-length"]
    response.raw_headers = [*headers, (b"content-length", str(len(response.body)).encode())]
    return response


class _Passing(StreamingResponse):
    """The answer on its way; the line is closed with it, however it ends."""

    def __init__(self, exchange: Exchange, status: int, headers: list[tuple[bytes, bytes]], held: AsyncExitStack) -> None:
        super().__init__(exchange.body(), status)
        self.raw_headers = headers
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


def _ours(response: Response) -> Response:
    response.raw_headers += [pair for pair in OURS if pair[0] != b"cache-control"]
    return response


def _told(error: PullwrightError) -> Response:
    """For a person, who came by a link."""
    return page("Nothing to see here", element("p", f"{error}."), element("p", error.fix), status=problem_of(error, "").status)
