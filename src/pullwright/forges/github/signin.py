"""Signing in at GitHub: as an App, with a token for each repository that lives an hour, or with a token that a person made."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import httpx
import jwt

from pullwright.forges.github.records import App, Installation, InstallationToken, User
from pullwright.forges.http import ForgeHttp
from pullwright.protocol.errors import FixSettings, NotFound
from pullwright.workspace.clone import Credential

ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
BEFORE_EXPIRY = 300.0
"""Seconds before its end from which a token is not used any more: a push may take that long."""

Held = dict[str, tuple[str, float]]
_HELD: dict[str, Held] = {}
"""Tokens that live, by App and key and then by repository: a process signs in to an App in many places, and GitHub counts."""


class SignIn(Protocol):
    """A way to sign in."""

    app: bool

    async def headers(self, slug: str) -> Mapping[str, str]:
        """The headers of a request about a repository (empty: about none)."""
        ...

    async def credential(self, slug: str) -> Credential:
        """What git signs in with."""
        ...

    async def login(self) -> str:
        """The login."""
        ...

    def forget(self, slug: str) -> None:
        """GitHub has refused what `headers` gave: do not use it again."""
        ...

    def secrets(self) -> Sequence[str]:
        """What no message may show."""
        ...


class TokenSignIn:
    """With a personal access token, classic or fine-grained."""

    app = False

    def __init__(self, client: httpx.AsyncClient, base: str, token: str) -> None:
        self._token = token
        self._base = base
        self._http = ForgeHttp(client, base, lambda: self.headers(""), self.secrets)
        self._login = ""

    async def headers(self, slug: str) -> Mapping[str, str]:
        """The same for every repository."""
        return {**ACCEPT, "Authorization": f"Bearer {self._token}"}

    async def credential(self, slug: str) -> Credential:
        """The token itself."""
        return Credential(username="x-access-token", password=self._token, over_http=self._base.startswith("http://"))

    async def login(self) -> str:
        """The token's owner."""
        if not self._login:
            self._login = (await self._http.get("/user", User)).login
        return self._login

    def forget(self, slug: str) -> None:
        """There is no other."""

    def secrets(self) -> Sequence[str]:
        """The token."""
        return [self._token]


class AppSignIn:
    """As a GitHub App: its key signs a short word, which gets a token for one repository of one installation."""

    app = True

    def __init__(self, client: httpx.AsyncClient, base: str, app_id: str, key: str, installation: int = 0) -> None:
        self._app_id, self._key, self._installation = app_id, key, installation
        self._base = base
        whose = "\n".join((base, app_id, str(installation), key))
        self._tokens = _HELD.setdefault(hashlib.sha256(whose.encode()).hexdigest(), {})
        self._alone = asyncio.Lock()
        self._http = ForgeHttp(client, base, self._as_app, self.secrets)
        self._login = ""

    async def headers(self, slug: str) -> Mapping[str, str]:
        """With the repository's token; where none is named, with one for the whole installation."""
        token, _ = await self._token(slug)
        return {**ACCEPT, "Authorization": f"Bearer {token}"}

    async def credential(self, slug: str) -> Credential:
        """A token for this repository alone."""
        token, expires = await self._token(slug)
        return Credential(username="x-access-token", password=token, expires=expires, over_http=self._base.startswith("http://"))

    async def login(self) -> str:
        """An App comments as `slug[bot]`."""
        if not self._login:
            self._login = f"{(await self._http.get('/app', App)).slug}[bot]"
        return self._login

    def forget(self, slug: str) -> None:
        """Drop the repository's token: somebody has revoked it."""
        self._tokens.pop(slug, None)

    def secrets(self) -> Sequence[str]:
        """All tokens that are held, and the key."""
        return [self._key, *(token for token, _ in self._tokens.values())]

    async def _token(self, slug: str) -> tuple[str, float]:
        async with self._alone:
            held = self._tokens.get(slug)
            if held is None or held[1] - BEFORE_EXPIRY < time.time():
                body: dict[str, object] = {"repositories": [slug.partition("/")[2]]} if slug else {}
                path = f"/app/installations/{await self._installed(slug)}/access_tokens"
                made = await self._http.write("POST", path, InstallationToken, body)
                held = (made.token, datetime.fromisoformat(made.expires_at).timestamp())
                self._let_go()
                self._tokens[slug] = held
            return held

    def _let_go(self) -> None:
        for slug in [slug for slug, (_, expires) in self._tokens.items() if expires < time.time()]:
            del self._tokens[slug]

    async def _installed(self, slug: str) -> int:
        if self._installation:
            return self._installation
        if not slug:
            async for found in self._http.pages("/app/installations", list[Installation], per_page=1):
                if found:
                    return found[0].id
            raise FixSettings("the GitHub App is installed nowhere", fix="Install it on the repositories that it may work on.")
        try:
            return (await self._http.get(f"/repos/{slug}/installation", Installation)).id
        except NotFound:
            raise FixSettings(
                f"the GitHub App is not installed on {slug}", fix="Install it there: its settings, Install App."
            ) from None

    async def _as_app(self) -> Mapping[str, str]:
        now = int(time.time())
        try:
            word = jwt.encode({"iat": now - 60, "exp": now + 540, "iss": self._app_id}, self._key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise FixSettings(
                "the GitHub App's private key cannot be read", fix="Give the connection the .pem file's text as GitHub made it."
            ) from None
        return {**ACCEPT, "Authorization": f"Bearer {word}"}
