"""Which addresses a name may lead to."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CLOUD_METADATA = {ipaddress.ip_address("169.254.169.254"), ipaddress.ip_address("fd00:ec2::254")}


def is_public(text: str) -> bool:
    """True for an address that lies on the open internet, whatever IPv4 address it may carry inside."""
    return all(
        address.is_global and not (address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False))
        for address in _meanings(text)
    )


def is_never_allowed(text: str) -> bool:
    """True for what not even `allow_private` opens: link-local (cloud metadata), multicast, the unspecified address."""
    return any(
        address.is_link_local or address.is_multicast or address.is_unspecified or address in _CLOUD_METADATA
        for address in _meanings(text)
    )


def is_loopback(text: str) -> bool:
    """True for this machine's own loopback."""
    return any(address.is_loopback for address in _meanings(text))


def is_address(text: str) -> bool:
    """True for a literal address in its plain spelling."""
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _meanings(text: str) -> list[Address]:
    """The address, and the IPv4 address that it maps, embeds or translates to."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    if inner is None:
        return [address]
    return [inner] if address.ipv4_mapped else [address, inner]
