"""`registries,api.example.org:8443,localhost:5432` as a `NetworkPolicy`."""

from __future__ import annotations

import re

from pullwright.protocol.policy import NetworkPolicy, NetworkRule

_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.IGNORECASE)
_FORMS = "write off, registries, example.org, *.example.org, example.org:8443, or localhost:5432 for a service of this machine"
PRESETS = ("registries",)


def parse_network(text: str) -> NetworkPolicy:
    """What may be reached. `off` and nothing are the same. Raises `ValueError` with what is allowed."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if "off" in parts and len(parts) > 1:
        raise ValueError(f"{text!r} is off and on at once; {_FORMS}")
    rules: list[NetworkRule] = []
    presets: list[str] = []
    ports: list[int] = []
    for part in parts:
        if part in PRESETS:
            presets.append(part)
        elif part != "off":
            host, port = _host(part)
            if host == "localhost":
                ports.append(port or _no_port(part))
            else:
                rules.append(NetworkRule(host=host, ports=(port,)) if port else NetworkRule(host=host))
    return NetworkPolicy(rules=tuple(rules), presets=tuple(presets), host_ports=tuple(ports))


def _host(part: str) -> tuple[str, int]:
    host, colon, port = part.partition(":")
    if not _HOST.fullmatch(host) or (colon and not port.isdecimal()) or (port and not 0 < int(port) < 65536):
        raise ValueError(f"{part!r} is no host name; {_FORMS}")
    if host.replace(".", "").isdecimal():
        raise ValueError(f"{part!r} is an address; rules name hosts, and private addresses stay out of reach")
    return host.lower(), int(port or 0)


def _no_port(part: str) -> int:
    raise ValueError(f"{part!r} needs a port: services of this machine are let in one by one, as localhost:5432")


def network_text(policy: NetworkPolicy) -> str:
    """The policy in the words that `parse_network` reads."""
    hosts = [f"{rule.host}:{rule.ports[0]}" if rule.ports != NetworkRule(host="").ports else rule.host for rule in policy.rules]
    return ",".join([*policy.presets, *hosts, *(f"localhost:{port}" for port in policy.host_ports)]) or "off"
