"""The `container` backend: one podman container for each attempt, entered by `exec`.

The container has no network, no capabilities, a read-only root, limits, and runs as the workspace's owner. As root that
is a uid of the host (without capabilities), so that this backend is weaker than the Linux one; its use is an OCI root
file system on machines that have podman anyway. Tried with podman 4.3 and runc; docker takes no folder as a root file system.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pullwright.protocol.errors import FixSettings
from pullwright.sandbox.commanded.pair import Pair
from pullwright.sandbox.commanded.roots import HOLD, HOME, Layout, clear, lay_out, need, program_check
from pullwright.sandbox.commanded.sandbox import CommandedSandbox
from pullwright.sandbox.sandbox import Check, Command, OnNetwork, SandboxSpec

_FIX = "install podman (apt install podman)"


class ContainerBackend:
    """Opens containers by podman's command line."""

    name = "container"

    @contextlib.asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncIterator[CommandedSandbox]:
        """Open a container; it is removed when the block is left, and by itself when Pullwright dies."""
        program = need("podman", fix=_FIX)
        egress = None
        if not spec.network.off:
            from pullwright.sandbox.commanded.network import with_egress
            from pullwright.sandbox.egress.egress import prepare_egress

            egress = prepare_egress(spec.network, spec.folder)
            spec = with_egress(spec, egress.env, egress.mounts)
        layout = lay_out(spec)
        entry = _Container(program, spec, layout)
        try:
            async with contextlib.AsyncExitStack() as stack:
                stack.push_async_callback(entry.close)
                await entry.begin()
                if egress is not None:
                    from pullwright.sandbox.commanded.network import listen_in_namespace, served
                    from pullwright.sandbox.egress.egress import PROXY_PORT

                    listeners = await listen_in_namespace(await entry.first_pid(), (PROXY_PORT, *egress.host_ports))
                    await stack.enter_async_context(served(egress, listeners, on_network))
                sandbox = CommandedSandbox(self.name, spec, entry)
                stack.push_async_callback(sandbox.close)
                yield sandbox
        finally:
            clear(spec)

    async def checks(self) -> Sequence[Check]:
        """Whether podman is there (docker takes no root folder, so it cannot stand in for it)."""
        return [program_check("podman", fix=_FIX)]


class _Container(Pair):
    """One attempt's containers, by podman."""

    def __init__(self, program: str, spec: SandboxSpec, layout: Layout) -> None:
        super().__init__(spec, layout)
        self._program = program

    def argv(self, command: Command, tag: str, *, inner: Sequence[str]) -> Sequence[str]:
        """`podman exec`."""
        options = [f"--env={name}={value}" for name, value in self.variables(command, tag).items()]
        if command.terminal:
            options += ["--interactive", "--tty"]
        elif command.stdin is not None or command.keep_stdin:
            options.append("--interactive")
        return (self._program, "exec", *options, f"--workdir={command.cwd or self.spec.at}", self.of(command), *inner)

    async def first_pid(self) -> int:
        """The host's pid of the container's first process."""
        process = await asyncio.create_subprocess_exec(
            self._program, "inspect", "--format", "{{.State.Pid}}", self.name, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        return int(out)

    async def close(self) -> None:
        """Remove the containers and all that runs in them."""
        for name, held in self.started():
            process = await asyncio.create_subprocess_exec(
                self._program, "kill", name, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            await process.wait()
            await held.let_go()

    def run(self, name: str, layout: Layout) -> list[str]:
        """`podman run`."""
        limits = self.spec.limits
        argv = [
            *self._podmans(), "run", "--interactive", "--rm", "--name", name, "--hostname", "pullwright", "--network", "none",
            "--cap-drop", "all", "--security-opt", "no-new-privileges", "--read-only", "--workdir", "/",
            "--env", f"HOME={HOME}", "--entrypoint", "",
        ]  # fmt: skip
        if os.geteuid() != 0:
            argv += ["--userns", "keep-id"]
        else:
            argv += ["--user", f"{layout.uid}:{layout.gid}"]
        if limits.memory_bytes:
            argv += ["--memory", str(limits.memory_bytes)]
        if limits.processes:
            argv += ["--pids-limit", str(limits.processes)]
        if limits.cpus:
            argv += ["--cpus", str(limits.cpus)]
        for bind in layout.binds:
            if ":" in str(bind.source) or ":" in bind.at:
                raise FixSettings(f"a path with a colon cannot be shown in a container: {bind.source}")
            argv += ["--volume", f"{bind.source}:{bind.at}:{'rw' if bind.writable else 'ro'}"]
        return [*argv, *self._podmans_own(), *self._root(layout), "sh", "-c", HOLD]

    def _podmans(self) -> list[str]:
        """The program, with runc where crun would refuse: it does not take hybrid cgroups."""
        hybrid = Path("/sys/fs/cgroup/unified").is_dir() and shutil.which("runc") is not None
        return [self._program, "--runtime", "runc"] if hybrid else [self._program]

    def _podmans_own(self) -> list[str]:
        """Without CAP_SYS_RESOURCE podman asks for limits that it cannot raise."""
        return ["--ulimit", "nofile=16384:16384", "--ulimit", "nproc=8192:8192", "--no-hosts", "--cgroupns", "private"]

    def _root(self, layout: Layout) -> list[str]:
        return ["--rootfs", str(layout.root) if layout.own_root else f"{layout.root}:O"]
