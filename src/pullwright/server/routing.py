"""Routes as they are declared: a path, what it is for, and a function over records.

    routes = Routes("Tasks")

    @routes.post("/tasks", status=201)
    async def dispatch(call: Call, body: TaskOrder) -> TaskView: ...

`call` is who asks and what they ask of; `body` is read strictly (`bodies.py`); every other parameter is FastAPI's: of the path
or, annotated with `Query` or `Header`, of those. The returned annotation is the answer's schema: a record, `None` (204), or a
`Response` of the kinds that `gives` names (and, with `answers`, of that record). `reads` is the record of a body that the handler
reads by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar, get_type_hints

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from pullwright.server.bodies import answer, read_body
from pullwright.server.desk import Call, desk_of
from pullwright.server.streams.socket import Before, Socket, opened

Served = Callable[[Socket], Awaitable[None]]
H = TypeVar("H", bound=Callable[..., Awaitable[Any]])

BEARER: dict[str, list[str]] = {"key": []}
COOKIE: dict[str, list[str]] = {"sign-in": []}


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One declared route, for the document and for the tests that go through all of them."""

    method: str
    path: str
    name: str
    tag: str
    status: int
    open: bool
    body: Any = None
    answers: Any = None
    gives: dict[str, Any] = {}
    example: Any = None
    form: bool = False
    raw: bool = False
    reads: Any = None
    also: tuple[int, ...] = ()


class _Declare(Protocol):
    def __call__(self, handler: H, /) -> H: ...


class Routes:
    """A group of routes with one tag. `router` is FastAPI's, `declared` says what each is."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.router = APIRouter()
        self.declared: list[Route] = []

    def get(self, path: str, **options: Any) -> _Declare:
        """Read something; changes nothing."""
        return self._declare("GET", path, **options)

    def post(self, path: str, **options: Any) -> _Declare:
        """Make something, or have something done."""
        return self._declare("POST", path, **options)

    def put(self, path: str, **options: Any) -> _Declare:
        """Set something whole."""
        return self._declare("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> _Declare:
        """Change some of it."""
        return self._declare("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> _Declare:
        """Take it away."""
        return self._declare("DELETE", path, **options)

    def socket(self, path: str, *, before: Before | None = None) -> Callable[[Served], Served]:
        """Serve a WebSocket: the function has it once it is accepted (`streams.socket`). `before` looks at who asks first."""

        def declare(handler: Served) -> Served:
            async def endpoint(websocket: WebSocket) -> None:
                async with opened(websocket, before) as socket:
                    await handler(socket)

            self.router.add_api_websocket_route(path, endpoint, name=handler.__name__)
            return handler

        return declare

    def passage(self, path: str, methods: Sequence[str], served: Callable[[Request], Awaitable[Response]]) -> None:
        """Have `served` answer whatever is asked at `path`. It is no call of the API: no document knows it; it says who may."""
        self.router.add_route(path, served, list(methods), include_in_schema=False)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        name: str = "",
        status: int = 200,
        open: bool = False,  # noqa: A002 - the word
        answers: Any = None,
        gives: dict[str, Any] | None = None,
        example: Any = None,
        form: bool = False,
        raw: bool = False,
        reads: Any = None,
        also: tuple[int, ...] = (),
    ) -> _Declare:
        def declare(handler: H, /) -> H:
            hints = get_type_hints(handler, include_extras=True)
            returned = hints.pop("return")
            none = returned is type(None)
            route = Route(
                method=method,
                path=path,
                name=name or handler.__name__,
                tag=self.tag,
                status=204 if none else status,
                open=open,
                body=hints.get("body"),
                answers=answers or (None if none or returned is Response else returned),
                gives=gives or {},
                example=example,
                form=form,
                raw=raw,
                reads=reads,
                also=also,
            )
            self.declared.append(route)
            self.router.add_api_route(
                path,
                _endpoint(handler, hints, route),
                methods=[method],
                name=route.name,
                operation_id=route.name,
                summary=_summary(handler),
                description=inspect.getdoc(handler),
                status_code=route.status,
                response_class=Response,
                response_model=None,
                responses={422: {}},
                tags=[self.tag],
            )
            return handler

        return declare


def _endpoint(handler: Callable[..., Awaitable[Any]], hints: dict[str, Any], route: Route) -> Callable[..., Awaitable[Response]]:
    """What FastAPI calls: who asks is known, the body is read, and the handler's record becomes an answer."""
    asked = inspect.signature(handler).parameters
    ours = {"call", "body"}
    queries = [
        asked[name].replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY) for name in asked if name not in ours
    ]

    async def endpoint(request: Request, **given: Any) -> Response:
        desk = desk_of(request)
        call = await desk.call(request, open=route.open)
        if "call" in asked:
            given["call"] = call
        if route.body is not None:
            given["body"] = await read_body(request, route.body)
        result = await handler(**given)
        if isinstance(result, Response):
            return result
        return Response(status_code=204) if route.status == 204 else answer(result, route.status)

    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    endpoint.__signature__ = inspect.Signature([request, *queries])  # type: ignore[attr-defined]
    endpoint.__doc__ = handler.__doc__
    endpoint.__name__ = route.name
    return endpoint


def _summary(handler: Callable[..., Any]) -> str:
    doc = inspect.getdoc(handler) or ""
    return doc.partition("\n")[0].rstrip(".")


__all__ = ["Call", "Route", "Routes"]
