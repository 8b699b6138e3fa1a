"""The app: every route, what lies between, and the document that describes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from pullwright.server.between.ceilings import Ceilings
from pullwright.server.between.headers import Headers
from pullwright.server.between.outermost import Outermost
from pullwright.server.between.peers import Peers
from pullwright.server.config import ServerConfig
from pullwright.server.desk import Desk
from pullwright.server.document import describe
from pullwright.server.problems import TITLES, Field, answered, problem
from pullwright.server.responses import errors as openai
from pullwright.server.routes.handing import HANDOVER
from pullwright.server.routing import Route, Routes
from pullwright.server.table import GROUPS


def make_app(desk: Desk) -> FastAPI:
    """The app over `desk`. It opens the desk's feeds when it starts, and ends them when it stops."""
    app = FastAPI(
        title="Pullwright",
        version=desk.service.config.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(desk),
        middleware=_between(desk),
        exception_handlers={HTTPException: _http, RequestValidationError: _invalid},  # type: ignore[dict-item]
    )
    app.state.desk = desk
    for group in GROUPS:
        app.include_router(group.router)
    app.openapi = describe(app, declared(GROUPS))  # type: ignore[method-assign]
    return app


def declared(groups: tuple[Routes, ...]) -> list[Route]:
    """Every route of the groups."""
    return [route for group in groups for route in group.declared]


def _lifespan(desk: Desk) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.feeds:
            yield

    return lifespan


def _between(desk: Desk) -> list[Middleware]:
    config: ServerConfig = desk.config
    return [
        Middleware(Headers),
        Middleware(Outermost, metrics=desk.metrics),
        Middleware(Peers, proxies=config.networks(), hosts=(*config.hosts, *config.own_names()), settled=lambda: desk.settled),
        Middleware(
            Ceilings,
            patience=config.body_seconds,
            most=config.body_bytes,
            larger={"/webhooks/": config.webhook_bytes, HANDOVER: config.upload_bytes, openai.PREFIX: config.api_bytes},
        ),
    ]


async def _http(request: Request, error: HTTPException) -> Response:
    """What the router itself refuses: no such address, or not in this way."""
    fix = "GET /api/v1/openapi.json lists every address." if error.status_code in (404, 405) else ""
    detail = TITLES.get(error.status_code, str(error.detail)).lower()
    if openai.spoken_at(request.url.path):
        return openai.answered(
            error.status_code, f"{detail}: {request.method} {request.url.path}", headers=dict(error.headers or {})
        )
    return answered(problem(error.status_code, detail, fix, request.state.request), error.headers or {})


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """A parameter of path, query or header that is not what it must be."""
    fields = tuple(Field(".".join(str(part) for part in one["loc"]), str(one["msg"])) for one in error.errors())
    detail = "; ".join(f"{field.at}: {field.message}" for field in fields)
    if openai.spoken_at(request.url.path):
        return openai.answered(400, detail, param=fields[0].at.rpartition(".")[2] if fields else None)
    return answered(problem(422, detail, "Correct the parameter and send it again.", request.state.request, fields))
