"""The local service: `pullwright serve` of this user's own, started when it is needed, for a socket that only they can open.

Whoever needs it first starts it, under a lock, so that two commands at once start one. It outlives the command and the
terminal, works on, and ends itself when it has been idle for some minutes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pullwright.cli.folders import Folders, folders
from pullwright.cli.tasks.server import Server
from pullwright.cli.tasks.socket import answers, peer_of, socket_of
from pullwright.protocol.errors import FixMachine

URL = "http://localhost"
IDLE = 600
"""Seconds without a request or work after which it ends itself."""
PATIENCE = 60.0
"""Seconds that it has to come up: the first start makes the database."""
LARGEST_LOG = 4 << 20
STARTED = "started"
"""A file of the service's folder: which settings it was started with."""


def running(where: Folders | None = None) -> Server:
    """The local service, started when it does not run. Raises `FixMachine`, naming its log, when it cannot be started."""
    folder = (where or folders()).state / "service"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = socket_of(folder)
    log = folder / "server.log"
    if not answers(socket):
        with _alone(folder / "start.lock"):
            if not answers(socket):
                (folder / STARTED).write_text(_settings(where or folders()))
                _start(folder, socket, log)
    return Server(url=URL, socket=socket, log=log)


def is_outdated(where: Folders | None = None) -> bool:
    """Whether the person's settings or kept keys are others than when it was started."""
    where = where or folders()
    try:
        return (where.state / "service" / STARTED).read_text() != _settings(where)
    except OSError:
        return False


def _settings(where: Folders) -> str:
    digest = hashlib.sha256()
    for path in (where.config_file, where.config / "credentials.json"):
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()


def stop(where: Folders | None = None) -> int:
    """Tell it to stop, and wait until it has; its process, 0 where none ran. What runs in it goes on with the next start.

    Raises `FixMachine` when it does not end.
    """
    socket = socket_of((where or folders()).state / "service")
    process = peer_of(socket)
    if process:
        os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while process and answers(socket):
        if time.monotonic() > deadline:
            raise FixMachine("the local service does not end", fix=f"end it: kill -9 {process}")
        time.sleep(0.05)
    return process


def renewed(where: Folders | None = None) -> Server:
    """The local service, ended and started anew. What runs in it goes on from its last checkpoint. Raises `FixMachine`."""
    folder = (where or folders()).state / "service"
    with _alone(folder / "start.lock"):
        stop(where)
    return running(where)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock; others wait for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def command(folder: Path, socket: Path) -> list[str]:
    """How the local service is started."""
    return [
        *(sys.executable, "-m", "pullwright", "serve", "--local", "--data", str(folder), "--socket", str(socket)),
        *("--idle", str(IDLE)),
    ]


def _start(folder: Path, socket: Path, log: Path) -> None:
    """Start it and wait until it answers."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    began = os.fstat(descriptor).st_size
    try:
        process = subprocess.Popen(
            command(folder, socket),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            cwd="/",
        )
    finally:
        os.close(descriptor)
    deadline = time.monotonic() + PATIENCE
    while not answers(socket):
        if process.poll() is not None:
            raise FixMachine(f"the local service did not start: {_said(log, began)}", fix=f"its log is {log}")
        if time.monotonic() > deadline:
            process.terminate()
            raise FixMachine(f"the local service does not answer after {PATIENCE:.0f} s", fix=f"its log is {log}")
        time.sleep(0.03)
    process.returncode = 0  # it is nobody's child: no warning when this object goes


def _said(log: Path, began: int) -> str:
    """The last thing that it wrote."""
    with log.open("rb") as file:
        file.seek(began)
        lines = file.read(64 << 10).decode("utf-8", "replace").strip().splitlines()
    told = [line for line in lines if line.startswith("error:")] or lines
    return (told[-1].removeprefix("error: ") if told else "it ended without a word")[:300]
