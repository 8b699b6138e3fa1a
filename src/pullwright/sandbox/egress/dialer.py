"""The outgoing side: from an allowed name to a connected socket, in the host's network.

A name is resolved once, every address that it has is checked, and the connection goes to exactly the checked
address, so that a name that changes its mind (DNS rebinding) gains nothing. Where the host itself goes out through a
proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), the name goes to that proxy, which resolves it by its own lights.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.addresses import is_address, is_never_allowed, is_public
from pullwright.sandbox.egress.refusal import Refused, Unreachable, printable
from pullwright.sandbox.egress.rules import Destination

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A name and port to addresses as text, in order of preference. Raises `OSError` where there are none."""


class HostProxy(msgspec.Struct, frozen=True):
    """The proxy that the host itself goes out through."""

    host: str
    port: int
    authorization: str = ""


class Dialer:
    """Connects to destinations that a rule allows."""

    def __init__(self, environ: Mapping[str, str], *, resolve: Resolve | None = None, seconds: float = 10.0) -> None:
        self._environ = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy") and value}
        self._resolve = resolve or resolve_by_host
        self._seconds = seconds

    async def dial(self, destination: Destination, rule: NetworkRule) -> socket.socket:
        """A connected non-blocking socket to the destination itself, tunnelled through the host's proxy where it has one.

        The caller closes it. Raises `Refused` for a private address, `Unreachable` when nothing answers.
        """
        proxy = self.proxy_for(destination, secure=True)
        if proxy is None:
            return await self._connect(destination, await self.allowed_addresses(destination, rule), destination.port)
        await self._check_where_known(destination, rule)
        sock = await self.dial_proxy(proxy)
        try:
            async with asyncio.timeout(self._seconds):
                await _ask_for_tunnel(sock, destination, proxy)
        except BaseException as error:
            sock.close()
            if isinstance(error, (OSError, TimeoutError)):
                raise Unreachable(f"the host's own proxy {proxy.host}:{proxy.port} gave no tunnel") from error
            raise
        return sock

    async def dial_plain(self, destination: Destination, rule: NetworkRule) -> tuple[socket.socket, HostProxy | None]:
        """The same for plain HTTP; where a proxy is named, the request must be sent to it in absolute form."""
        proxy = self.proxy_for(destination, secure=False)
        if proxy is None:
            return await self._connect(destination, await self.allowed_addresses(destination, rule), destination.port), None
        await self._check_where_known(destination, rule)
        return await self.dial_proxy(proxy), proxy

    async def dial_check(self, destination: Destination, rule: NetworkRule) -> None:
        """Check the addresses without connecting, for what connects only when a request has come. Raises `NotServed`."""
        if self.proxy_for(destination, secure=destination.port != 80) is None:
            await self.allowed_addresses(destination, rule)
        else:
            await self._check_where_known(destination, rule)

    async def dial_proxy(self, proxy: HostProxy) -> socket.socket:
        """A connected socket to the host's own proxy. Raises `Unreachable`."""
        where = Destination(proxy.host, proxy.port)
        addresses: Sequence[str] = (proxy.host,)
        if not is_address(proxy.host):
            try:
                async with asyncio.timeout(self._seconds):
                    addresses = await self._resolve(proxy.host, proxy.port)
            except (OSError, TimeoutError) as error:
                raise Unreachable(f"the host's own proxy {where} cannot be resolved") from error
        return await self._connect(where, addresses, proxy.port)

    async def allowed_addresses(self, destination: Destination, rule: NetworkRule) -> Sequence[str]:
        """All addresses of the name, each of them allowed. Raises `Refused` when one is not, `Unreachable` for none."""
        if destination.literal:
            addresses: Sequence[str] = (destination.host,)
        else:
            try:
                async with asyncio.timeout(self._seconds):
                    addresses = await self._resolve(destination.host, destination.port)
            except (OSError, TimeoutError) as error:
                raise Unreachable(f"{destination.host} cannot be resolved") from error
        if not addresses:
            raise Unreachable(f"{destination.host} has no address")
        for address in addresses:
            _check(address, destination, rule)
        return addresses

    async def _check_where_known(self, destination: Destination, rule: NetworkRule) -> None:
        """Behind a proxy a name often has no address here; where it has one, it is checked all the same."""
        try:
            await self.allowed_addresses(destination, rule)
        except Unreachable:
            return

    async def _connect(self, destination: Destination, addresses: Sequence[str], port: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        fault: Exception | None = None
        for address in addresses[:4]:
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                async with asyncio.timeout(self._seconds):
                    await loop.sock_connect(sock, (address, port))
            except (OSError, TimeoutError) as error:
                sock.close()
                fault = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        status = 504 if isinstance(fault, TimeoutError) else 502
        raise Unreachable(f"{destination} does not answer ({type(fault).__name__})", status=status) from fault

    def proxy_for(self, destination: Destination, *, secure: bool) -> HostProxy | None:
        """The host's own proxy for this destination, or None. Raises `Unreachable` for a kind that cannot be chained."""
        names = ("https_proxy", "all_proxy") if secure else ("http_proxy", "all_proxy")
        url = next((self._environ[name] for name in names if name in self._environ), "")
        if not url or _bypassed(destination, self._environ.get("no_proxy", "")):
            return None
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme != "http" or not parts.hostname:
            raise Unreachable(
                f"the host's own proxy is of kind {printable(parts.scheme)}, which cannot be chained", fix="name an http:// proxy"
            )
        authorization = ""
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        return HostProxy(parts.hostname, parts.port or 80, authorization)


async def resolve_by_host(name: str, port: int) -> Sequence[str]:
    """The host's own resolver, each address once."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _check(address: str, destination: Destination, rule: NetworkRule) -> None:
    if is_never_allowed(address):
        raise Refused(f"{destination.host} resolves to {address}, a link-local or otherwise reserved address")
    if not rule.allow_private and not is_public(address):
        raise Refused(
            f"{destination.host} resolves to the private address {address}",
            fix="for a company mirror, set allow_private on the rule",
        )


def _bypassed(destination: Destination, no_proxy: str) -> bool:
    for entry in no_proxy.split(","):
        name, _, port = entry.strip().lower().partition(":")
        if not name or (port and port != str(destination.port)):
            continue
        name = name.removeprefix("*").removeprefix(".")
        if not name or destination.host == name or destination.host.endswith("." + name):
            return True
    return False


async def _ask_for_tunnel(sock: socket.socket, destination: Destination, proxy: HostProxy) -> None:
    """CONNECT through the host's proxy, reading not a byte beyond the answer's head. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    credential = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    await loop.sock_sendall(sock, f"CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\n{credential}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = await loop.sock_recv(sock, 1)
        head += piece
        if not piece or len(head) > 1 << 14:
            raise ConnectionError("the answer's head does not end")
    if head.split(b" ", 2)[1:2] != [b"200"]:
        raise ConnectionError(printable(head.split(b"\r\n")[0].decode("latin-1")))
