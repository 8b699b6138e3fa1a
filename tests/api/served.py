"""`pullwright serve` as a process of its own, with upstreams by configuration: started, killed, started again at the same port.

with Served(folder, {"up": ("responses", url)}) as served:
    served.url, served.key          for clients; models are `up/scripted`, and `fast` and `deep` the first one
    served.kill(); served.start()   as a machine does it
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0


class Served:
    """The server; `with` starts and ends it. `upstreams` are name -> wire and base URL; with `work` it also
    runs tasks. `program` is what is started, with `more` in its environment."""

    program: Sequence[str] = (sys.executable, "-m", "pullwright")
    more: Mapping[str, str] = {}

    def __init__(self, folder: Path, upstreams: Mapping[str, tuple[str, str]], *, work: bool = False, **settings: object) -> None:
        self.folder = folder
        self.words = ("serve",) if work else ("serve", "--no-work")
        self.port = free_port()
        self.key = ""
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "pullwright/config").mkdir(parents=True, exist_ok=True)
        (folder / "pullwright/config/config.toml").write_text(_configuration(upstreams, {"port": self.port, **settings}))

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def pid(self) -> int:
        """Of the server's process."""
        assert self.process
        return self.process.pid

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "serve.log").read_text(errors="replace")

    @property
    def database(self) -> Path:
        """Its SQLite file."""
        return next((self.folder / "pullwright").rglob("pullwright.sqlite"))

    def __enter__(self) -> Served:
        self.admin("migrate")
        self.admin("create-user", "ada", "--admin")
        self.key = self.admin("create-key", "programs", "--user", "ada", "--scope", "models").split()[-1]
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()

    def start(self) -> None:
        """Start, and wait until it answers."""
        words = [*self.program, *self.words]
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                words, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server does not answer ({error}):\n{self.log[-3000:]}") from error
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def admin(self, *words: str) -> str:
        """`pullwright admin`; what it printed."""
        command = [*self.program, "admin", *words]
        ran = subprocess.run(command, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=PATIENCE)
        if ran.returncode:
            raise RuntimeError(f"{' '.join(words)}: {ran.stdout}{ran.stderr}")
        return ran.stdout.strip()

    def environment(self) -> dict[str, str]:
        """Of the server's process, and of a worker beside it."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PULLWRIGHT_HOME": str(self.folder / "pullwright"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "UPSTREAM_KEY": "sk-upstream-secret",
            "LANG": "C.UTF-8",
            **self.more,
        }


def _configuration(upstreams: Mapping[str, tuple[str, str]], settings: Mapping[str, object]) -> str:
    names = [f"{name}/scripted" for name in upstreams]
    lines = ["[server]"]
    given = {"requests": 1_000_000, "streams": 10_000, "models": names, **settings}
    lines += [f"{name} = {json.dumps(value)}" for name, value in given.items()]
    for name, (wire, url) in upstreams.items():
        lines += [f"[providers.{name}]", f"base_url = {json.dumps(url)}", f'wire = "{wire}"', 'key_env = "UPSTREAM_KEY"']
    for name in ("fast", "deep"):
        lines += [f"[models.{name}]", f"model = {json.dumps(names[0])}"]
    return "\n".join(lines) + "\n"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
