"""An OpenID Connect provider: discovery, keys, the code flow with PKCE. It checks all that a client must send (RFC 6749, 7636).

What it vouches for is `claims`; a test spoils that (`claims`), the key (`key`), or the whole token (`token`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "pullwright"
SECRET = "between us two"


class Provider:
    """The provider's mind."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {
            "sub": "u1",
            "preferred_username": "grace",
            "email": "grace@example.org",
            "email_verified": True,
        }
        self.token: str | None = None
        self.asked: dict[str, dict[str, str]] = {}
        self.new_key("k1")

    def new_key(self, name: str) -> None:
        """Sign with another key from now on."""
        self.name = name
        self.key = rsa.generate_private_key(65537, 2048)

    def jwks(self) -> dict[str, Any]:
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**shown, "kid": self.name, "use": "sig", "alg": "RS256"}]}

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent, the person having agreed."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={quote(asked['state'])}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token for a code, once."""
        right = base64.b64encode(f"{CLIENT}:{quote(SECRET)}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization not in (f"Basic {right}", f"Basic {plain}"):
            return 401, {"error": "invalid_client"}
        asked = self.asked.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code" or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.token or self.sign(asked.get("nonce", ""))}

    def sign(self, nonce: str) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        return jwt.encode({**usual, **self.claims}, self.key, algorithm="RS256", headers={"kid": self.name})


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider on a loopback port."""
    mind = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._answer(200, mind.metadata())
                case "/keys":
                    self._answer(200, mind.jwks())
                case "/authorize":
                    self.send_response(302)
                    self.send_header("Location", mind.authorize(asked))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    self._answer(404, {})

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            said = {name: values[0] for name, values in form.items()}
            self._answer(*mind.exchange(said, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mind.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield mind
        finally:
            server.shutdown()
            thread.join()
