"""Sign-in by an OpenID Connect provider: the code flow with PKCE, state and nonce; the identity token is verified.

`begin` sends the browser away and gives it a cookie that it must bring back; `finish` takes what it comes back with.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from typing import Any, cast

import httpx
import jwt
import msgspec
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError  # type: ignore[import-untyped]

from pullwright.protocol.errors import TryAgainLater
from pullwright.server.config import OidcConfig
from pullwright.server.problems import Refusal
from pullwright.tasks.people.identities import Vouched

COOKIE = "pullwright-oidc"
PATIENCE = 600.0
"""Seconds that a person may take at the provider."""
FRESH = 3600.0
"""Seconds for which what the provider says of itself is kept."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that has begun. It lies in the browser's cookie, sealed by a key of this process's."""

    state: str
    nonce: str
    verifier: str
    until: float
    after: str = "/"


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""


class Oidc:
    """One provider. `redirect` is our own address that it sends browsers back to; `seal` keeps cookies from being made up."""

    def __init__(self, config: OidcConfig, redirect: str, seal: bytes, client: httpx.AsyncClient) -> None:
        self.config = config
        self.redirect = redirect
        self._seal = seal
        self._client = client
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: jwt.PyJWKSet | None = None

    async def begin(self, after: str = "/") -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back. Raises `TryAgainLater`."""
        metadata = await self._known()
        begun = Begun(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            until=time.time() + PATIENCE,
            after=after,
        )
        async with self._oauth() as oauth:
            url, _ = oauth.create_authorization_url(
                metadata.authorization_endpoint, state=begun.state, code_verifier=begun.verifier, nonce=begun.nonce
            )
        return str(url), self._sealed(begun)

    async def finish(self, cookie: str, state: str, code: str) -> tuple[Vouched, str]:
        """Whom the provider vouches for, and where the person wanted to go.

        Raises `Refusal` for a cookie, state, code or token that does not belong to a sign-in that began in this browser.
        """
        begun = self._opened(cookie)
        if begun is None or begun.until < time.time() or not hmac.compare_digest(begun.state.encode(), state.encode()):
            raise _refused("this sign-in did not begin in this browser, or took too long")
        metadata = await self._known()
        claims = await self._claims(metadata, await self._exchange(metadata, code, begun.verifier), begun.nonce)
        groups = cast("object", claims.get("groups", ()))
        return (
            Vouched(
                subject=f"{metadata.issuer} {claims['sub']}",
                name=str(claims.get("preferred_username") or claims.get("email") or claims["sub"]),
                email=str(claims.get("email") or ""),
                email_verified=claims.get("email_verified") is True,
                groups=tuple(str(one) for one in cast("list[object]", groups)) if isinstance(groups, list) else (),
            ),
            begun.after,
        )

    async def _exchange(self, metadata: _Metadata, code: str, verifier: str) -> str:
        """The identity token that the code stands for."""
        async with self._oauth() as oauth:
            try:
                answer: Any = await oauth.fetch_token(metadata.token_endpoint, code=code, code_verifier=verifier)
            except httpx.HTTPError as error:
                raise _away(self.config) from error
            except (OAuthError, ValueError) as error:
                raise _refused("the provider did not accept this sign-in") from error
        token = cast("object", answer.get("id_token"))
        if not isinstance(token, str):
            raise _refused("the provider gave no identity token")
        return token

    async def _claims(self, metadata: _Metadata, token: str, nonce: str) -> dict[str, Any]:
        """The identity token's claims, verified."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._key(metadata, token),
                algorithms=ALGORITHMS,
                audience=self.config.client_id,
                issuer=metadata.issuer,
                leeway=60,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise _refused(f"the provider's token cannot be trusted: {type(error).__name__}") from error
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise _refused("the provider's token belongs to another sign-in")
        return claims

    async def _key(self, metadata: _Metadata, token: str) -> jwt.PyJWK:
        """The key that signed the token. The provider is asked for its keys anew, once, when it is not among the known ones."""
        name = jwt.get_unverified_header(token).get("kid", "")
        for again in (self._keys is None, True):
            if again:
                self._keys = jwt.PyJWKSet.from_dict(await self._get(metadata.jwks_uri))
            assert self._keys is not None
            for key in self._keys.keys:
                if key.key_id == name or (not name and len(self._keys.keys) == 1):
                    return key
        raise _refused("the provider's token is signed by a key that it does not show")

    def _oauth(self) -> Any:
        # The library's own types say nothing.
        return AsyncOAuth2Client(  # pyright: ignore[reportUnknownVariableType]
            self.config.client_id,
            self.config.client_secret or None,
            scope=self.config.scopes,
            redirect_uri=self.redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.config.client_secret else "none",
            timeout=10.0,
            trust_env=True,
        )

    async def _known(self) -> _Metadata:
        if self._metadata is None or self._metadata[0] + FRESH < time.monotonic():
            said = await self._get(f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration")
            metadata = msgspec.convert(said, _Metadata)
            if metadata.issuer.rstrip("/") != self.config.issuer.rstrip("/"):
                raise _refused(f"the provider calls itself {metadata.issuer}")
            self._metadata = (time.monotonic(), metadata)
        return self._metadata[1]

    async def _get(self, url: str) -> Any:
        try:
            answer = await self._client.get(url)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _away(self.config) from error

    def _sealed(self, begun: Begun) -> str:
        body = base64.urlsafe_b64encode(msgspec.json.encode(begun))
        return f"{body.decode()}.{hmac.new(self._seal, body, 'sha256').hexdigest()}"

    def _opened(self, cookie: str) -> Begun | None:
        body, _, seal = cookie.partition(".")
        if not hmac.compare_digest(hmac.new(self._seal, body.encode(), "sha256").hexdigest().encode(), seal.encode()):
            return None
        return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Begun)


def _refused(why: str) -> Refusal:
    return Refusal(403, why, fix="Begin again at the sign-in page.")


def _away(config: OidcConfig) -> TryAgainLater:
    return TryAgainLater(f"{config.name} does not answer", fix="Try again, or sign in with a password.")
