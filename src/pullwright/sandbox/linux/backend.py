"""The Linux backend: opens a sandbox of bwrap, an overlay and our init, and closes it so that nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pullwright.protocol.errors import FixSettings, NoIsolation, SandboxLost
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.linux.arguments import CONTROL_FD, HOLD_FD, HOME, LIFE_FD, SECCOMP_FD, TMP, Drawing, native
from pullwright.sandbox.linux.bubblewrap import find_bubblewrap
from pullwright.sandbox.linux.limits import PREFIX, Groups, plan_groups
from pullwright.sandbox.linux.sandbox import LinuxSandbox
from pullwright.sandbox.linux.seccomp import filter_descriptor
from pullwright.sandbox.linux.sweep import claim, removal, sweep_groups
from pullwright.sandbox.linux.watch import Watch
from pullwright.sandbox.sandbox import Check, OnNetwork, SandboxSpec

if TYPE_CHECKING:
    from pullwright.sandbox.egress.egress import Egress

PROXY_PORT = 3128
_OPEN_SECONDS = 30.0
_FORBIDDEN = ("/", "/proc", "/dev", "/run", "/etc", "/usr", "/sys", "/bin", "/lib", "/home/pullwright", "/tmp")  # noqa: S108


class LinuxBackend:
    """`sandbox.Backend` for Linux, as root (through an unprivileged uid of its own) and as an ordinary user."""

    name = "linux"

    @asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncGenerator[LinuxSandbox]:
        """Open a sandbox; leaving the block ends everything in it. Raises `NoIsolation`, `FixMachine`,
        `FixSettings`, and `SandboxLost` when it was killed before it was open."""
        _check(spec)
        async with claim(spec) as folder:
            egress = _egress(spec)
            launched = Launched(spec, egress, folder)
        try:
            sandbox = await launched.ready()
            watch = Watch(
                spec.limits, launched.written, launched.pid, lambda _: sandbox.kill_all(), memory=not launched.groups.memory
            )
            sandbox.on_busy = watch.busy
            if launched.groups.counter is not None:
                sandbox.out_of_memory = launched.groups.out_of_memory
            watching = asyncio.create_task(watch.run())
            try:
                async with _network(sandbox, egress, on_network):
                    yield sandbox
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
        finally:
            await asyncio.shield(asyncio.ensure_future(launched.close()))

    async def checks(self) -> Sequence[Check]:
        """What `pullwright doctor` says of this backend on this machine."""
        from pullwright.sandbox.linux.doctor import checks

        return await checks(self)


class Launched:
    """One started launch and what it holds: closed, it leaves no process, mount, cgroup or folder. `folder` is the locked
    descriptor of the attempt's folder; launch holds a copy to its end."""

    def __init__(self, spec: SandboxSpec, egress: Egress | None, folder: int) -> None:
        self.spec = spec
        as_root = spec.access != "full-access" and is_root()
        for name in ("home", "tmp", *(("home/upper", "home/work") if spec.home else ())):
            (spec.folder / name).mkdir(parents=True, exist_ok=True)
        self.groups: Groups = plan_groups(spec.limits, f"{PREFIX}{secrets.token_hex(8)}")
        self.written = [spec.folder / "home", spec.folder / "tmp"]
        if isinstance(spec.tree, OverlayTree):
            self.written.append(spec.tree.upper)
        drawing = _draw(spec, egress, as_root=as_root)
        bwrap = find_bubblewrap()
        program = drawing.program(bwrap.path, bwrap.libraries)
        inside = drawing.finish(told=bool(self.groups.groups))
        argv = [str(native("launch")), str(LIFE_FD), str(CONTROL_FD), *self._launch_options(), *drawing.staging]
        self._argv = [*self.groups.prefix, *argv, *(["--drop"] if as_root else []), "--", program, *inside]
        env = {
            name: os.environ[name]
            for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
            if self.groups.prefix and name in os.environ
        }
        ours, theirs = socket.socketpair()
        self._said, said = os.pipe()
        life, self._life = os.pipe()
        self.sandbox = LinuxSandbox(spec, _environment(spec, egress), ours, drawing.reading_env)
        with (
            _high(theirs.fileno()) as control,
            _high(life) as alive,
            _high(folder) as held,
            _high(filter_descriptor(), close=True) as seccomp,
        ):
            actions = [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, said, 1),
                (os.POSIX_SPAWN_DUP2, said, 2),
                (os.POSIX_SPAWN_DUP2, control, CONTROL_FD),
                (os.POSIX_SPAWN_DUP2, alive, LIFE_FD),
                (os.POSIX_SPAWN_DUP2, held, HOLD_FD),
                (os.POSIX_SPAWN_DUP2, seccomp, SECCOMP_FD),
            ]
            self.pid = os.posix_spawn(self._argv[0], self._argv, env, file_actions=actions)
        theirs.close()
        os.close(life)
        os.close(said)
        self._pidfd = os.pidfd_open(self.pid)
        sweep_groups(frozenset(group.folder.parent for group in self.groups.groups))  # beside launch's own work
        self._words = b""
        os.set_blocking(self._said, False)
        if self.groups.groups:
            self.sandbox.held = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().add_reader(self._said, self._listen)

    def _launch_options(self) -> list[str]:
        options = ["--hold", str(HOLD_FD), *removal(self.spec)]
        for group in self.groups.groups:
            options += ["--cgroup", str(group.folder)]
            for name, text in group.settings:
                options += ["--set", str(group.folder / name), text]
        return options

    async def ready(self) -> LinuxSandbox:
        """The sandbox, once its init has said hello."""
        ended = asyncio.ensure_future(self._ended())
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                await asyncio.wait((self.sandbox.control.hello, ended), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise NoIsolation("the sandbox did not open in time", fix="run pullwright doctor") from None
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        hello = self.sandbox.control.hello
        if not hello.done() or hello.exception() is not None:
            from pullwright.sandbox.linux.doctor import explain

            self.sandbox.close()
            await self._ended()
            with contextlib.suppress(BlockingIOError):
                self._words += os.read(self._said, 65536)
            if self._was_killed():
                raise SandboxLost("the sandbox was killed while it opened", fix="run pullwright doctor if it happens again")
            raise explain(self._words.decode(errors="replace").strip())
        return self.sandbox

    def _listen(self) -> None:
        """Commands wait until the kernel holds the sandbox's limits; what else is said explains a failure."""
        try:
            said = os.read(self._said, 65536)
        except BlockingIOError:
            return
        self._words += said
        if not said or b"joined\n" in self._words:
            asyncio.get_running_loop().remove_reader(self._said)
            if not self.sandbox.held.done():
                self.sandbox.held.set_result(None)

    async def close(self) -> None:
        """End it, and wait until launch has removed everything."""
        self.sandbox.close()
        os.close(self._life)
        await self._ended()
        asyncio.get_running_loop().remove_reader(self._said)
        if not self.sandbox.held.done():
            self.sandbox.held.set_result(None)
        os.waitpid(self.pid, 0)  # noqa: ASYNC222 (it has ended)
        os.close(self._pidfd)
        os.close(self._said)

    def _was_killed(self) -> bool:
        """Whether launch, which has ended, ended by a signal: nobody has asked it to."""
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        return ended is not None and ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED)

    async def _ended(self) -> None:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._pidfd, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._pidfd)


def is_root() -> bool:
    """Whether we are root of the machine (of every uid), not only of a container's user namespace."""
    if os.geteuid() != 0:
        return False
    with open("/proc/self/uid_map") as lines:
        return lines.read().split() == ["0", "0", "4294967295"]


def _check(spec: SandboxSpec) -> None:
    """Raises `FixSettings`, `FixMachine` before anything is made."""
    find_bubblewrap()
    native("launch")
    native("init")
    if not spec.at.startswith("/") or os.path.normpath(spec.at) != spec.at or spec.at in _FORBIDDEN:
        raise FixSettings(f"the workspace cannot lie at {spec.at!r} inside", fix="use an absolute path of its own")
    if spec.at.startswith(("/proc/", "/dev/", "/run/pullwright", "/sys/")):
        raise FixSettings(f"the workspace cannot lie at {spec.at!r} inside", fix="move the project out of system folders")
    for mount in spec.mounts:
        if not mount.path.exists():
            raise FixSettings(f"{mount.path} is to be shown inside, but is not there", fix="correct the mount")


def _draw(spec: SandboxSpec, egress: Egress | None, *, as_root: bool) -> Drawing:
    drawing = Drawing(spec, as_root=as_root)
    if spec.access == "full-access":
        drawing.whole_machine()
        return drawing
    drawing.namespaces(disable_userns=os.access("/proc/sys/user/max_user_namespaces", os.F_OK) and not _proc_sys_read_only())
    drawing.base()
    drawing.own_folders()
    drawing.mounts(egress.mounts if egress else ())
    return drawing


def _proc_sys_read_only() -> bool:
    """In some containers /proc/sys is read-only: user namespaces are then closed by the filter alone."""
    return bool(os.statvfs("/proc/sys").f_flag & os.ST_RDONLY)


def _egress(spec: SandboxSpec) -> Egress | None:
    if spec.network.off or spec.access == "full-access":
        return None
    from pullwright.sandbox.egress.egress import prepare_egress

    return prepare_egress(spec.network, spec.folder)


def _environment(spec: SandboxSpec, egress: Egress | None) -> dict[str, str]:
    """What commands start with: the spec's, with ours where that says nothing, and what must be as it is here."""
    if spec.access == "full-access":
        return {**os.environ, **spec.env}
    ours = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "SHELL": "/bin/bash"}
    fixed = {"HOME": HOME, "TMPDIR": TMP, "USER": "pullwright", "LOGNAME": "pullwright"}
    return {**ours, **spec.env, **fixed, **(egress.env if egress else {})}


@asynccontextmanager
async def _network(sandbox: LinuxSandbox, egress: Egress | None, on_network: OnNetwork | None) -> AsyncGenerator[None]:
    """Serve the proxy and the host's ports on sockets that listen inside."""
    if egress is None:
        yield
        return
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(await sandbox.listen(PROXY_PORT))
        await stack.enter_async_context(egress.serve(listener, on_network))
        for port in egress.host_ports:
            listener = stack.enter_context(await sandbox.listen(port))
            await stack.enter_async_context(egress.forward(port, listener))
        yield


@contextlib.contextmanager
def _high(fd: int, *, close: bool = False) -> Generator[int]:
    """A duplicate above the numbers that launch gets, so that none of them is overwritten on the way."""
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 200)
    if close:
        os.close(fd)
    try:
        yield copy
    finally:
        os.close(copy)
