"""What hostile code is aimed at: a home with a key, a log, another attempt, a process, services, an init; all of them real."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attempts import CAPABLE, PREAMBLE, Attempt

from pullwright.protocol.policy import Limits
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.sandbox.sandbox import Mount, SandboxSpec

AT = "/work/project"
PYTHON = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")


class Scene:
    """The host around one sandbox. `world` says where everything is. `make=False` takes what another process has made."""

    def __init__(self, place: Path, *, make: bool = True) -> None:
        self.place = place
        self.world: dict[str, Any] = {}
        files = {
            "key": ("home/.ssh/id_ed25519", "PRIVATE KEY"),
            "log": ("state/sessions/ses_1/log.jsonl", "turn"),
            "other": ("state/sessions/ses_2/attempt/upper/a", "theirs"),
            "target": ("outside/target", "untouched"),
            "tool": ("mount/tool", "tool"),
            "lower": ("lower/a.txt", "hello\n"),
        }
        for name, (path, text) in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
            self.world[name] = str(place / path)
        self.world["mount"] = str(place / "mount")
        for name in ("upper", "work", "control"):
            (place / name).mkdir(exist_ok=not make)
        self.upper = place / "upper"

    @property
    def spec(self) -> SandboxSpec:
        """An overlay over `lower`, with a read-only mount and the interpreter."""
        place = self.place
        return SandboxSpec(
            folder=place / "attempt",
            tree=OverlayTree(lowers=(place / "lower",), upper=self.upper, work=place / "work"),
            at=AT,
            limits=Limits(memory_bytes=512 << 20, processes=128, disk_bytes=256 << 20),
            mounts=(Mount(path=place / "mount"), Mount(path=Path(sys.base_prefix))),
        )

    @property
    def plain(self) -> SandboxSpec:
        """A folder changed in place, with `.git` protected."""
        project = self.place / "project"
        (project / ".git/hooks").mkdir(parents=True, exist_ok=True)
        spec = self.spec
        return SandboxSpec(folder=spec.folder, tree=PlainTree(path=project), at=AT, limits=spec.limits, mounts=spec.mounts)

    @contextlib.contextmanager
    def alive(self) -> Iterator[Scene]:
        """With its process and services running."""
        with contextlib.ExitStack() as stack:
            victim = subprocess.Popen(["sleep", "300"], env={"VICTIM_SECRET": "1"})
            stack.callback(victim.wait)
            stack.callback(victim.kill)
            self.world["victim"] = victim.pid
            self.world["port"] = self._listen(stack, socket.AF_INET, ("127.0.0.1", 0))
            self.world["port6"] = self._listen(stack, socket.AF_INET6, ("::1", 0))
            self.world["address"] = own_address()
            self.world["address_port"] = self._listen(stack, socket.AF_INET, (own_address(), 0))
            self.world["abstract"] = f"pullwright-test-{os.getpid()}"
            self._listen(stack, socket.AF_UNIX, "\0" + self.world["abstract"])
            self.world["unix"] = str(self.place / "s")
            self._listen(stack, socket.AF_UNIX, self.world["unix"])
            if os.geteuid() == 0:
                self.world["suid"], self.world["nobody"] = str(self.place / "mount/id"), 65534
                shutil.copy("/usr/bin/id", self.world["suid"])
                os.chmod(self.world["suid"], 0o4755)
                for folder in (self.place, self.place / "mount"):
                    folder.chmod(0o755)
            yield self

    def _listen(self, stack: contextlib.ExitStack, family: int, address: Any) -> int:
        sock = stack.enter_context(socket.socket(family))
        sock.bind(address)
        sock.listen()
        return sock.getsockname()[1] if family != socket.AF_UNIX else 0

    def control(self, attempt: Attempt) -> str:
        """Run the attempt where its guard is missing; what it printed."""
        here = self.place / "control"
        dummy = subprocess.Popen(["sleep", "300"])
        front = ["unshare", "-Ur", "-m", "-n", "-u", "-p", "--fork", "--mount-proc"] if attempt.control == CAPABLE else []
        try:
            argv = [*front, *self.script(attempt, str(here), dummy.pid)]
            done = subprocess.run(argv, cwd=here, capture_output=True, text=True, timeout=60, check=False)
        finally:
            dummy.kill()
            dummy.wait()
            Path(self.world["target"]).write_text("untouched")
            (self.place / "mount/harm").unlink(missing_ok=True)
            (self.place / "mount/tool").chmod(0o644)
        return done.stdout + done.stderr

    def script(self, attempt: Attempt, here: str, init: int) -> list[str]:
        """The attempt as a command."""
        world = json.dumps({**self.world, "here": here, "init": init})
        return [str(PYTHON), "-I", "-c", PREAMBLE + attempt.harm, world]

    def untouched(self) -> None:
        """Nothing outside was changed."""
        assert Path(self.world["target"]).read_text() == "untouched"
        assert sorted(path.name for path in (self.place / "lower").iterdir()) == ["a.txt"]
        assert not (self.place / "mount/harm").exists()
        assert Path("/proc", str(self.world["victim"]), "cmdline").read_bytes().startswith(b"sleep")


def own_address() -> str:
    """An address of this host that is not loopback's, where there is one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(sock.getsockname()[0])


def leftovers(place: Path) -> list[str]:
    """What a closed sandbox has left: processes, mounts, cgroups, folders."""
    found = [f"mount: {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(place) in line]
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(place).encode() in (process / "cmdline").read_bytes() and process.name != str(os.getpid()):
                found.append(f"process: {(process / 'cmdline').read_bytes()!r}")
    attempt = place / "attempt"
    found += [f"folder: {path}" for path in attempt.iterdir()] if attempt.is_dir() else []
    found += [f"work: {path}" for path in (place / "work").iterdir()]
    return found
