"""Sign-in by a provider: whom it vouches for comes in, and nobody whom it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from oidc_provider import CLIENT, SECRET, Provider, provider
from pullwright.server.config import OidcConfig
from server_world import World


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as mind:
        yield mind


@pytest.fixture(scope="module")
def served(running: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("oidc")
    oidc = OidcConfig(
        issuer=running.issuer, client_id=CLIENT, client_secret=SECRET, create=True, domains=("example.org",), admin_group="admins"
    )
    with World.open(folder, oidc=oidc, sign_ins=1000) as world:
        yield world


@pytest.fixture
def mind(running: Provider) -> Iterator[Provider]:
    before = dict(running.claims)
    yield running
    running.claims, running.token = before, None


def come(world: World, browser: httpx.Client, after: str = "/") -> httpx.Response:
    """The whole way: begin, agree at the provider, come back."""
    begun = browser.get("/api/v1/oidc/begin", params={"after": after})
    assert begun.status_code == 302, begun.text
    back = httpx.get(begun.headers["location"]).headers["location"]
    return browser.get(back)


def test_whom_the_provider_vouches_for_is_signed_in(served: World, mind: Provider) -> None:
    with served.client() as browser:
        answer = come(served, browser, "/review/task_1")
        assert (answer.status_code, answer.headers["location"]) == (302, "/review/task_1")
        me = browser.get("/api/v1/me").json()
        assert (me["name"], me["is_admin"]) == ("grace", False)
    with served.client() as again:
        come(served, again)
        assert again.get("/api/v1/me").json()["user"] == me["user"]


def test_who_is_in_its_group_administers_until_they_leave_it(served: World, mind: Provider) -> None:
    for groups, is_admin in ((["admins"], True), ([], False)):
        mind.claims["groups"] = groups
        with served.client() as browser:
            come(served, browser)
            assert browser.get("/api/v1/me").json()["is_admin"] is is_admin


def test_nobody_becomes_a_user_without_a_verified_address_of_ours(served: World, mind: Provider) -> None:
    for more in ({"email": "mallory@evil.example"}, {"email": "mallory@example.org", "email_verified": False}):
        mind.claims |= {"sub": "u2", "preferred_username": "mallory", **more}
        with served.client() as browser:
            assert come(served, browser).status_code == 403
            assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "spoilt",
    [
        {"aud": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"nonce": "of another sign-in"},
        {"sub": None},
    ],
)
def test_a_token_for_something_else_counts_for_nothing(served: World, mind: Provider, spoilt: dict[str, object]) -> None:
    mind.claims = {name: value for name, value in {**mind.claims, **spoilt}.items() if value is not None}
    with served.client() as browser:
        assert come(served, browser).status_code == 403
        assert browser.get("/api/v1/me").status_code == 401


def test_a_token_that_the_provider_did_not_sign_counts_for_nothing(served: World, mind: Provider) -> None:
    now = int(time.time())
    claims = {"iss": mind.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, **mind.claims}
    unsigned = jwt.encode(claims, None, algorithm="none")
    shared = jwt.encode(claims, SECRET.ljust(32), algorithm="HS256", headers={"kid": mind.name})
    for token in (unsigned, shared, "no token at all"):
        mind.token = token
        with served.client() as browser:
            assert come(served, browser).status_code == 403


def test_the_provider_may_change_its_key(served: World, mind: Provider) -> None:
    mind.new_key("k2")
    with served.client() as browser:
        assert come(served, browser).status_code == 302


def test_what_did_not_begin_in_this_browser_does_not_end_in_it(served: World, mind: Provider) -> None:
    with served.client() as victim, served.client() as attacker:
        begun = attacker.get("/api/v1/oidc/begin")
        back = httpx.get(begun.headers["location"]).headers["location"]
        assert victim.get(back).status_code == 403  # nobody is signed in as the attacker by following a link
        assert attacker.get(back).status_code == 302
        assert attacker.get(back).status_code == 403  # and a code is good for once
    with served.client() as browser:
        browser.cookies.set("pullwright-oidc", "made.up")
        assert browser.get("/api/v1/oidc/callback", params={"state": "x", "code": "y"}).status_code == 403
    with served.client() as browser:
        assert come(served, browser, "https://evil.example").headers["location"] == "/"
