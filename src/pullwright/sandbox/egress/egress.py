"""A sandbox's way out: what it needs inside (variables, one file), and the proxy that serves it from the host."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.sandbox.egress.authority import TRUST_VARIABLES, Authority, client_context, names_roots, trusted_roots
from pullwright.sandbox.egress.dialer import Dialer, Resolve
from pullwright.sandbox.egress.presets import Preset, find_presets
from pullwright.sandbox.egress.proxy import EgressLimits, Proxy
from pullwright.sandbox.egress.refusal import NotServed
from pullwright.sandbox.egress.relay import forward_port
from pullwright.sandbox.egress.rules import check_rule
from pullwright.sandbox.sandbox import Mount, OnNetwork

PROXY_PORT = 3128
"""Where the proxy listens on the sandbox's own loopback."""

BUNDLE_INSIDE = "/run/pullwright/ca-bundle.pem"
"""Where the trusted roots are shown inside, when the attempt or the host has roots of its own."""


def prepare_egress(
    policy: NetworkPolicy,
    folder: Path,
    *,
    environ: Mapping[str, str] | None = None,
    resolve: Resolve | None = None,
    limits: EgressLimits | None = None,
) -> Egress:
    """Make ready what a sandbox with this policy needs; nothing listens or connects yet.

    `folder` is the attempt's private folder; the one file is written below it. `environ` is the host's environment
    (its proxies, trusted roots, registries). Raises `FixSettings` for an unknown preset or a rule that cannot be.
    """
    environ = os.environ if environ is None else environ
    for rule in policy.rules:
        check_rule(rule)
    presets = find_presets(policy.presets, environ)
    return Egress(policy, folder, presets, environ, Dialer(environ, resolve=resolve), limits or EgressLimits())


class Egress:
    """One sandbox's way out. `env` and `mounts` go inside, `host_ports` are to be listened on inside and forwarded."""

    def __init__(
        self,
        policy: NetworkPolicy,
        folder: Path,
        presets: Preset,
        environ: Mapping[str, str],
        dialer: Dialer,
        limits: EgressLimits,
    ) -> None:
        self._environ = environ
        self._dialer = dialer
        self._limits = limits
        self._preset = presets
        self._rules = (*policy.rules, *presets.rules)
        self._asked: asyncio.Task[Sequence[NetworkRule]] | None = None
        self.host_ports = tuple(dict.fromkeys((*policy.host_ports, *presets.host_ports)))
        self.notes = presets.notes
        self._authority = Authority() if any(rule.kind == "intercept" for rule in self._rules) else None
        self.env = {**_proxy_variables(), **presets.env}
        self.mounts: tuple[Mount, ...] = ()
        if self._authority is not None or names_roots(environ):
            self.mounts = (Mount(path=self._write_bundle(folder), at=BUNDLE_INSIDE),)
            self.env |= dict.fromkeys(TRUST_VARIABLES, BUNDLE_INSIDE)

    @contextlib.asynccontextmanager
    async def serve(self, listener: socket.socket, on_network: OnNetwork | None = None) -> AsyncIterator[None]:
        """Run the proxy on a listening stream socket, whichever network namespace that lies in.

        Leaving the block ends every connection. The listener stays the caller's to close.
        """
        proxy = Proxy(
            self.rules,
            self._dialer,
            authority=self._authority,
            trust=lambda: self._trust,
            limits=self._limits,
            on_network=on_network,
        )
        if self._preset.ask is not None:
            self._asked = asyncio.create_task(self._preset.ask())
        try:
            async with _accepting(listener, proxy.serve, self._limits.connections):
                yield
        finally:
            if self._asked is not None:
                self._asked.cancel()
                await asyncio.gather(self._asked, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def forward(self, port: int, listener: socket.socket) -> AsyncIterator[None]:
        """Let in the host's loopback `port` on a listening socket until the block is left.

        Raises `FixSettings` for a port that the policy does not list.
        """
        if port not in self.host_ports:
            raise FixSettings(f"port {port} is not one that the policy lets in", fix="add it to host_ports")

        async def connect(inside: socket.socket) -> None:
            with inside, contextlib.suppress(OSError, NotServed):
                await forward_port(inside, port, self._limits.idle_seconds)

        async with _accepting(listener, connect, self._limits.connections):
            yield

    async def rules(self) -> Sequence[NetworkRule]:
        """All rules; waits for the tools that a preset asks for their defaults."""
        if self._asked is None:
            return self._rules
        return (*self._rules, *await asyncio.shield(self._asked))

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return client_context(self._environ)

    def _write_bundle(self, folder: Path) -> Path:
        path = folder / "egress" / "ca-bundle.pem"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(trusted_roots(self._environ) + (self._authority.pem if self._authority else b""))
        path.chmod(0o644)
        return path


@contextlib.asynccontextmanager
async def _accepting(
    listener: socket.socket, serve: Callable[[socket.socket], Awaitable[None]], connections: int
) -> AsyncIterator[None]:
    """Serve each connection in a task of its own, at most `connections` at once; more are closed at once."""
    loop = asyncio.get_running_loop()
    listener.setblocking(False)
    running: set[asyncio.Task[None]] = set()

    async def one(sock: socket.socket) -> None:
        try:
            await serve(sock)
        except Exception as error:  # One connection's bug must neither stop the others nor stay unseen.
            loop.call_exception_handler({"message": "an egress connection failed", "exception": error})
        finally:
            sock.close()

    async def accept() -> None:
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)  # Out of descriptors, or the peer was gone already.
                continue
            if len(running) >= connections:
                sock.close()
                continue
            task = asyncio.create_task(one(sock))
            running.add(task)
            task.add_done_callback(running.discard)

    accepting = asyncio.create_task(accept())
    try:
        yield
    finally:
        accepting.cancel()
        await asyncio.gather(accepting, return_exceptions=True)
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _proxy_variables() -> dict[str, str]:
    names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    env = dict.fromkeys(names, f"http://127.0.0.1:{PROXY_PORT}")
    env["NO_PROXY"] = env["no_proxy"] = "localhost,127.0.0.1,::1"
    return env
