"""What every sandbox is to the rest of the house.

    Backend.open(spec)  ->  async with … as sandbox     the place where tools run; never reused between attempts
    Sandbox.start(command) -> Process                   a command or terminal, with its output bounded
    Sandbox.exec(command)  -> Finished                  the same, waited for
    Sandbox.read / write / stat / tree                  files as the sandbox's user sees them

A command that is missing, fails, is killed or runs out of time is a *result* (`Finished`). A sandbox that
died or does not answer is an exception (`SandboxLost`), never shown to the model as output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from pullwright.protocol.policy import Access, Limits, NetworkPolicy
from pullwright.protocol.trees import Tree


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """A host path shown inside at `at` (the same path when empty)."""

    path: Path
    at: str = ""
    writable: bool = False


class SandboxSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox is opened with.

    `folder` is the attempt's private folder on the host: the backend keeps its home, tmp and control files
    below it and removes those on closing (not the overlay's upper). `at` is the workspace's path inside.
    `mounts` are toolchains and the like. `env` is the whole environment that commands start with, but for
    what the backend adds (HOME, TMPDIR, proxy variables). `base_root` is the host's `/usr` and chosen parts
    of `/etc` when None, else a folder that holds a root file system.

    `home` are read-only folders (topmost first) that the sandbox finds in its home; what it does there lies over them. With
    `keep_home` its home, in `folder/home`, stays on disk for the caller to read and remove: what it made, where `home` is
    given in `folder/home/upper`.
    """

    folder: Path
    tree: Tree
    at: str
    access: Access = "workspace-write"
    network: NetworkPolicy = NetworkPolicy()
    limits: Limits = Limits()
    mounts: tuple[Mount, ...] = ()
    env: dict[str, str] = {}
    base_root: Path | None = None
    home: tuple[Path, ...] = ()
    keep_home: bool = False


OnOutput = Callable[[bytes], None]
"""Called in the event loop with each piece of output as it arrives; must return at once."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something to run. `argv` as given; a shell line is `("bash", "-c", line)`.

    `cwd` is absolute inside, empty for the workspace. `env` is added to the sandbox's. `timeout` in seconds
    kills the whole tree. `terminal` (columns, rows) gives it a PTY. `keep` is the file that gets the whole
    output (up to `keep_bytes`), whatever its size in memory. `read_only` runs it with the workspace read-only.
    `keep_stdin` leaves stdin open for `Process.write` (a terminal's always is); else it ends after `stdin`.
    """

    argv: tuple[str, ...]
    cwd: str = ""
    env: dict[str, str] = {}
    stdin: bytes | None = None
    timeout: float | None = None
    terminal: tuple[int, int] | None = None
    keep: Path | None = None
    keep_bytes: int = 64 << 20
    read_only: bool = False
    keep_stdin: bool = False


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended.

    `exit_code` is None when a signal ended it (`signal` names it, as `SIGKILL`). `head` and `tail` are the
    output's beginning and end (stdout and stderr as they came, bounded); `output_bytes` counts all of it and
    `sha256` digests all of it. `why` is `missing` (no such program, exit code 127), `not-executable` (126),
    `timeout`, `killed` (by us or a limit), `out-of-memory`, or empty.
    """

    exit_code: int | None
    signal: str
    seconds: float
    head: bytes
    tail: bytes
    output_bytes: int
    sha256: str
    why: Literal["", "missing", "not-executable", "timeout", "killed", "out-of-memory"] = ""

    @property
    def ok(self) -> bool:
        """True when the command ended by itself with exit code 0."""
        return self.exit_code == 0 and not self.why

    @property
    def output(self) -> bytes:
        """Head and tail joined; the whole output when it was small enough to keep in memory."""
        return self.head + self.tail


class Process(Protocol):
    """A running (or ended) command. It may outlive the step that started it, never its sandbox."""

    id: str
    command: Command
    started: float

    @property
    def finished(self) -> Finished | None:
        """How it ended, or None while it runs."""
        ...

    def new_output(self, limit: int) -> tuple[bytes, int]:
        """Output since the last call, at most `limit` bytes of its end, and how many bytes were left out."""
        ...

    async def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for the end; None when `timeout` seconds passed first (it goes on running)."""
        ...

    async def write(self, data: bytes) -> None:
        """Type into a terminal, or into stdin where it was left open."""
        ...

    async def resize(self, columns: int, rows: int) -> None:
        """Tell a terminal its new size."""
        ...

    def hold(self, held: bool) -> None:
        """Leave its output where it is for a while, or read on: what it writes beyond the room of a terminal or pipe waits."""
        ...

    async def signal(self, name: str) -> None:
        """Send a signal (`SIGINT`…) to the command's foreground process group."""
        ...

    async def kill(self) -> Finished:
        """Kill the command and everything that it started, and wait until all of it is gone."""
        ...


class Stat(msgspec.Struct, frozen=True):
    """A path inside: `kind`, size in bytes, executable or not, modification time in nanoseconds."""

    kind: Literal["file", "folder", "link", "other"]
    size: int
    executable: bool
    mtime_ns: int


class Sandbox(Protocol):
    """An open sandbox. Paths are absolute, or relative to the workspace. Everything runs as its one user."""

    at: str
    spec: SandboxSpec
    backend: str

    async def start(self, command: Command, on_output: OnOutput | None = None) -> Process:
        """Start a command. A missing program is a `Process` that has finished with code 127. Raises `SandboxLost`."""
        ...

    async def exec(self, command: Command, on_output: OnOutput | None = None) -> Finished:
        """Run a command to its end. Cancelling kills its whole tree first. Raises `SandboxLost`."""
        ...

    def processes(self) -> Sequence[Process]:
        """The commands that still run, oldest first."""
        ...

    async def going_on(self) -> Sequence[Process]:
        """Those, and as far as the backend knows the finished ones that have left something running."""
        ...

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        """Up to `limit` bytes of a regular file. Raises `OSError` (`FileNotFoundError`…)."""
        ...

    async def write(self, path: str, data: bytes, executable: bool | None = None) -> None:
        """Replace a file's content, making its folders; keeps an existing file's mode. Raises `OSError`."""
        ...

    async def remove(self, path: str) -> None:
        """Remove one file or link. Raises `FileNotFoundError`, `PermissionError`, `OSError`."""
        ...

    async def stat(self, path: str) -> Stat | None:
        """What lies at a path, links not followed for `kind`; None when there is nothing."""
        ...

    async def tree(self, path: str = "", limit: int = 10_000) -> Sequence[str]:
        """Relative paths of files below a folder, sorted, at most `limit`, without `.git`."""
        ...

    async def connect(self, port: int) -> int:
        """A connected stream socket (file descriptor, owned by the caller) to a port on the sandbox's own loopback.

        Raises `ConnectionRefusedError` when nothing listens there.
        """
        ...


class Check(msgspec.Struct, frozen=True):
    """One line of `pullwright doctor`: what was looked at, whether it is good, what was found, how to mend it."""

    name: str
    ok: bool
    found: str
    fix: str = ""
    required: bool = True


OnNetwork = Callable[["NetworkDecision"], None]


class NetworkDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What the egress proxy decided, for the log: `events.NetworkDecided` says the same."""

    host: str
    port: int
    allowed: bool
    rule: str
    method: str = ""
    path: str = ""
    reason: str = ""


class Backend(Protocol):
    """A way to isolate. One file each; stateless."""

    name: str

    def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AbstractAsyncContextManager[Sandbox]:
        """Open a sandbox; leaving the context kills everything in it and leaves no process, mount or cgroup.

        Raises `NoIsolation` with the fix when this machine cannot isolate, `FixMachine` for a part that is
        missing, `FixSettings` for a spec that cannot be met.
        """
        ...

    async def checks(self) -> Sequence[Check]:
        """What `pullwright doctor` says of this backend on this machine."""
        ...
