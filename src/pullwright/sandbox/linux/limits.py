"""Ceilings of one sandbox: which the kernel holds, and which are looked at from time to time.

    memory      cgroup v1 or v2 where we may make one, a systemd user scope, else polled
    processes   RLIMIT_NPROC in the sandbox's own user namespace (hard, Linux 5.14), and the cgroup
    CPU         the cgroup or scope; nothing else
    disk        one file: RLIMIT_FSIZE (hard). All together: polled, killed with a reserve

Never RLIMIT_AS: Node, Go and the JVM reserve far more than they use.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from pullwright.protocol.policy import Limits

CGROUPS = Path("/sys/fs/cgroup")
PREFIX = "pullwright-"
_SPARE_PROCESSES = 96
"""Above the ceiling of commands: shepherds, init and bwrap, which must work under a fork bomb too."""


class Group(msgspec.Struct, frozen=True):
    """One cgroup to make: its folder, and what to write into its files."""

    folder: Path
    settings: tuple[tuple[str, str], ...]


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """How a sandbox is held: `groups` to make, or a command `prefix`; `memory` says whether the kernel holds memory."""

    groups: tuple[Group, ...] = ()
    prefix: tuple[str, ...] = ()
    memory: bool = False
    cpu: bool = False
    counter: Path | None = None
    kind: str = "polled"

    def out_of_memory(self) -> int:
        """How often the kernel has killed something in here for want of memory."""
        try:
            lines = self.counter.read_text().splitlines() if self.counter else []
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def plan_groups(limits: Limits, name: str, *, root: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> Groups:
    """What can be had here for these limits. `name` is the sandbox's, unique on this machine."""
    try:
        places = _own_places(own)
    except OSError:
        return Groups()
    if (root / "cgroup.controllers").exists():
        return _unified(limits, name, root, places.get("", "/")) or _scope(limits)
    return _separate(limits, name, root, places)


def _own_places(own: Path) -> dict[str, str]:
    places: dict[str, str] = {}
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        places |= dict.fromkeys(controllers.split(","), path)
    return places


def _separate(limits: Limits, name: str, root: Path, places: dict[str, str]) -> Groups:
    """Version 1: a hierarchy for each controller."""
    wanted: dict[str, tuple[tuple[str, str], ...]] = {}
    if limits.memory_bytes is not None:
        wanted["memory"] = (("memory.limit_in_bytes", str(limits.memory_bytes)),)
    if limits.processes is not None:
        wanted["pids"] = (("pids.max", str(limits.processes + _SPARE_PROCESSES)),)
    if limits.cpus is not None:
        wanted["cpu"] = (("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", str(int(limits.cpus * 100_000))))
    groups: dict[str, Group] = {}
    for controller, settings in wanted.items():
        parent = root / controller / places.get(controller, "/").lstrip("/")
        if os.access(parent, os.W_OK):
            groups[controller] = Group(parent / name, settings)
    memory = groups.get("memory")
    return Groups(
        groups=tuple(groups.values()),
        memory=memory is not None,
        cpu="cpu" in groups,
        counter=memory.folder / "memory.oom_control" if memory else None,
        kind="cgroup v1" if groups else "polled",
    )


def _unified(limits: Limits, name: str, root: Path, place: str) -> Groups | None:
    """Version 2: beside our own group, or below it, wherever the controllers are handed down and we may write."""
    own = root / place.lstrip("/")
    settings: list[tuple[str, str]] = []
    if limits.memory_bytes is not None:
        settings += [("memory.max", str(limits.memory_bytes)), ("memory.swap.max", "0")]
    if limits.processes is not None:
        settings.append(("pids.max", str(limits.processes + _SPARE_PROCESSES)))
    if limits.cpus is not None:
        settings.append(("cpu.max", f"{int(limits.cpus * 100_000)} 100000"))
    for parent in (own.parent, own) if own != root else (own,):
        try:
            handed_down = (parent / "cgroup.subtree_control").read_text().split()
        except OSError:
            continue
        if {"memory", "pids"} <= set(handed_down) and os.access(parent, os.W_OK) and os.access(parent / "cgroup.procs", os.W_OK):
            known = tuple(setting for setting in settings if setting[0].split(".")[0] in handed_down)
            folder = parent / name
            return Groups(
                groups=(Group(folder, known),),
                memory=limits.memory_bytes is not None,
                cpu="cpu" in handed_down,
                counter=folder / "memory.events",
                kind="cgroup v2",
            )
    return None


def _scope(limits: Limits) -> Groups:
    """A transient scope of the user's own systemd. Not run on a machine with one yet: written after systemd-run(1)."""
    program = shutil.which("systemd-run")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not program or not runtime or not Path(runtime, "systemd/private").exists():
        return Groups()
    properties = ["MemorySwapMax=0"]
    if limits.memory_bytes is not None:
        properties.append(f"MemoryMax={limits.memory_bytes}")
    if limits.processes is not None:
        properties.append(f"TasksMax={limits.processes + _SPARE_PROCESSES}")
    if limits.cpus is not None:
        properties.append(f"CPUQuota={int(limits.cpus * 100)}%")
    options = [f"--property={entry}" for entry in properties]
    prefix = (program, "--user", "--scope", "--quiet", "--collect", *options, "--")
    return Groups(prefix=prefix, memory=limits.memory_bytes is not None, cpu=True, kind="systemd scope")
