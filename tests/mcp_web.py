"""MCP over HTTP for tests: servers that misbehave, and one with an authorization server of its own. All on the loopback."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

Headers = dict[str, str]


class Request:
    """What came."""

    def __init__(self, method: str, path: str, headers: Headers, body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


Reply = tuple[int, Headers, bytes]
Handle = Callable[[Request], Awaitable[Reply]]


@asynccontextmanager
async def serving(handle: Handle) -> AsyncGenerator[int]:
    """An HTTP server on a free port of the loopback; gives the port."""

    connections: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            while first := (await reader.readline()).decode().split():
                headers: Headers = {}
                while line := (await reader.readline()).decode().strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, more, content = await handle(Request(first[0], first[1], headers, body))
                head = {"content-length": str(len(content)), **more}
                lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for writer in connections:
                writer.transport.abort()


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; a header's name has underscores for its hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, {"content-type": "application/json", **named}, json.dumps(value).encode()


class Mcp:
    """A server of one tool, over plain JSON answers. `trouble` is what `tools/call` gets instead."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.seen: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.seen.append(request)
        if request.method != "POST":
            return 405, {}, b""
        asked = request.json
        match asked.get("method"):
            case "initialize":
                info = {"name": "web", "version": "1"}
                version = asked["params"]["protocolVersion"]
                result: Any = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
            case "tools/list":
                result = {"tools": [{"name": "echo", "description": "Says it again.", "inputSchema": {"type": "object"}}]}
            case "tools/call":
                if self.trouble:
                    return self._troubled(asked)
                result = {"content": [{"type": "text", "text": "hi"}]}
            case _:
                if "id" not in asked:
                    return 202, {}, b""
                return as_json({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": "no such method"}})
        return as_json({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    def _troubled(self, asked: Any) -> Reply:
        text = "x" * (20_000_000 if self.trouble in ("large", "packed") else 10)
        whole = json.dumps(
            {"jsonrpc": "2.0", "id": asked["id"], "result": {"content": [{"type": "text", "text": text}]}}
        ).encode()
        match self.trouble:
            case "packed":
                return 200, {"content-type": "application/json", "content-encoding": "gzip"}, gzip.compress(whole)
            case "elsewhere":
                return 307, {"location": "http://127.0.0.2:9/mcp"}, b""
            case "events":
                said = {"method": "notifications/message", "params": {"level": "info", "data": "y" * 100_000}, "jsonrpc": "2.0"}
                event = f"event: message\ndata: {json.dumps(said)}\n\n".encode()
                return 200, {"content-type": "text/event-stream"}, event * 500
            case _:
                return 200, {"content-type": "application/json"}, whole


class Guarded:
    """The same behind a sign-in, with the authorization server beside it (RFC 9728, 8414, 7591, PKCE)."""

    def __init__(self, mcp: Mcp, issuer: str = "") -> None:
        self.mcp = mcp
        self.port = 0
        self.issuer = issuer
        self.tokens: set[str] = set()
        self.codes: dict[str, str] = {}
        self.refreshed = 0
        self.expires = 3600
        self.registers = True
        self.asked_for_tokens: list[str] = []

    async def __call__(self, request: Request) -> Reply:
        base = f"http://127.0.0.1:{self.port}"
        parts = urlsplit(request.path)
        if parts.path == "/mcp":
            if request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens:
                return await self.mcp(request)
            where = f'Bearer resource_metadata="{base}/.well-known/oauth-protected-resource/mcp"'
            return as_json({}, 401, www_authenticate=where)
        if "oauth-protected-resource" in parts.path:
            return as_json({"resource": f"{base}/mcp", "authorization_servers": [self.issuer or base]})
        if parts.path == "/.well-known/oauth-authorization-server":
            ways = {name: f"{base}/{name.removesuffix('_endpoint')}" for name in ENDPOINTS}
            return as_json({"issuer": base, **ways, **ABLE})
        if parts.path == "/registration" and not self.registers:
            return as_json({"error": "access_denied"}, 403)
        if parts.path == "/registration":
            return as_json({**request.json, "client_id": "client-1"}, 201)
        if parts.path == "/authorization":
            return 302, {"location": self.ends_at(request.path)}, b""
        self.asked_for_tokens.append(request.body.decode())
        return self._token({name: values[0] for name, values in parse_qs(request.body.decode()).items()})

    def ends_at(self, address: str) -> str:
        """Where a browser that opens the address, and whose person agrees, is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked["code_challenge"]
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def _token(self, given: dict[str, str]) -> Reply:
        if given.get("grant_type") == "authorization_code":
            digest = hashlib.sha256(given["code_verifier"].encode()).digest()
            if self.codes.pop(given["code"], "") != base64.urlsafe_b64encode(digest).decode().rstrip("="):
                return as_json({"error": "invalid_grant"}, 400)
        elif given.get("refresh_token") != "refresh-me-0123456789":
            return as_json({"error": "invalid_grant"}, 400)
        else:
            self.refreshed += 1
        token = f"access-{secrets.token_urlsafe(16)}"
        self.tokens.add(token)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires}
        return as_json({**body, "refresh_token": "refresh-me-0123456789"})


ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint")
ABLE = {
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
}
