"""Who is at the other end of a connection, and which host they meant to reach.

A proxy's word (`X-Forwarded-For`, `X-Forwarded-Proto`) counts only from the networks that the settings name. Until there is an
administrator who can sign in, nobody is answered but this machine. A host name that is not ours is refused: it may have been
pointed here by a page in somebody's browser (DNS rebinding); a plain address cannot be.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeGuard
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from pullwright.server.problems import Refusal

UNIX = "unix"
"""The client's address, in `scope["client"]`, of who came through the unix socket; its port is then the peer's uid."""

LOCAL_NAMES = ("localhost", "localhost.localdomain")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Peers:
    """Sets `state["address"]`, and corrects `scope["scheme"]`. `settled` says whether an administrator can sign in."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: Sequence[Network],
        hosts: Sequence[str],
        settled: Callable[[], bool],
    ) -> None:
        self.app = app
        self.proxies = proxies
        self.hosts = {*LOCAL_NAMES, *(host.lower() for host in hosts)}
        self.settled = settled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] in ("http", "websocket"):
            self._look(scope)
        await self.app(scope, receive, send)

    def _look(self, scope: Scope) -> None:
        client = scope.get("client") or ("", 0)
        if client[0] == UNIX:
            scope["state"]["address"] = UNIX
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        peer = parsed(client[0])
        address = self._behind(peer, headers, scope)
        scope["state"]["address"] = str(address or "")
        if not self.settled() and not (local(peer) and local(address)):
            raise Refusal(
                403,
                "until there is an administrator, only this machine itself is served",
                fix="On that machine, open the link that `pullwright serve` printed, or run `pullwright admin create-user`.",
            )
        self._meant(headers.get(b"host", ""))

    def _behind(self, peer: Address | None, headers: dict[bytes, str], scope: Scope) -> Address | None:
        """The address that a trusted proxy speaks for: the last in its list that is no proxy of ours."""
        if not self._trusted(peer):
            return peer
        if headers.get(b"x-forwarded-proto", "").lower() == "https":
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"
        for said in reversed(headers.get(b"x-forwarded-for", "").split(",")):
            if (address := parsed(said.strip())) is None:
                break
            peer = address
            if not self._trusted(address):
                break
        return peer

    def _trusted(self, peer: Address | None) -> bool:
        return peer is not None and any(peer.version == one.version and peer in one for one in self.proxies)

    def _meant(self, host: str) -> None:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            name = ""
        if not name or (parsed(name) is None and name not in self.hosts):
            raise Refusal(
                421, "this host name is not served here", fix="Add it to the setting server.hosts, or set server.public_url."
            )


def parsed(text: str) -> Address | None:
    """The address that `text` writes; an IPv4 one within IPv6 as what it is. None for anything else."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def local(address: Address | None) -> TypeGuard[Address]:
    """Whether `address` is this machine's loopback."""
    return address is not None and address.is_loopback
