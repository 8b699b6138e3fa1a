"""Build hook: compiles the sandbox's init and launcher (`src/pullwright/sandbox/native/*.c`) into the package.

The programs are static, so that one wheel serves every Linux of its architecture and every base root. Without a C
compiler the wheel is pure; `pullwright doctor` then says that the init is missing and how to get it.
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

FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-static", "-s"]


class NativeHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles every C file of `sandbox/native` to an executable of the same name in `sandbox/native/bin`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
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
