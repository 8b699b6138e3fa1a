"""`pullwright serve` and `worker` as processes: they say where they are, stop when they are told, and leave nobody behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pullwright.cli.folders import folders


class Process:
    """A started `pullwright …`; what it says is in a file."""

    def __init__(self, log: Path, *words: str) -> None:
        self.log = log
        with log.open("wb") as file:
            command = [sys.executable, "-m", "pullwright", *words]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, found: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not found():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def started(log: Path, *words: str) -> Iterator[Process]:
    run = Process(log, *words)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def url(run: Process) -> str:
    run.until(lambda: "serving http" in run.said)
    found = re.search(r"serving (http\S+)", run.said)
    assert found
    return found[1]


def socket() -> Path:
    return folders().state / "service" / "server.sock"


def here() -> httpx.Client:
    return httpx.Client(base_url="http://localhost", transport=httpx.HTTPTransport(uds=str(socket())), timeout=30)


def workers_of(server: int) -> list[int]:
    """The processes that the server has started."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if parent == server and b"worker" in words:
                found.append(int(entry.name))
    return found


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]


def test_it_serves_works_and_stops_when_it_is_told(tmp_path: Path) -> None:
    with started(tmp_path / "log", "serve", "--port", "0") as run:
        address = url(run)
        assert httpx.get(f"{address}/healthz").status_code == 200
        link = re.search(r"(http\S+first-run\?token=\S+)", run.said)
        assert link
        assert httpx.get(link[1], follow_redirects=True).status_code == 200  # the page, or the web app where it was built
        run.until(lambda: ready()["workers"] == 1)
        assert run.stop(signal.SIGINT) == 0
        assert "Traceback" not in run.said
        assert not socket().exists()


def ready() -> dict[str, int]:
    with here() as client:
        return client.get("/readyz").json()


def test_an_address_that_others_reach_waits_for_an_administrator(tmp_path: Path) -> None:
    with started(tmp_path / "log", "serve", "--host", "0.0.0.0", "--port", "0", "--no-work") as run:
        assert run.process.wait(60) == 2
        assert "create-user" in run.said
    subprocess.run(
        [sys.executable, "-m", "pullwright", "admin", "create-user", "ada", "--admin"], check=True, capture_output=True
    )
    with started(tmp_path / "log", "serve", "--host", "0.0.0.0", "--port", "0", "--no-work") as run:
        url(run)
        assert "first-run" not in run.said


def test_a_port_that_is_taken_and_a_server_that_runs_are_said(tmp_path: Path) -> None:
    with started(tmp_path / "one", "serve", "--port", "0", "--no-work") as run:
        port = url(run).rpartition(":")[2]
        for words in (("--port", port, "--socket", str(tmp_path / "s")), ("--port", "0")):
            second = subprocess.run(
                [sys.executable, "-m", "pullwright", "serve", "--no-work", *words], capture_output=True, text=True, timeout=60
            )
            assert second.returncode == 2
            assert "fix:" in second.stderr
        assert ready()["ready"]  # and the first one's socket is still its own


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_its_worker_processes_end_with_it(tmp_path: Path, how: signal.Signals) -> None:
    with started(tmp_path / "log", "serve", "--port", "0", "--workers", "2", "--drain", "2") as run:
        url(run)
        run.until(lambda: ready()["workers"] == 2)
        children = workers_of(run.process.pid)
        assert len(children) == 2
        if how == signal.SIGTERM:
            os.kill(children[0], signal.SIGKILL)  # one that dies is replaced
            run.until(lambda: len(set(workers_of(run.process.pid)) - {children[0]}) == 2)
            children = workers_of(run.process.pid)
        run.stop(how)
        end = time.monotonic() + 30
        while any(lives(child) for child in children):
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_local_one_ends_itself_when_nobody_needs_it(tmp_path: Path) -> None:
    with started(tmp_path / "log", "serve", "--local", "--idle", "2") as run:
        run.until(lambda: "serving at" in run.said)
        assert ready()["ready"]
        assert run.process.wait(60) == 0
        assert not socket().exists()
