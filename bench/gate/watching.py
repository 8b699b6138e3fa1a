"""What another process uses: memory and CPU."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class Watched(threading.Thread):
    """The resident memory of a process, looked at every 0.1 s; its CPU time."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0.0
        self.cpu = cpu(pid)
        self._stopped = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stopped.wait(0.1):
            self.peak = max(self.peak, resident(self.pid))

    def stop(self) -> tuple[float, float]:
        """The peak in MB, and seconds of CPU."""
        self._stopped.set()
        self.join()
        return self.peak, cpu(self.pid) - self.cpu


def resident(pid: int) -> float:
    """MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu(pid: int) -> float:
    """Seconds, in user mode and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
