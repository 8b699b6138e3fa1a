"""What this machine lacks for the Linux sandbox, in words that name the fix; and which limits are hard here."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixMachine, FixSettings, NoIsolation, PullwrightError
from pullwright.protocol.policy import Limits
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.linux.arguments import native
from pullwright.sandbox.linux.bubblewrap import Bubblewrap, find_bubblewrap, restricted_by_apparmor
from pullwright.sandbox.linux.limits import plan_groups
from pullwright.sandbox.sandbox import Backend, Check, Command, SandboxSpec

_USERNS = "sys/user/max_user_namespaces"
_DEBIAN = "sys/kernel/unprivileged_userns_clone"


class Machine(msgspec.Struct, frozen=True):
    """What is looked at: this machine, unless a test draws another one."""

    proc: Path = Path("/proc")
    bubblewrap: Callable[[], Bubblewrap] = find_bubblewrap
    program: Callable[[str], Path] = native

    def said(self, name: str) -> str:
        """A file of /proc, empty where there is none."""
        try:
            return (self.proc / name).read_text().strip()
        except OSError:
            return ""


HERE = Machine()


def explain(said: str, machine: Machine = HERE) -> PullwrightError:
    """Why a sandbox did not open, from what launch and bwrap wrote."""
    refused = forbidden(machine)
    if refused:
        return NoIsolation(f"this machine forbids user namespaces: {said}", fix=refused)
    if "idmapped" in said or "open_tree" in said:
        return NoIsolation(
            f"the file system cannot show files under another uid: {said}",
            fix="keep PULLWRIGHT_HOME and the project on ext4, xfs, btrfs or tmpfs (Linux 5.19 or newer), or do not run as root",
        )
    if "overlay" in said.lower():
        return NoIsolation(
            f"the overlay could not be mounted: {said}",
            fix="keep PULLWRIGHT_HOME on ext4, xfs, btrfs or tmpfs, Linux 5.11 or newer",
        )
    if "namespace" in said:
        return NoIsolation(
            f"new namespaces are refused here: {said}",
            fix="in a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined",
        )
    if "mkdir" in said or "mount" in said or "bind" in said:
        return FixSettings(f"something could not be shown inside: {said}", fix="look at the sandbox's mounts")
    return NoIsolation(f"the sandbox did not open: {said or 'without a word'}", fix="run pullwright doctor")


def forbidden(machine: Machine = HERE) -> str:
    """What to do where user namespaces are forbidden; empty where they are not."""
    if machine.said(_DEBIAN) == "0":
        return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if machine.said(_USERNS) == "0":
        return "sudo sysctl -w user.max_user_namespaces=15000"
    if restricted_by_apparmor(machine.proc) and str(machine.bubblewrap().path) != "/usr/bin/bwrap":
        return (
            "give bwrap an AppArmor profile (apt install bubblewrap apparmor-profiles), "
            "or sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    return ""


async def checks(backend: Backend, machine: Machine = HERE) -> list[Check]:
    """One check for each part, then a sandbox of the backend opened and used, where nothing it needs is missing."""
    found = [_bubblewrap(machine), _programs(machine)]
    if all(check.ok for check in found):
        found.append(_namespaces(machine))
    found.append(_landlock())
    if all(check.ok for check in found if check.required):
        found.append(await _try(backend))
    return [*found, *_limits()]


def _bubblewrap(machine: Machine) -> Check:
    try:
        return Check("bubblewrap", True, str(machine.bubblewrap().path))
    except FixMachine as error:
        return Check("bubblewrap", False, str(error), error.fix)


def _programs(machine: Machine) -> Check:
    try:
        return Check("sandbox programs", True, ", ".join(machine.program(name).name for name in ("launch", "init")))
    except FixMachine as error:
        return Check("sandbox programs", False, str(error), error.fix)


def _namespaces(machine: Machine) -> Check:
    fix = forbidden(machine)
    return Check("user namespaces", not fix, "forbidden" if fix else f"allowed (limit {machine.said(_USERNS) or 'unknown'})", fix)


def _landlock() -> Check:
    import ctypes

    abi = ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), 1)
    if abi > 0:
        return Check("Landlock", True, f"ABI {abi}: second layer, and read-only commands", required=False)
    return Check(
        "Landlock",
        False,
        "not in this kernel: no second layer, no read-only commands",
        "boot with lsm=landlock,…",
        required=False,
    )


async def _try(backend: Backend) -> Check:
    """Open a sandbox on an overlay, as every attempt does, and run a command in it."""
    with tempfile.TemporaryDirectory(prefix="pullwright-doctor-", dir=_disk_folder()) as folder:
        lower, upper, work = (Path(folder, name) for name in ("lower", "upper", "work"))
        for made in (lower, upper, work):
            made.mkdir()
        tree = OverlayTree(lowers=(lower,), upper=upper, work=work)
        spec = SandboxSpec(folder=Path(folder, "attempt"), tree=tree, at="/work")
        try:
            async with backend.open(spec) as sandbox:
                done = await sandbox.exec(Command(argv=("id", "-u"), timeout=20))
        except PullwrightError as error:
            return Check("sandbox", False, str(error), error.fix)
    return Check("sandbox", done.ok, "opens and runs commands" if done.ok else done.output.decode(errors="replace"))


def _disk_folder() -> str | None:
    return os.environ.get("PULLWRIGHT_HOME") if Path(os.environ.get("PULLWRIGHT_HOME", "/nowhere")).is_dir() else None


def _limits() -> list[Check]:
    groups = plan_groups(Limits(cpus=1), "pullwright-doctor")
    hard_processes = _kernel() >= (5, 14)
    cpu = f"hard ({groups.kind})" if groups.cpu else "not held"
    return [
        _limit("memory limit", groups.memory, groups.kind, "polled every 0.25 s, then killed"),
        _limit(
            "process limit",
            hard_processes,
            "RLIMIT_NPROC in the sandbox's own user namespace",
            "counts all of this user's processes",
        ),
        Check("CPU limit", groups.cpu, cpu, "" if groups.cpu else _CGROUP_FIX, required=False),
        Check(
            "disk limit", True, "one file: hard (RLIMIT_FSIZE); all together: polled every 0.25 s, then killed", required=False
        ),
    ]


_CGROUP_FIX = "run in a systemd user session, or in a service with Delegate=yes"


def _limit(name: str, hard: bool, how: str, otherwise: str) -> Check:
    return Check(name, hard, f"hard ({how})" if hard else otherwise, "" if hard else _CGROUP_FIX, required=False)


def _kernel() -> tuple[int, ...]:
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in platform.release().split(".")[:2])
