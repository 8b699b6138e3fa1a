"""How the server listens, and what it allows. The settings' section `[server]` and the options of `serve` make one of these."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.server.between.peers import Network

MIB = 1 << 20


class OidcConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of sign-ins (OpenID Connect). `create`: whoever it vouches for (with a verified address of one of
    `domains`; none: any) becomes a user; else only who is one already. Who is in its group `admin_group` is an administrator."""

    issuer: str
    client_id: str
    client_secret: str = ""
    name: str = "single sign-on"
    scopes: str = "openid profile email"
    create: bool = False
    domains: tuple[str, ...] = ()
    admin_group: str = ""


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how is served. Sizes in bytes, time in seconds; `requests` and `sign_ins` are rations for a minute.

    `public_url` is the address that people use, https behind a proxy; empty: what is listened at. `hosts` are further names
    that are ours, `proxies` networks whose word on the client's address counts. `metrics_token` lets a collector read
    `/metrics` and nothing else. `socket` is a path for the command line of the same user, who needs no credential there.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    socket: Path | None = None
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    body_bytes: int = 4 * MIB
    body_seconds: float = 30.0
    webhook_bytes: int = 25 * MIB
    upload_bytes: int = 512 * MIB
    api_bytes: int = 64 * MIB
    requests: int = 1200
    sign_ins: int = 20
    sign_in_seconds: float = 14 * 86400.0
    heartbeat: float = 15.0
    drain: float = 20.0
    streams: int = 1000
    metrics_token: str = ""
    oidc: OidcConfig | None = None

    @property
    def url(self) -> str:
        """The address that people use, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def https(self) -> bool:
        """Whether people come by https."""
        return self.url.startswith("https://")

    def own_names(self) -> tuple[str, ...]:
        """Host names that are ours for certain: what people use, and what is listened at."""
        return tuple(name for name in (urlsplit(self.url).hostname, self.host) if name)

    @property
    def loopback(self) -> bool:
        """Whether only this machine is listened to."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def networks(self) -> tuple[Network, ...]:
        """The trusted proxies. Raises `FixSettings` for what is no network."""
        try:
            return tuple(ipaddress.ip_network(text, strict=False) for text in self.proxies)
        except ValueError as error:
            raise FixSettings(f"server.proxies: {error}", fix="Write addresses or networks, such as 10.0.0.0/8.") from error
