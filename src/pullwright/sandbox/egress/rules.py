"""Which rule allows a destination or a request.

A destination is judged at CONNECT time (host, port); a request, where it can be seen (plain HTTP, intercepted TLS),
also by method and path. The most specific rules for a host win: an exact name over `*.suffix`, a longer suffix over a
shorter one, and among equals `intercept` over `tunnel`, since it sees more.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.refusal import Malformed, Refused, printable

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\Z")
_NUMERIC = re.compile(r"(\d+|0x[0-9a-f]*)\Z")
_OVERRIDES = {b"x-http-method-override", b"x-http-method", b"x-method-override"}


class Destination(msgspec.Struct, frozen=True):
    """A host (lower case, no trailing dot, no brackets) and a port. `literal`: it is an address, in whatever spelling."""

    host: str
    port: int
    literal: bool = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def host_header(self, default_port: int) -> str:
        """The value of a Host header for this destination."""
        return str(self).rsplit(":", 1)[0] if self.port == default_port else str(self)


def check_rule(rule: NetworkRule) -> None:
    """Raises `FixSettings` for a rule that cannot be."""
    name = rule.host.removeprefix("*.")
    if not name or "*" in name or "/" in name or " " in name:
        raise FixSettings(f"network rule with host {rule.host!r} names no host", fix='use "name.example" or "*.example"')
    if rule.kind == "tunnel" and (rule.methods or rule.paths or rule.headers):
        raise FixSettings(
            f"the network rule for {rule.host} is a tunnel, which sees neither methods nor paths and cannot add headers",
            fix='set its kind to "intercept"',
        )
    for header, value in rule.headers:
        if not header.isascii() or any(letter in header + value for letter in "\r\n\0"):
            raise FixSettings(f"the network rule for {rule.host} adds a header that is none: {header!r}")


def parse_authority(text: str, default_port: int | None = None) -> Destination:
    """`host`, `host:port` or `[v6]:port`. Raises `Malformed` for anything else (userinfo, blanks, other letters)."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise Malformed(f"{printable(text)!r} is not a host and port")
        port = rest[1:]
        try:
            host = str(ipaddress.IPv6Address(host))
        except ValueError:
            raise Malformed(f"{printable(text)!r} is not an address") from None
    elif ":" in text:
        host, _, port = text.partition(":")
    if not port and default_port is None:
        raise Malformed(f"{printable(text)!r} names no port")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise Malformed(f"{printable(text)!r} has no valid port")
    number = int(port) if port else default_port or 0
    if ":" in host:
        return Destination(host, number, literal=True)
    host = host.lower().removesuffix(".")
    if not _NAME.match(host) or len(host) > 253:
        raise Malformed(f"{printable(host)!r} is not a host name")
    return Destination(host, number, literal=bool(_NUMERIC.match(host.rsplit(".", 1)[-1])))


def rules_for(rules: Iterable[NetworkRule], destination: Destination) -> tuple[NetworkRule, ...]:
    """The most specific rules that name this host and port; all of one kind. Raises `Refused`."""
    named = [rule for rule in rules if names(rule, destination.host)]
    if destination.literal and not named:
        raise Refused(
            f"{destination.host} is an address; only host names can be reached",
            fix="use the host's name, and a network rule that names it",
        )
    if not named:
        raise Refused(f"no network rule names {destination.host}", fix=_add(destination))
    matching = [rule for rule in named if destination.port in rule.ports]
    if not matching:
        ports = sorted({port for rule in named for port in rule.ports})
        raise Refused(f"the rule for {destination.host} allows only port {', '.join(map(str, ports))}", fix=_add(destination))
    best = max(map(_specificity, matching))
    return tuple(rule for rule in matching if _specificity(rule) == best)


def names(rule: NetworkRule, host: str) -> bool:
    """True when the rule's host is this name, or a suffix of it after a dot."""
    pattern = rule.host.lower().removesuffix(".")
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern.removeprefix("[").removesuffix("]")


def rule_for_request(
    rules: Sequence[NetworkRule], host: str, method: str, target: str, headers: Sequence[tuple[bytes, bytes]]
) -> NetworkRule:
    """The first of the destination's rules that allows this method and path. Raises `Refused` or `Malformed`.

    `target` is in origin form. Where a rule lists methods, a header that overrides the method is refused as well.
    """
    if method == "TRACE":
        raise Refused("TRACE would echo what the proxy adds to a request")
    methods: set[str] = set()
    for rule in rules:
        methods.update(rule.methods)
        if rule.methods and method not in rule.methods:
            continue
        if rule.paths and not _below(plain_path(target), rule.paths):
            continue
        _refuse_override(rule, headers)
        return rule
    if methods and method not in methods:
        raise Refused(f"the rule for {host} allows only {', '.join(sorted(methods))}", fix=f"add {method} to that rule's methods")
    paths = ", ".join(sorted({path for rule in rules for path in rule.paths}))
    raise Refused(f"the rule for {host} allows only paths below {paths}", fix="add the path to that rule's paths")


def plain_path(target: str) -> str:
    """A path as the most eager server would read it: no query, every percent-encoding undone.

    Raises `Refused` when any reading of it has a dot segment, a backslash or a control character, since a prefix
    says nothing about such a path.
    """
    path = target.partition("?")[0].partition("#")[0]
    for _ in range(4):
        segments = [segment.partition(";")[0] for segment in path.split("/")]
        if "\\" in path or any(letter < " " or letter == "\x7f" for letter in path) or {".", ".."} & set(segments):
            raise Refused("the path has a dot segment, a backslash or a control character, plain or encoded")
        decoded = unquote_to_bytes(path).decode("latin-1")
        if decoded == path:
            return path
        path = decoded
    raise Refused("the path is percent-encoded more than three times over")


def describe(rule: NetworkRule) -> str:
    """A rule in a few words, for the log."""
    return f"{rule.kind} {rule.host}"


def _below(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/") for prefix in prefixes)


def _refuse_override(rule: NetworkRule, headers: Sequence[tuple[bytes, bytes]]) -> None:
    if not rule.methods:
        return
    for name, value in headers:
        if name in _OVERRIDES and value.decode("latin-1").strip().upper() not in rule.methods:
            raise Refused(f"{name.decode()} asks for a method that the rule does not allow")


def _specificity(rule: NetworkRule) -> tuple[bool, int, bool]:
    return not rule.host.startswith("*."), len(rule.host), rule.kind == "intercept"


def _add(destination: Destination) -> str:
    return f'the person who runs Pullwright adds a network rule with host "{destination.host}" and port {destination.port}'
