"""The pages with which somebody comes in: by password, by provider, for the first time, by a one-time link."""

from __future__ import annotations

from starlette.responses import Response

from pullwright.server.pages.frame import button, field, form, page
from pullwright.server.pages.markup import Markup, element


def sign_in_page(after: str, *, provider: str = "", wrong: str = "") -> Response:
    """Name and password, and the provider where there is one. `after` is the page to go on to."""
    other = element("p", element("a", f"Sign in with {provider}", href="/api/v1/oidc/begin")) if provider else None
    body = form(
        "/sign-in",
        element("input", type="hidden", name="after", value=after),
        field("Name", "name", complete="username"),
        field("Password", "password", type="password", complete="current-password"),
        button("Sign in"),
    )
    return page("Sign in", _wrong(wrong), body, other, status=401 if wrong else 200)


def first_run_page(token: str, *, wrong: str = "") -> Response:
    """Name and password of the first administrator."""
    return _coming_in(
        "Welcome",
        "You become this service's administrator.",
        "/first-run",
        token,
        wrong,
        field("Name", "name", complete="username"),
    )


def welcome_page(token: str, *, wrong: str = "") -> Response:
    """A password, for who came by a one-time link."""
    return _coming_in("Welcome", "Choose the password that you will sign in with.", "/welcome", token, wrong)


def _coming_in(title: str, words: str, action: str, token: str, wrong: str, *fields: Markup) -> Response:
    body = form(
        action,
        element("input", type="hidden", name="token", value=token),
        *fields,
        field("Password", "password", type="password", complete="new-password"),
        button("Go on"),
    )
    return page(title, element("p", words), _wrong(wrong), body, status=422 if wrong else 200)


def _wrong(words: str) -> Markup | None:
    return element("p", words, class_="wrong", role="alert") if words else None
