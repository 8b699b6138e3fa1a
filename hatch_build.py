"""Build hook: what of the package is made and not written.

The sandbox's init and launcher are compiled (`src/pullwright/sandbox/native/*.c`), static, so that one wheel serves every Linux
of its architecture and every base root. Without a C compiler the wheel is pure; `pullwright doctor` then says that the init is
missing and how to get it. The manual page and the shells' completion scripts are made from the commands, for the wheel's `share`.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = "src/pullwright/server/web/built"
"""The web app, where `make web` has made it; without it command line and API work all the same."""
FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-static", "-s"]


class NativeHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles every C file of `sandbox/native` to an executable of the same name in `sandbox/native/bin`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["shared_data"] |= _shared(Path(self.root))
        if (Path(self.root) / WEB / "index.html").is_file():
            build_data["artifacts"].append(f"{WEB}/**")
        native = Path(self.root) / "src/pullwright/sandbox/native"
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        sources = sorted(native.glob("*.c"))
        if sys.platform != "linux" or not compiler or not sources:
            return
        target = native / "bin"
        target.mkdir(exist_ok=True)
        for source in sources:
            made = target / f".{source.stem}.{os.getpid()}"
            subprocess.run([compiler, *FLAGS, "-o", str(made), str(source)], check=True)
            made.replace(target / source.stem)  # at once: somebody may be running from this checkout
            build_data["artifacts"].append(f"src/pullwright/sandbox/native/bin/{source.stem}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-linux_{platform.machine()}"


SHARED = {
    "man": "share/man/man1/pullwright.1",
    "bash": "share/bash-completion/completions/pullwright",
    "zsh": "share/zsh/site-functions/_pullwright",
    "fish": "share/fish/vendor_completions.d/pullwright.fish",
}


def _shared(root: Path) -> dict[str, str]:
    """Make what goes into `share`; file -> its place in the wheel."""
    sys.path.insert(0, str(root / "src"))
    try:
        from pullwright.cli.completing.shells import script
        from pullwright.cli.manual.page import page
    finally:
        sys.path.pop(0)
    folder = root / "build/share"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHARED:
        (folder / name).write_text(page() if name == "man" else script(name), encoding="utf-8")
    return {str(folder / name): place for name, place in SHARED.items()}
