"""Opening a forge from a connection's settings."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Literal

import httpx

from pullwright.forges.forge import Forge
from pullwright.forges.gitea.gitea import Gitea
from pullwright.forges.github.github import BASE, GitHub
from pullwright.forges.github.signin import AppSignIn, TokenSignIn
from pullwright.forges.gitlab.gitlab import GitLab
from pullwright.protocol.errors import FixSettings

Kind = Literal["github", "gitlab", "gitea", "git"]
AGENT = "pullwright"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)


def new_client() -> httpx.AsyncClient:
    """An HTTP client for any of the forges; the caller closes it."""
    return httpx.AsyncClient(timeout=TIMEOUT, headers={"User-Agent": AGENT}, follow_redirects=False, verify=_trust())


@cache
def _trust() -> ssl.SSLContext:
    """Whom a client trusts: reading the certificates takes 40 ms, in which nothing else goes on."""
    return httpx.create_ssl_context()


def open_forge(
    kind: Kind, client: httpx.AsyncClient, *, base_url: str = "", secret: str, app_id: str = "", installation: int = 0
) -> Forge:
    """The forge of a connection. `secret` is its token, or the App's private key when `app_id` is given.

    A plain git remote (`git`) is opened as `plain.Plain`, which needs a clone and a store. Raises `FixSettings`.
    """
    _check(base_url)
    if not secret:
        raise FixSettings("the connection has no token", fix="Give it one: see docs/forges.md for the rights that it needs.")
    if kind == "github":
        base = base_url or BASE
        return GitHub(
            client, base, AppSignIn(client, base, app_id, secret, installation) if app_id else TokenSignIn(client, base, secret)
        )
    if kind == "gitlab":
        return GitLab(client, base_url, secret)
    if kind == "gitea":
        if not base_url:
            raise FixSettings("the connection to Gitea has no address", fix="Give it as https://HOST/api/v1")
        return Gitea(client, base_url, secret)
    raise FixSettings("a plain git remote has no API to open")


def _check(base_url: str) -> None:
    if base_url and not base_url.startswith(("https://", "http://")):
        raise FixSettings(f"{base_url[:100]!r} is not the address of a forge's API", fix="Give it as https://HOST/api/…")
