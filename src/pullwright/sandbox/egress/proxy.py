"""The proxy on one listening socket: takes connections, finds the rule, goes the way that the rule says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import h11
import msgspec

from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.authority import Authority
from pullwright.sandbox.egress.dialer import Dialer, HostProxy
from pullwright.sandbox.egress.hello import looks_like_tls
from pullwright.sandbox.egress.refusal import Malformed, NotServed, Refused, Unreachable
from pullwright.sandbox.egress.requests import Requests, absolute_form
from pullwright.sandbox.egress.rules import Destination, describe, parse_authority, rules_for
from pullwright.sandbox.egress.tunnel import alert, carry_raw, carry_tls, checked_hello, first_bytes
from pullwright.sandbox.egress.wire import PIECE, Wire
from pullwright.sandbox.sandbox import NetworkDecision, OnNetwork


class EgressLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one sandbox may ask of the proxy: connections at once, a head's bytes, and seconds."""

    connections: int = 256
    head_bytes: int = 1 << 16
    head_seconds: float = 15.0
    connect_seconds: float = 10.0
    idle_seconds: float = 300.0


class Proxy:
    """Serves one sandbox. `rules` is asked for on each connection (presets may still be on their way when it starts)."""

    def __init__(
        self,
        rules: Callable[[], Awaitable[Sequence[NetworkRule]]],
        dialer: Dialer,
        *,
        authority: Authority | None,
        trust: Callable[[], ssl.SSLContext],
        limits: EgressLimits,
        on_network: OnNetwork | None,
    ) -> None:
        self._rules = rules
        self._dialer = dialer
        self._authority = authority
        self._trust = trust
        self._limits = limits
        self._on_network = on_network

    async def serve(self, inside: socket.socket) -> None:
        """Serve one accepted connection to its end. Closes the socket. Never raises but for cancellation and bugs."""
        where = ""
        try:
            try:
                state, request = await self._head(inside)
                where = request.target.decode("latin-1")
                if request.method == b"CONNECT":
                    await self._connect(inside, state, request)
                else:
                    await self._plain(inside, state, request)
            except NotServed as fault:
                await self._answer(inside, fault, where)
        except (OSError, TimeoutError, h11.RemoteProtocolError, h11.LocalProtocolError):
            pass  # The peer broke off, or broke HTTP after its answer began: there is nobody left to tell.
        finally:
            inside.close()

    async def _head(self, inside: socket.socket) -> tuple[h11.Connection, h11.Request]:
        """The first request's head, however slowly it drips in, within the limits. Raises `Malformed`, `OSError`."""
        loop = asyncio.get_running_loop()
        state = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        try:
            async with asyncio.timeout(self._limits.head_seconds):
                while (event := state.next_event()) is h11.NEED_DATA:
                    state.receive_data(await loop.sock_recv(inside, PIECE))
        except TimeoutError:
            raise Malformed("the request's head did not come in time", status=408) from None
        except h11.RemoteProtocolError as error:
            raise Malformed(f"not HTTP/1.1: {error}", status=error.error_status_hint) from error
        if not isinstance(event, h11.Request):
            raise ConnectionAbortedError
        return state, event

    async def _connect(self, inside: socket.socket, state: h11.Connection, request: h11.Request) -> None:
        destination = parse_authority(request.target.decode("latin-1"))
        early = b""
        with contextlib.suppress(h11.RemoteProtocolError):
            state.next_event()
            early = state.trailing_data[0]
        try:
            rules = rules_for(await self._rules(), destination)
            if rules[0].kind == "intercept" and destination.port != 80:
                await self._intercept(inside, destination, rules, early)
            elif destination.port == 80:
                await self._plain_in_tunnel(inside, destination, rules, early)
            else:
                await self._tunnel(inside, destination, rules[0], early)
        except NotServed as fault:
            self._tell(destination, False, "", "CONNECT", "", fault.reason)
            raise

    async def _tunnel(self, inside: socket.socket, destination: Destination, rule: NetworkRule, early: bytes) -> None:
        limits = self._limits
        with await self._dialer.dial(destination, rule) as outside:
            await _established(inside)
            try:
                if destination.port == 443:
                    early = await first_bytes(inside, early, limits.head_seconds)
                    early = await checked_hello(inside, early, destination, limits.head_seconds)
                self._tell(destination, True, describe(rule), "CONNECT", "", "")
                if destination.port == 443:
                    await carry_tls(inside, outside, early, limits.idle_seconds)
                else:
                    await carry_raw(inside, outside, early, destination, limits.head_seconds, limits.idle_seconds)
            except NotServed as fault:
                self._refuse_hello(inside, destination, rule, fault)

    async def _tls_on_port_80(self, inside: socket.socket, destination: Destination, rule: NetworkRule, first: bytes) -> None:
        try:
            hello = await checked_hello(inside, first, destination, self._limits.head_seconds)
        except NotServed as fault:
            self._refuse_hello(inside, destination, rule, fault)
            return
        with await self._dialer.dial(destination, rule) as outside:
            self._tell(destination, True, describe(rule), "CONNECT", "", "")
            await carry_tls(inside, outside, hello, self._limits.idle_seconds)

    def _refuse_hello(self, inside: socket.socket, destination: Destination, rule: NetworkRule, fault: NotServed) -> None:
        """The tunnel's 200 has been said already; TLS has a word for it."""
        self._tell(destination, False, describe(rule), "CONNECT", "", fault.reason)
        alert(inside)

    async def _plain_in_tunnel(
        self, inside: socket.socket, destination: Destination, rules: Sequence[NetworkRule], early: bytes
    ) -> None:
        """CONNECT to port 80: some clients tunnel even plain HTTP. It is judged request by request all the same."""
        await self._dialer.dial_check(destination, rules[0])
        await _established(inside)
        first = await first_bytes(inside, early, self._limits.head_seconds)
        if looks_like_tls(first):
            await self._tls_on_port_80(inside, destination, rules[0], first)
            return
        state = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        state.receive_data(first)
        await self._requests(inside, state, destination, rules)

    async def _plain(self, inside: socket.socket, state: h11.Connection, request: h11.Request) -> None:
        try:
            destination, origin = absolute_form(request)
        except Malformed as fault:
            self._tell(Destination("", 0), False, "", request.method.decode("latin-1"), "", fault.reason)
            raise
        try:
            rules = rules_for(await self._rules(), destination)
        except NotServed as fault:
            self._tell(destination, False, "", request.method.decode("latin-1"), "", fault.reason)
            raise
        await self._requests(inside, state, destination, rules, first=origin)

    async def _requests(
        self,
        inside: socket.socket,
        state: h11.Connection,
        destination: Destination,
        rules: Sequence[NetworkRule],
        *,
        first: h11.Request | None = None,
    ) -> None:
        """Plain HTTP to one destination; an absolute-form request is the only one on its connection."""

        async def dial(rule: NetworkRule) -> tuple[Wire, HostProxy | None]:
            sock, via = await self._dialer.dial_plain(destination, rule)
            return await self._wire(sock), via

        wire = await self._accepted(inside, state)
        try:
            requests = Requests(wire, destination, rules, dial, self._tell, secure=False)
            await requests.serve(first=first, keep=first is None)
        finally:
            await wire.close()

    async def _intercept(
        self, inside: socket.socket, destination: Destination, rules: Sequence[NetworkRule], early: bytes
    ) -> None:
        if self._authority is None:
            raise Refused("this rule needs TLS to be opened, and the attempt has no CA of its own")
        if early:
            raise Malformed("bytes came before the tunnel was there")
        await self._dialer.dial_check(destination, rules[0])

        def told(name: str | None) -> None:
            self._tell(destination, False, describe(rules[0]), "CONNECT", "", f"the TLS ClientHello names {name or 'no host'}")

        async def dial(rule: NetworkRule) -> tuple[Wire, HostProxy | None]:
            sock = await self._dialer.dial(destination, rule)
            try:
                return await self._wire(sock, context=self._trust(), host=destination.host), None
            except (OSError, TimeoutError) as error:
                sock.close()
                raise Unreachable(f"{destination} has no TLS certificate that is trusted here: {error}") from error

        context = self._authority.server_context(destination.host, told)
        await _established(inside)
        state = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        wire = await self._accepted(inside, state, context=context)
        try:
            await Requests(wire, destination, rules, dial, self._tell, secure=True).serve()
        finally:
            await wire.close()

    async def _accepted(self, inside: socket.socket, state: h11.Connection, context: ssl.SSLContext | None = None) -> Wire:
        """Streams over an accepted connection, as TLS server with a context. Raises `OSError` when the handshake fails."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=PIECE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, inside, ssl=context, ssl_handshake_timeout=self._limits.head_seconds if context else None
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return Wire(state, reader, writer, self._limits.idle_seconds)

    async def _wire(self, sock: socket.socket, *, context: ssl.SSLContext | None = None, host: str | None = None) -> Wire:
        reader, writer = await asyncio.open_connection(
            sock=sock, ssl=context, server_hostname=host, limit=PIECE,
            ssl_handshake_timeout=self._limits.connect_seconds if context else None,
        )  # fmt: skip
        return Wire(h11.Connection(h11.CLIENT), reader, writer, self._limits.idle_seconds)

    async def _answer(self, inside: socket.socket, fault: NotServed, where: str) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(2):
            await loop.sock_sendall(inside, fault.response(where))
            inside.shutdown(socket.SHUT_WR)
            for _ in range(16):  # Closing over unread bytes would reset the answer away.
                if not await loop.sock_recv(inside, PIECE):
                    break

    def _tell(self, destination: Destination, allowed: bool, rule: str, method: str, path: str, reason: str) -> None:
        if self._on_network is not None:
            self._on_network(
                NetworkDecision(
                    host=destination.host,
                    port=destination.port,
                    allowed=allowed,
                    rule=rule,
                    method=method,
                    path=path,
                    reason=reason,
                )
            )


async def _established(inside: socket.socket) -> None:
    await asyncio.get_running_loop().sock_sendall(inside, b"HTTP/1.1 200 Connection established\r\n\r\n")
