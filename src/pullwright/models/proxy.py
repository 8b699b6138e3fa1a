"""The way through a company's proxy.

    proxy_for(url, environ)     which proxy, if any: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
    open_tunnel(proxy, …)       CONNECT, then TLS to the server through it

Names are read in lower case first, as curl does. Credentials in the proxy's URL become `Proxy-Authorization`.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pullwright.models.tls import trust
from pullwright.protocol.errors import FixSettings

MAX_HEAD = 65536
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""A connection's two directions."""


class Proxy:
    """A proxy's address and the headers that it wants. `repr` hides the credential."""

    def __init__(self, host: str, port: int, *, tls: bool = False, headers: Mapping[str, str] | None = None) -> None:
        self.host = host
        self.port = port
        self.tls = tls
        self.headers: dict[str, str] = dict(headers or {})

    def __repr__(self) -> str:
        return f"Proxy({self.host}:{self.port})"


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for `url`, None for a direct connection. Raises `FixSettings` on a proxy that we cannot speak to."""
    target = urlsplit(url)
    host = target.hostname or ""
    setting = _setting(environ, f"{target.scheme}_proxy") or _setting(environ, "all_proxy")
    if not setting or _direct(host, target.port, _setting(environ, "no_proxy")):
        return None
    parts = urlsplit(setting if "://" in setting else f"http://{setting}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FixSettings(
            f"a proxy of kind {parts.scheme!r} is not supported", fix="set HTTPS_PROXY to an http:// or https:// proxy"
        )
    headers: dict[str, str] = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["proxy-authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    tls = parts.scheme == "https"
    return Proxy(parts.hostname, parts.port or (443 if tls else 80), tls=tls, headers=headers)


def _setting(environ: Mapping[str, str], name: str) -> str:
    if name == "http_proxy" and "REQUEST_METHOD" in environ:  # a CGI request's `Proxy:` header would land in HTTP_PROXY
        return environ.get(name, "")
    return environ.get(name) or environ.get(name.upper()) or ""


def _direct(host: str, port: int | None, no_proxy: str) -> bool:
    for entry in no_proxy.replace(",", " ").split():
        if entry == "*":
            return True
        name, _, wanted_port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
        if wanted_port and wanted_port != str(port):
            continue
        name = name.lstrip("*").lstrip(".").lower()
        if host == name or host.endswith("." + name) or _in_network(host, name):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    try:
        return "/" in network and ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


async def open_tunnel(proxy: Proxy, host: str, port: int, context: ssl.SSLContext | None, environ: Mapping[str, str]) -> Streams:
    """A TLS connection to `host` through `proxy`. Raises `OSError` when the proxy refuses, `FixSettings` on 407."""
    assert context is not None
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=trust(environ) if proxy.tls else None)
    try:
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        fields = {"host": authority, **proxy.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"CONNECT {authority} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
        await writer.drain()
        _check(await _read_head(reader), proxy)
        await writer.start_tls(context, server_hostname=host)
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        head += line
        if not line or len(head) > MAX_HEAD:
            raise ConnectionError("the proxy closed the connection")
    return head


def _check(head: bytes, proxy: Proxy) -> None:
    status = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)[1:]
    code = status[0] if status else "nothing"
    if code == "407":
        raise FixSettings(
            f"the proxy {proxy.host}:{proxy.port} wants a login (407)", fix="put user:password@ into HTTPS_PROXY's URL"
        )
    if not code.startswith("2"):
        raise ConnectionError(f"the proxy {proxy.host}:{proxy.port} answered {' '.join(status) or 'nothing'}")
