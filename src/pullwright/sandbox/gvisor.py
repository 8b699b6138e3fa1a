"""The `gvisor` backend: a user-space kernel (runsc) between the code and the host's, for code that nobody trusts.

One bundle for each attempt, `runsc run` in the foreground and `runsc exec` for each command. No network but its own
loopback; with network rules a small relay runs inside (it needs python3 there) and reaches the proxy over a unix socket.
Needs root, as runsc does. Tried with release 20221219 (Debian 12's) and its ptrace platform. That release does not know
a flag that coreutils 9 puts on statx, so that `ls` and `stat` fail inside; programs that use other calls are not affected.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from pullwright.protocol.errors import FixMachine, NoIsolation
from pullwright.sandbox.commanded.pair import Pair
from pullwright.sandbox.commanded.roots import HOLD, HOME, Bind, Layout, clear, lay_out, need, program_check
from pullwright.sandbox.commanded.sandbox import CommandedSandbox
from pullwright.sandbox.sandbox import Check, Command, Mount, OnNetwork, SandboxSpec

_FIX = "install gVisor's runsc (apt install runsc)"
_SOCKETS = "/run/pullwright/sockets"


class GvisorBackend:
    """Opens gVisor sandboxes by runsc's command line."""

    name = "gvisor"

    @contextlib.asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncIterator[CommandedSandbox]:
        """Open a sandbox; it ends when the block is left, and by itself when Pullwright dies."""
        if os.geteuid() != 0:
            raise NoIsolation("gVisor's runsc runs as root only", fix="use the linux backend, or run the worker as root")
        program = need("runsc", fix=_FIX)
        if spec.network.off:
            async with self._opened(program, spec) as sandbox:
                yield sandbox
            return
        from pullwright.sandbox.commanded.network import listen_on_files, served, with_egress
        from pullwright.sandbox.egress.egress import PROXY_PORT, prepare_egress

        egress = prepare_egress(spec.network, spec.folder)
        ports = (PROXY_PORT, *egress.host_ports)
        sockets = spec.folder / "control" / "sockets"
        async with served(egress, listen_on_files(sockets, ports), on_network):
            spec = with_egress(spec, egress.env, (*egress.mounts, Mount(path=sockets, at=_SOCKETS)))
            async with self._opened(program, spec) as sandbox:
                await _relay(sandbox, ports)
                yield sandbox

    @contextlib.asynccontextmanager
    async def _opened(self, program: str, spec: SandboxSpec) -> AsyncIterator[CommandedSandbox]:
        try:
            entry = _Bundle(program, spec, lay_out(spec))
            async with contextlib.AsyncExitStack() as stack:
                stack.push_async_callback(entry.close)
                await entry.begin()
                sandbox = CommandedSandbox(self.name, spec, entry)
                stack.push_async_callback(sandbox.close)
                yield sandbox
        finally:
            clear(spec)

    async def checks(self) -> Sequence[Check]:
        """Whether runsc is there, and this is root."""
        root = os.geteuid() == 0
        user = Check("root", root, "root" if root else "no", "" if root else "run the worker as root", required=False)
        limits = Check(
            "limits", False, "not enforced: runsc runs with --ignore-cgroups", "set limits on the worker itself", required=False
        )
        return [program_check("runsc", fix=_FIX), user, limits]


class _Bundle(Pair):
    """One attempt's sandboxes, by runsc."""

    def __init__(self, program: str, spec: SandboxSpec, layout: Layout) -> None:
        super().__init__(spec, layout)
        state = spec.folder / "control" / "runsc"
        state.mkdir(parents=True, exist_ok=True)
        self._runsc = (program, "--root", str(state), "--network=none", "--ignore-cgroups", "--host-uds=open")

    def argv(self, command: Command, tag: str, *, inner: Sequence[str]) -> Sequence[str]:
        """`runsc exec`."""
        env = self.variables(command, tag)
        if command.terminal:
            return (*self._runsc, "exec", "-process", str(self._process_file(command, env, tag, inner)), self.of(command))
        options = [word for name, value in env.items() for word in ("-env", f"{name}={value}")]
        user = f"{self.layout.uid}:{self.layout.gid}"
        cwd = command.cwd or self.spec.at
        return (*self._runsc, "exec", "-user", user, "-cwd", cwd, *options, self.of(command), *inner)

    def _process_file(self, command: Command, env: Mapping[str, str], tag: str, inner: Sequence[str]) -> Path:
        """Only a process file can say that there is a terminal."""
        path = self.spec.folder / "bundle" / f"{tag}.json"
        process = {
            "terminal": True,
            "user": {"uid": self.layout.uid, "gid": self.layout.gid},
            "args": list(inner),
            "env": [f"{name}={value}" for name, value in env.items()],
            "cwd": command.cwd or self.spec.at,
            "noNewPrivileges": True,
        }
        path.write_text(json.dumps(process))
        return path

    async def close(self) -> None:
        """End the sandboxes and all that runs in them."""
        for name, held in self.started():
            for words in (("kill", name, "KILL"), ("delete", "-force", name)):
                process = await asyncio.create_subprocess_exec(
                    *self._runsc, *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
                )
                await process.wait()
            await held.let_go()

    def run(self, name: str, layout: Layout) -> list[str]:
        """`runsc run`, on a bundle made for it."""
        bundle = self.spec.folder / "bundle" / name
        bundle.mkdir(parents=True, exist_ok=True)
        (bundle / "config.json").write_text(json.dumps(_config(layout, self.spec)))
        return [*self._runsc, "run", "-bundle", str(bundle), name]


def _config(layout: Layout, spec: SandboxSpec) -> dict[str, object]:
    """An OCI runtime configuration: https://github.com/opencontainers/runtime-spec/blob/main/config.md"""
    env = [f"{name}={value}" for name, value in {**spec.env, "HOME": HOME}.items()]
    if not any(word.startswith("PATH=") for word in env):
        env.append("PATH=/usr/local/bin:/usr/bin:/bin")
    return {
        "ociVersion": "1.0.0",
        "process": {
            "terminal": False,
            "user": {"uid": layout.uid, "gid": layout.gid},
            "args": ["sh", "-c", HOLD],
            "env": env,
            "cwd": "/",
            "noNewPrivileges": True,
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 16384, "soft": 16384}],
        },
        "root": {"path": str(layout.root), "readonly": True},
        "hostname": "pullwright",
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}, *map(_mount, layout.binds)],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
    }


def _mount(bind: Bind) -> dict[str, object]:
    options = ["rbind", "rw" if bind.writable else "ro", "nosuid", "nodev"]
    return {"destination": bind.at, "type": "bind", "source": str(bind.source), "options": options}


async def _relay(sandbox: CommandedSandbox, ports: Sequence[int]) -> None:
    """Start the relay inside, and wait until it listens. Raises `FixMachine` where there is no python3."""
    from pullwright.sandbox.commanded.network import RELAY

    pairs = [f"{port}={_SOCKETS}/{port}.sock" for port in ports]
    listening = asyncio.Event()

    def hear(data: bytes) -> None:
        if b"relaying" in data:
            listening.set()

    process = await sandbox.start(
        Command(argv=("python3", "-I", "-c", RELAY, *pairs), cwd="/"),
        hear,
    )
    waiting = asyncio.create_task(listening.wait())
    ending = asyncio.create_task(process.wait())
    try:
        await asyncio.wait((waiting, ending), timeout=20, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, ending):
            task.cancel()
        await asyncio.gather(waiting, ending, return_exceptions=True)
    if not listening.is_set():
        raise FixMachine("the network's relay does not start in this sandbox", fix="use a base root that has python3")
