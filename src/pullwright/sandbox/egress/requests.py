"""Requests that the proxy can see: plain HTTP, and what comes out of intercepted TLS.

Each is judged by method, path and Host, written anew for the server, and told as a decision of its own. Over plain
HTTP a rule's `headers` are not added: a credential would go out in clear.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import h11

from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.dialer import HostProxy
from pullwright.sandbox.egress.refusal import Malformed, NotServed, Refused, printable
from pullwright.sandbox.egress.rules import Destination, describe, parse_authority, rule_for_request
from pullwright.sandbox.egress.wire import Headers, Wire, check_framing, end_to_end, exchange

Tell = Callable[[Destination, bool, str, str, str, str], None]
"""Told of each decision: destination, allowed, rule, method, path, reason."""

Open = Callable[[NetworkRule], Awaitable[tuple[Wire, HostProxy | None]]]
"""Opens a connection to the destination. Raises `NotServed`."""

_OVERRIDES = frozenset({b"x-http-method-override", b"x-http-method", b"x-method-override"})


class Requests:
    """The requests of one client connection to one destination."""

    def __init__(
        self,
        inside: Wire,
        destination: Destination,
        rules: Sequence[NetworkRule],
        open_outside: Open,
        tell: Tell,
        *,
        secure: bool,
    ) -> None:
        self._inside = inside
        self._destination = destination
        self._rules = rules
        self._open = open_outside
        self._tell = tell
        self._secure = secure
        self._outside: Wire | None = None
        self._via: HostProxy | None = None

    async def serve(self, *, first: h11.Request | None = None, keep: bool = True) -> None:
        """Serve `first` (already read), then what follows, until a side closes or a request is refused."""
        inside = self._inside
        try:
            while True:
                event = first or await inside.next()
                first = None
                if not isinstance(event, h11.Request):
                    return
                if not await self._one(event) or not keep:
                    return
                if inside.state.our_state is not h11.DONE or inside.state.their_state is not h11.DONE:
                    return
                inside.state.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await inside.refuse(Malformed(f"not HTTP/1.1: {error}", status=_status(error)), str(self._destination))
        finally:
            await self._drop_outside()

    async def _one(self, request: h11.Request) -> bool:
        """Judge one request and carry it out; False when the connection cannot be used any further."""
        method, target = request.method.decode("ascii", "replace"), request.target.decode("ascii", "replace")
        shown = printable(target.partition("?")[0])
        try:
            rule = self._judge(request, method, target)
            outside = await self._connected(rule)
        except NotServed as fault:
            self._tell(self._destination, False, "", method, shown, fault.reason)
            await self._inside.refuse(fault, f"{method} {self._destination}{shown}")
            return False
        self._tell(self._destination, True, describe(rule), method, shown, "")
        try:
            await exchange(self._inside, outside, self._rewritten(request, rule))
        except NotServed as fault:
            await self._inside.refuse(fault, str(self._destination))
            return False
        if outside.state.our_state is h11.DONE and outside.state.their_state is h11.DONE:
            outside.state.start_next_cycle()
        else:
            await self._drop_outside()
        return True

    def _judge(self, request: h11.Request, method: str, target: str) -> NetworkRule:
        check_framing(request)
        if not target.startswith("/"):
            raise Malformed("the request's target is not a path")
        host = dict(request.headers).get(b"host", b"").decode("latin-1")
        if parse_authority(host, self._default_port) != self._destination:
            raise Refused(f"the Host header names {printable(host)}, not {self._destination}")
        return rule_for_request(self._rules, self._destination.host, method, target, list(request.headers))

    def _rewritten(self, request: h11.Request, rule: NetworkRule) -> h11.Request:
        added = [(name.lower().encode(), value.encode()) for name, value in rule.headers] if self._secure else []
        drop = {b"host", *(name for name, _ in added)}
        if rule.methods:
            drop |= _OVERRIDES
        headers: Headers = [(b"host", self._destination.host_header(self._default_port).encode())]
        headers += end_to_end(list(request.headers), drop=frozenset(drop)) + added
        target = request.target
        if not self._secure:
            headers.append((b"connection", b"close"))
            if self._via is not None:
                target = f"http://{headers[0][1].decode()}".encode() + target
                if self._via.authorization:
                    headers.append((b"proxy-authorization", self._via.authorization.encode()))
        return h11.Request(method=request.method, target=target, headers=headers)

    @property
    def _default_port(self) -> int:
        return 443 if self._secure else 80

    async def _connected(self, rule: NetworkRule) -> Wire:
        if self._outside is not None and self._outside.stale:
            await self._drop_outside()
        if self._outside is None:
            self._outside, self._via = await self._open(rule)
        return self._outside

    async def _drop_outside(self) -> None:
        if self._outside is not None:
            outside, self._outside = self._outside, None
            await outside.close()


def absolute_form(request: h11.Request) -> tuple[Destination, h11.Request]:
    """A proxy request `GET http://host/path` as its destination and the request in origin form, its Host rewritten.

    Raises `Malformed` when it is anything else.
    """
    target = request.target.decode("ascii", "replace")
    scheme, _, rest = target.partition("://")
    if scheme.lower() != "http" or not rest:
        raise Malformed("the proxy takes CONNECT, and http:// URLs")
    authority = urlsplit(target).netloc
    destination = parse_authority(authority, 80)
    path = rest[len(authority) :]
    if not path.startswith("/"):
        path = "/" + path
    headers = [(name, value) for name, value in request.headers if name != b"host"]
    headers.append((b"host", destination.host_header(80).encode()))
    return destination, h11.Request(method=request.method, target=path.encode(), headers=headers)


def _status(error: h11.RemoteProtocolError) -> int:
    return error.error_status_hint if error.error_status_hint in (400, 414, 431, 501) else 400
