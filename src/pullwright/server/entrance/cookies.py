"""The cookie of a sign-in: kept from scripts and other sites, and bound to this very host where people come by https."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from pullwright.server.config import ServerConfig

NAME = "pullwright"


def cookie_name(config: ServerConfig) -> str:
    """`__Host-` has the browser refuse the cookie from any other host and over plain http."""
    return f"__Host-{NAME}" if config.https else NAME


def token_in(request: HTTPConnection, config: ServerConfig) -> str:
    """The sign-in's token that the request brings; empty: none."""
    return request.cookies.get(cookie_name(config), "")


def put_cookie(response: Response, config: ServerConfig, token: str, seconds: float) -> None:
    """Have the browser keep `token`."""
    response.set_cookie(
        cookie_name(config), token, max_age=int(seconds), path="/", secure=config.https, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, config: ServerConfig) -> None:
    """Have the browser forget it."""
    response.delete_cookie(cookie_name(config), path="/", secure=config.https, httponly=True, samesite="lax")
