"""The `seatbelt` backend: macOS's sandbox-exec around each command.

**Not run on macOS**: the profiles are checked as text (seatbelt_profile.py, and golden files in the tests), and no more.

There are no namespaces: processes, and the folders that are not closed, are the host's; the network is off or the proxy's
port on loopback alone. The workspace has to be a plain folder (there is no overlay) at its own path.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Sequence

from pullwright.protocol.errors import FixSettings, NoIsolation
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.commanded.entry import TAG
from pullwright.sandbox.commanded.network import served, with_egress
from pullwright.sandbox.commanded.sandbox import CommandedSandbox
from pullwright.sandbox.sandbox import Check, Command, OnNetwork, SandboxSpec
from pullwright.sandbox.seatbelt_profile import profile

_PROGRAM = "/usr/bin/sandbox-exec"


class SeatbeltBackend:
    """Runs commands under a profile made for the sandbox's spec."""

    name = "seatbelt"

    @contextlib.asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncIterator[CommandedSandbox]:
        """Open a sandbox. Raises `NoIsolation` elsewhere than on macOS, `FixSettings` for an overlay or a base root."""
        if sys.platform != "darwin" or not os.access(_PROGRAM, os.X_OK):
            raise NoIsolation("seatbelt is macOS's own sandbox", fix="use the linux backend")
        if not isinstance(spec.tree, PlainTree) or spec.base_root is not None or str(spec.tree.path) != spec.at:
            raise FixSettings("seatbelt works on a plain folder at its own path", fix="make the workspace a plain copy")
        for name in ("home", "tmp"):
            (spec.folder / name).mkdir(parents=True, exist_ok=True)
        async with contextlib.AsyncExitStack() as stack:
            port = 0
            if not spec.network.off:
                from pullwright.sandbox.egress.egress import PROXY_PORT, prepare_egress

                egress = prepare_egress(spec.network, spec.folder)
                listener = socket.create_server(("127.0.0.1", 0))
                port = int(listener.getsockname()[1])
                env = {name: value.replace(f":{PROXY_PORT}", f":{port}") for name, value in egress.env.items()}
                for mount in egress.mounts:  # Nothing can be shown at another path here.
                    env = {name: str(mount.path) if value == mount.at else value for name, value in env.items()}
                spec = with_egress(spec, env, ())
                await stack.enter_async_context(served(egress, {PROXY_PORT: listener}, on_network))
            sandbox = CommandedSandbox(self.name, spec, _Profiled(spec, port))
            stack.push_async_callback(sandbox.close)
            try:
                yield sandbox
            finally:
                for name in ("home", "tmp"):
                    shutil.rmtree(spec.folder / name, ignore_errors=True)

    async def checks(self) -> Sequence[Check]:
        """Whether this is macOS with sandbox-exec."""
        there = sys.platform == "darwin" and os.access(_PROGRAM, os.X_OK)
        found = _PROGRAM if there else "not there"
        return [Check("sandbox-exec", there, found, "" if there else "use the linux backend", required=sys.platform == "darwin")]


class _Profiled:
    """The entry: `sandbox-exec -p PROFILE env -i … sh -c 'cd …; exec …'`."""

    def __init__(self, spec: SandboxSpec, proxy_port: int) -> None:
        self._spec = spec
        self._writing = profile(spec, proxy_port, read_only=False)
        self._reading = profile(spec, proxy_port, read_only=True)

    async def ready(self, command: Command) -> None:
        """Nothing has to be started first."""

    def alive(self) -> bool:
        """There is nothing that could end before the last command."""
        return True

    def argv(self, command: Command, tag: str, *, inner: Sequence[str]) -> Sequence[str]:
        """The command under its profile, with the whole environment spelled out."""
        folder = self._spec.folder
        env = {**self._spec.env, "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), **command.env, TAG: tag}
        words = [f"{name}={value}" for name, value in env.items()]
        rules = self._reading if command.read_only else self._writing
        enter = ("sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh", command.cwd or self._spec.at)
        return (_PROGRAM, "-p", rules, "/usr/bin/env", "-i", *words, *enter, *inner)
