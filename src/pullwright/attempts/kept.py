"""Results of the base's clean run, kept for later turns and sessions that begin from the same files.

    fingerprint(…) -> str     what the result depends on: tree, command, sandbox, toolchains, Pullwright's version
    Kept(cache).get(key)      the run, when it is younger than a day
    Kept(cache).put(key, run)

Nothing that is proved rests on a kept run alone: verdict.py asks for fresh runs of the tests that decide.
The files are written and read outside of every sandbox.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pullwright import __version__
from pullwright.attempts.results.tests import Results
from pullwright.sandbox.sandbox import Mount

LONGEST_AGE = 24 * 3600.0
"""Seconds for which a run is believed: tests may read the clock, and what they need may have changed unseen."""
MOST = 40
"""How many runs are kept."""
LARGEST = 8 << 20
"""Bytes of one kept run, output and all; a larger one is not kept."""


class KeptRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the base: how it ended, its tests, its output (without secrets)."""

    exit_code: int
    seconds: float
    results: Results
    output: bytes


def fingerprint(*facts: object, mounts: Iterable[Mount]) -> str:
    """A key that is another one when any of `facts` is, or when a package was installed in what is mounted."""
    digest = hashlib.sha256()
    for fact in (__version__, *facts):
        digest.update(repr(fact).encode() + b"\0")
    for folder in (*(mount.path for mount in mounts), Path("/usr"), Path("/usr/local")):
        digest.update(f"{folder}\0".encode())
        for packages in sorted(folder.glob("lib/python3*/*-packages")):
            for entry in sorted(os.scandir(packages), key=lambda entry: entry.name):
                status = entry.stat(follow_symlinks=False)
                digest.update(f"{entry.name}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
    return digest.hexdigest()


class Kept:
    """The runs in `cache/verification`, oldest removed first. Blocking; safe with many processes at once."""

    def __init__(self, cache: Path) -> None:
        self.folder = cache / "verification"

    def get(self, key: str) -> KeptRun | None:
        """The run under a key, or None."""
        path = self.folder / f"{key}.msgpack"
        try:
            if not 0 <= time.time() - path.stat().st_mtime < LONGEST_AGE:
                return None
            return msgspec.msgpack.decode(path.read_bytes(), type=KeptRun)
        except (OSError, msgspec.DecodeError):
            return None

    def put(self, key: str, run: KeptRun) -> None:
        """Keep a run. What goes wrong is passed over: then it is made again."""
        data = msgspec.msgpack.encode(run)
        if len(data) > LARGEST:
            return
        draft = self.folder / f".{key}.{os.urandom(6).hex()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_bytes(data)
            draft.rename(self.folder / f"{key}.msgpack")
            every = sorted(self.folder.glob("*.msgpack"), key=lambda path: path.stat().st_mtime)
            for path in every[:-MOST]:
                path.unlink(missing_ok=True)
        except OSError:
            draft.unlink(missing_ok=True)

    def drop(self, key: str) -> None:
        """Forget a run that was found to be unsteady."""
        (self.folder / f"{key}.msgpack").unlink(missing_ok=True)
