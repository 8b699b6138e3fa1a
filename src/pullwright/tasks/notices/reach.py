"""Which addresses a notice may be sent to: the open internet, and the networks that the administrator names.

Whoever may make an endpoint chooses where this server connects to, from inside its own network. So a name is resolved once,
every address that it has is checked, and the connection goes to exactly such an address: a name that means something else a
moment later (DNS rebinding) gains nothing. Link-local addresses (a cloud's metadata among them) are never connected to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from pullwright.protocol.errors import FixSettings, TryAgainLater
from pullwright.sandbox.egress.addresses import is_never_allowed, is_public
from pullwright.sandbox.egress.dialer import Resolve, resolve_by_host

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 2000
"""Characters of a URL."""
SECONDS = 5.0
"""How long a name may take to resolve."""
_PLACE = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
FIX = "Use an address of the open internet, or ask the administrator to add its network to server.webhook_networks."


class Reach:
    """What may be reached. `networks` are allowed beside the open internet; `resolve` is another resolver in tests alone.

    Raises `FixSettings` for what is no network.
    """

    def __init__(self, networks: Sequence[str] = (), *, resolve: Resolve = resolve_by_host) -> None:
        self.networks = networks_of(networks)
        self._resolve = resolve

    async def addresses(self, url: str) -> Sequence[str]:
        """Where a URL leads, each address allowed. Raises `FixSettings` when one is not, `TryAgainLater` when there is none."""
        parts = parsed(url)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(SECONDS):
                found = await self._resolve(host, port_of(parts))
        except (OSError, UnicodeError, TimeoutError):
            found = ()
        if not found:
            raise TryAgainLater(f"the name {host} cannot be resolved", fix="See that the URL is right.")
        if not all(map(self.allows, found)):  # which address it is would tell what there is inside
            raise FixSettings(f"{host} is not on the open internet", fix=FIX)
        return found

    def allows(self, text: str) -> bool:
        """Whether an address may be connected to."""
        if is_never_allowed(text):
            return False
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return is_public(text) or any(address.version == one.version and address in one for one in self.networks)


def parsed(url: str) -> SplitResult:
    """A URL that notices can be sent to, in its parts. Raises `FixSettings`."""
    try:
        parts = urlsplit(url)
        if not _PLACE.fullmatch(parts.netloc):  # what one reads as a host, another may read as something else
            raise ValueError
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good, parts = False, urlsplit("")
    printable = url.isascii() and url.isprintable() and " " not in url
    if not good or not printable or parts.fragment or len(url) > LONGEST:
        raise FixSettings("this is no URL that notices can be sent to", fix="Use https://HOST/PATH, without a credential.")
    return parts


def port_of(parts: SplitResult) -> int:
    """The port that is connected to."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks as they are written in the setting. Raises `FixSettings`."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise FixSettings(f"server.webhook_networks: {error}", fix="Write addresses or networks, such as 10.0.0.0/8.") from error
