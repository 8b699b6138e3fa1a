"""The OpenAPI document: FastAPI's paths and parameters, with the schemas of our records, every error, and who may call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pullwright.server.bodies import can_be_left_out
from pullwright.server.problems import MEDIA_TYPE, TITLES, Problem
from pullwright.server.responses.errors import ErrorBody, spoken_at
from pullwright.server.responses.records import OPEN
from pullwright.server.routing import Route

PREFIX = "/api/v1"
REFERENCE = "#/components/schemas/{name}"

ABOUT = """\
Everything that Pullwright's task service does, as HTTP. Sign in with a key (`Authorization: Bearer pw_…`), or as a browser
does: with the cookie that `POST /api/v1/sign-in` sets and, for whatever changes something, its `csrf` in `X-CSRF-Token`.

At `/v1` OpenAI's Responses API is spoken, with its errors. Elsewhere errors are `application/problem+json`, and say in `fix` what
to do; fields that nobody knows are refused; times are in seconds since 1970, money is in US dollars.
"""

SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `pullwright admin create-key`."},
    "sign-in": {"type": "apiKey", "in": "cookie", "name": "pullwright", "description": "The cookie of a sign-in."},
}


def describe(app: FastAPI, declared: Sequence[Route]) -> Callable[[], dict[str, Any]]:
    """A function that gives the document of `app`, made once."""
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(_document(app, declared))
        return made

    return document


def _document(app: FastAPI, declared: Sequence[Route]) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
    kinds = _kinds(declared)
    schemas, components = msgspec.json.schema_components([Problem, ErrorBody, *kinds], ref_template=REFERENCE)
    schema_of = dict(zip([Problem, ErrorBody, *kinds], schemas, strict=True))
    for route in declared:
        operation = document["paths"][route.path.replace(":path", "")][route.method.lower()]
        _complete(operation, route, schema_of)
    document["components"] = {
        "schemas": {name: schema if name in OPEN else _closed(schema) for name, schema in components.items()},
        "securitySchemes": SCHEMES,
    }
    return document


def _kinds(declared: Sequence[Route]) -> list[Any]:
    found: list[Any] = []
    for route in declared:
        for kind in (route.body, route.reads, route.answers):
            if kind is not None and kind not in found:
                found.append(kind)
    return found


def _complete(operation: dict[str, Any], route: Route, schema_of: dict[Any, Any]) -> None:
    """Body, answers and security of one operation."""
    operation["security"] = [] if route.open else [{"key": []}, {"sign-in": []}]
    body = route.body or route.reads
    if body is not None:
        content: dict[str, Any] = {"schema": schema_of[body]}
        if route.example is not None:
            content["example"] = msgspec.to_builtins(route.example)
        operation["requestBody"] = {"required": not can_be_left_out(body), "content": {"application/json": content}}
    if route.form:
        fields = {"type": "object", "additionalProperties": {"type": "string"}}
        operation["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": fields}}}
    if route.raw:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {}}}}
    good: dict[str, Any] = {"description": "Done" if route.status == 204 else "The answer"}
    given = dict(route.gives)
    if route.answers is not None:
        given["application/json"] = schema_of[route.answers]
    if given:
        good["content"] = {media: {"schema": schema} for media, schema in given.items()}
    responses: dict[str, Any] = {str(route.status): good}
    responses |= {str(status): {"description": "Go on there"} for status in route.also}
    refusal = {MEDIA_TYPE: {"schema": schema_of[Problem]}}
    if spoken_at(route.path):
        refusal = {"application/json": {"schema": schema_of[ErrorBody]}}
    for status in _failures(route):
        responses[str(status)] = {"description": TITLES[status], "content": refusal}
    operation["responses"] = responses


def _failures(route: Route) -> list[int]:
    """The statuses with which a request can be refused."""
    statuses = {400, 401, 403, 404, 408, 409, 413, 415, 421, 422, 429, 503}
    if spoken_at(route.path):
        statuses.add(502)
    if route.body is None and not route.form:
        statuses.discard(415)
    return sorted(statuses)


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A record's schema says that it has no other fields than these: so are requests read, and answers made."""
    if "properties" in schema:
        return {**schema, "additionalProperties": False}
    return schema
