"""What was measured on: a figure without its machine says nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

from web.browser import chromium

QUIET = 1.0
"""Load below which a machine of two cores is called quiet."""


def described() -> str:
    """Processor, cores, load and browser, in one line."""
    version = subprocess.run([chromium(), "--version"], capture_output=True, text=True, check=False).stdout.strip()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"On {os.cpu_count()} x {_processor()}, load {load}; {version or 'no Chromium'}; Python {platform.python_version()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.partition(":")[2].strip() or platform.machine()


def quiet(seconds: float) -> None:
    """Wait for a quiet moment, at most so long."""
    deadline = time.monotonic() + seconds
    while os.getloadavg()[0] > QUIET and time.monotonic() < deadline:
        time.sleep(2)
