"""The outermost layer: each request has an id, ends in one line of the access log, and never shows the inside of a bug."""

from __future__ import annotations

import logging
import re
import time

from opentelemetry import trace
from sqlalchemy.exc import DataError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pullwright.protocol.errors import Bug, PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.server.problems import Refusal, answered, broken, refused
from pullwright.server.responses import errors as openai
from pullwright.server.telemetry.metrics import Metrics

ACCESS = logging.getLogger("pullwright.access")
TROUBLE = logging.getLogger("pullwright.server")
TRACER = trace.get_tracer("pullwright.server")

BEGINS = ("http.response.start", "websocket.http.response.start", "websocket.accept")
"""Messages with which an answer begins."""

_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class Outermost:
    """Around everything else. `scope["state"]["request"]` is the request's id: the proxy's, where it is a plain one, or ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = said.decode() if _ID.fullmatch(said) else new_id("req")
        scope.setdefault("state", {})["request"] = request_id
        began = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] in BEGINS:
                status = message.get("status", 101)
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                if openai.spoken_at(scope["path"]):
                    spent = round((time.perf_counter() - began) * 1000)
                    message["headers"].append((b"openai-processing-ms", str(spent).encode()))
            elif message["type"] == "websocket.close":  # before it was accepted, the server makes a plain refusal of it
                status = status or 403
            await send(message)

        method = method_of(scope)
        with TRACER.start_as_current_span(method, kind=trace.SpanKind.SERVER) as span:
            try:
                await self.app(scope, receive, sending)
            except DataError:
                refusal = Refusal(422, "a value is longer, or larger, than can be kept", fix="Shorten it.")
                await self._failed(refusal, request_id, bool(status), scope, receive, sending)
            except Exception as error:
                await self._failed(error, request_id, bool(status), scope, receive, sending)
            finally:
                route = route_of(scope)
                seconds = time.perf_counter() - began
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.request.method": method, "http.route": route, "http.status_code": status})
                self.metrics.answered(method, route, status, seconds)
                _tell(scope, route, status, seconds)

    async def _failed(self, error: Exception, request_id: str, begun: bool, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for `error`, unless the answer has begun: then the connection ends, and the reader sees that it was cut."""
        known = isinstance(error, PullwrightError)
        if not known or begun:
            TROUBLE.error("request %s broke", request_id, exc_info=error)
        if begun:
            raise error
        await _answer(scope["path"], error, request_id)(scope, receive, send)


def _answer(path: str, error: Exception, request_id: str) -> Response:
    """The refusal, in the words of who is spoken to."""
    if openai.spoken_at(path):
        return openai.refused(error if isinstance(error, PullwrightError) else Bug("broken"), request_id)
    return refused(error, request_id) if isinstance(error, PullwrightError) else answered(broken(request_id))


def route_of(scope: Scope) -> str:
    """The route's path as declared, so that no id and no secret of an address is kept anywhere."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "(none)"


def method_of(scope: Scope) -> str:
    """The method; a WebSocket has none."""
    return scope["method"] if scope["type"] == "http" else "WEBSOCKET"


def _tell(scope: Scope, route: str, status: int, seconds: float) -> None:
    state = scope["state"]
    ACCESS.info(
        "%s %s %d",
        method_of(scope),
        route,
        status,
        extra={
            "request": state["request"],
            "method": method_of(scope),
            "route": route,
            "status": status,
            "seconds": round(seconds, 4),
            "address": state.get("address", ""),
            "user": state.get("user", ""),
            "key": state.get("key", ""),
        },
    )
