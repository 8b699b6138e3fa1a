"""How the egress proxy reaches a sandbox that has no network: a listener in its namespace, or a relay inside it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixMachine
from pullwright.sandbox.egress.egress import PROXY_PORT, Egress
from pullwright.sandbox.sandbox import Mount, OnNetwork, SandboxSpec

_LISTEN = """
import socket, sys
ours = socket.socket(fileno=0)
listeners = [socket.create_server(("127.0.0.1", int(port)), backlog=128) for port in sys.argv[1:]]
socket.send_fds(ours, [b"x"], [listener.fileno() for listener in listeners])
"""

RELAY = """
import os, socket, sys, threading
def carry(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(port, path):
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    while True:
        inside, _ = listener.accept()
        outside = socket.socket(socket.AF_UNIX)
        try:
            outside.connect(path)
        except OSError:
            inside.close()
            continue
        for pair in ((inside, outside), (outside, inside)):
            threading.Thread(target=carry, args=pair, daemon=True).start()
threads = [threading.Thread(target=serve, args=(int(a.split("=")[0]), a.split("=")[1])) for a in sys.argv[1:]]
[thread.start() for thread in threads]
print("relaying", flush=True)
"""
"""Runs inside with any Python 3: a port of the sandbox's loopback to a unix socket that is shown there."""


@contextlib.asynccontextmanager
async def served(egress: Egress, listeners: dict[int, socket.socket], on_network: OnNetwork | None) -> AsyncIterator[None]:
    """Serve the proxy and the host's ports on listeners by port; they are closed in the end."""
    async with contextlib.AsyncExitStack() as stack:
        for port, listener in listeners.items():
            stack.enter_context(listener)
            opened = egress.serve(listener, on_network) if port == PROXY_PORT else egress.forward(port, listener)
            await stack.enter_async_context(opened)
        yield


async def listen_in_namespace(pid: int, ports: tuple[int, ...]) -> dict[int, socket.socket]:
    """Listening sockets on the loopback of a process's network namespace. Raises `FixMachine` when it cannot be entered."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            helper = await asyncio.create_subprocess_exec(
                "nsenter", "--target", str(pid), "--net", "--", sys.executable, "-I", "-c", _LISTEN, *map(str, ports),
                stdin=theirs.fileno(), stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        _, said = await helper.communicate()
        if helper.returncode:
            raise FixMachine(
                f"the container's network namespace cannot be entered: {said.decode(errors='replace').strip()[-200:]}",
                fix="run as root, use the linux backend, or switch the network off",
            )
        _, descriptors, _, _ = socket.recv_fds(ours, 1, len(ports))
    return {port: socket.socket(fileno=descriptor) for port, descriptor in zip(ports, descriptors, strict=True)}


def listen_on_files(folder: Path, ports: tuple[int, ...]) -> dict[int, socket.socket]:
    """Listening unix sockets, one file for each port, that everyone who sees the folder may connect to."""
    folder.mkdir(parents=True, exist_ok=True)
    listeners: dict[int, socket.socket] = {}
    for port in ports:
        path = folder / f"{port}.sock"
        path.unlink(missing_ok=True)
        listeners[port] = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listeners[port].bind(str(path))
        listeners[port].listen(128)
        path.chmod(0o666)
    return listeners


def with_egress(spec: SandboxSpec, env: dict[str, str], mounts: Sequence[Mount]) -> SandboxSpec:
    """A spec with what the egress proxy wants inside."""
    return msgspec.structs.replace(spec, env={**spec.env, **env}, mounts=(*spec.mounts, *mounts))
