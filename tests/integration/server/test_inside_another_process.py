"""Looking into an attempt whose sandbox another process has: the server runs no turns, a worker of its own does."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.served import Served
from inside_scene import FILES_INSIDE, PORT, waiting
from playing import Server
from repositories import make_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def served(short_path: Path) -> Iterator[Served]:
    """The server, with one worker that is a process of its own."""
    short_path.chmod(0o755)
    model = Server()
    model.start(waiting)
    try:
        with Served(short_path, {"up": ("responses", model.url)}) as running:
            words = [sys.executable, "-m", "pullwright", "worker"]
            with (short_path / "worker.log").open("ab") as log:
                worker = subprocess.Popen(words, cwd=short_path, env=running.environment(), stdout=log, stderr=log)
            try:
                yield running
            finally:
                worker.send_signal(signal.SIGTERM)
                worker.wait(60)
    finally:
        model.stop()


def until(look: Callable[[], Any], seconds: float = 90) -> Any:
    """What `look` gives, once that is something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_files_and_ports_of_a_sandbox_of_another_process(served: Served, short_path: Path) -> None:
    project = make_project(short_path / "shop", {name: text.encode() for name, text in FILES_INSIDE.items()})
    key = served.admin("create-key", "looking", "--user", "ada", "--scope", "admin", "--scope", "dispatch").split()[-1]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=served.url.removesuffix("/v1"), headers=headers, timeout=30) as ada:
        ada.post("/api/v1/projects", json={"name": "shop", "url": str(project)}).raise_for_status()
        task = ada.post("/api/v1/tasks", json={"project": "shop", "prompt": "Serve it"}).raise_for_status().json()["id"]
        attempt = until(lambda: ada.get(f"/api/v1/tasks/{task}").json()["attempts"])[0]["id"]
        at = f"/api/v1/attempts/{attempt}/inside"

        def opened() -> Any:
            told = ada.get(at).raise_for_status().json()
            return told if told["state"] == "open" and PORT in told["ports"] else None

        until(opened)
        file = ada.get(f"{at}/file", params={"path": "docs/read me.md"}).raise_for_status()
        assert file.content == b"# Hello\n"
        assert "shop.py" in {one["name"] for one in ada.get(f"{at}/files").json()["entries"]}
        assert owner_of_sandbox(short_path) not in (served.pid, os.getpid())
        ada.post(f"/api/v1/tasks/{task}/cancel", json={}).raise_for_status()
        until(lambda: ada.get(at).json()["state"] == "ended")


def owner_of_sandbox(folder: Path) -> int:
    """The process that listens at the socket by which one looks inside."""
    (where,) = folder.rglob("inside/*")
    assert where.stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(where))
        return struct.unpack("3i", one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
