"""Looking at the person's work tree: what `git add -A` would make of it, for the cost of a stat of each file.

Git does it, in a git folder of ours with an index of ours that remembers the times of what was hashed. The person's index
is copied once, so that even the first look reads only what is uncommitted.

Left out, and told once: other repositories, what LFS keeps, files that cannot be read, files over `LARGEST`, and thousands of
new files in one folder that nobody ignored. What is neither file nor link (a socket, a pipe) is not there for git.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pullwright.protocol.errors import TryAgainLater
from pullwright.workspace import uncommitted
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.repository import Repository
from pullwright.workspace.trees import is_git_name

LARGEST = 32 << 20
"""Bytes of a file that is taken up: git hashes and squeezes some 60 MB a second, and each version is kept."""

CROWD = 10_000
"""New files at once: nobody wrote them, and taking them up would take seconds to minutes."""

MOST_NAMED = 200
"""Paths that are named to git; of more, everything is looked at."""

TRIES = 3
COARSE_NS = 20_000_000
"""File times may lag behind the clock by a tick of the kernel's."""

GITLINK = b"\x00\x00\xe0\x00"
"""A submodule's mode as an index holds it."""

STRICT = {"core.checkStat": "default", "core.trustctime": "true", "core.looseCompression": "1"}
"""All of a file's times and its inode count, whatever the person's settings say: who changes a file may set its time back."""


class Look:
    """The person's work tree, seen through the git folder `folder` (made when it is not there). Blocking.

    `left_out` names what the trees do not hold, and why; it only grows. `git` is git in that folder.
    """

    def __init__(self, repository: Repository, folder: Path, objects: Path, lfs: LfsPaths) -> None:
        self._root = os.fsencode(repository.root)
        self._folder = folder
        self._lfs = lfs
        self._last = ""
        self._aged = 0
        self.left_out: dict[bytes, str] = {}
        self.git = self._open(repository, objects)

    def _open(self, repository: Repository, objects: Path) -> Git:
        (self._folder / "index.lock").unlink(missing_ok=True)  # of a git that was killed: nobody else works here
        if (self._folder / "index").exists():
            git = uncommitted.reading(repository, self._folder, objects, STRICT)
            try:
                git.call("ls-files", "--", "nothing")
                return git
            except GitFailed:  # a power failure has cut it short
                pass
        shutil.rmtree(self._folder, ignore_errors=True)
        return uncommitted.scratch(repository, self._folder, objects, STRICT)

    def tree(self, only: Sequence[bytes] = ()) -> str:
        """The tree of the files as they are now; with `only`, of those paths as they are now, and all else as it was.

        Raises `TryAgainLater` when the files change too fast to be read.
        """
        failure: GitFailed | None = None
        for _ in range(TRIES):
            begun = time.time_ns()
            (self._folder / "index.lock").unlink(missing_ok=True)
            try:
                return self._look(only if len(only) <= MOST_NAMED else ())
            except GitFailed as error:
                failure = error
            finally:
                self._age(begun)
        raise TryAgainLater(f"your files could not be read: {failure}")

    def submodules(self) -> list[str]:
        """The paths of submodules, fetched or not."""
        try:
            if GITLINK not in (self._folder / "index").read_bytes():
                return []
        except FileNotFoundError:
            return []
        lines = self.git.call("ls-files", "-s", "-z").split(b"\0")
        return [os.fsdecode(line.partition(b"\t")[2]) for line in lines if line.startswith(b"160000 ")]

    def _look(self, only: Sequence[bytes]) -> str:
        found = uncommitted.status(self.git, only)
        present, gone = self._sorted(self._without_crowds(found))
        if gone:
            self.git.call("update-index", "--force-remove", "-z", "--stdin", stdin=_lines(gone))
        self._update(present)
        if present or gone or not self._last:
            self._last = self.git.call("write-tree").decode().strip()
        return self._last

    def _age(self, begun: int) -> None:
        """Let the index be as old as the look's beginning.

        Git takes a file for unchanged when its times, in whole seconds, are those of the index and older than the index itself:
        an edit that came after the file was read, but in a second before the index was written, would never be seen.
        """
        try:
            written = (self._folder / "index").stat().st_mtime_ns
        except FileNotFoundError:
            return
        if written != self._aged:
            aged = (begun - COARSE_NS) // 1_000_000_000 * 1_000_000_000
            self._aged = min(written, aged)
            os.utime(self._folder / "index", ns=(self._aged, self._aged))

    def _sorted(self, found: Iterable[tuple[str, bytes]]) -> tuple[list[bytes], list[bytes]]:
        """Which of the paths that differ are to be read, and which are surely gone."""
        present: list[bytes] = []
        gone: list[bytes] = []
        unheeded: list[bytes] = []
        for letters, path in found:
            if path.endswith(b"/"):
                self.left_out.setdefault(path, "it is a repository of its own.")
                continue
            if letters[1] == " " or any(map(is_git_name, path.split(b"/"))):
                continue
            why = "it is kept by Git LFS." if self._lfs.has(path) else self._why_not(path)
            if why is None:
                present.append(path)
            elif not why:
                gone.append(path)
            else:
                self.left_out.setdefault(path, why)
                if letters != "??":
                    unheeded.append(path)
        if unheeded:  # else git would read them again and again
            self.git.call("update-index", "--assume-unchanged", "-z", "--stdin", stdin=_lines(unheeded))
        return present, gone

    def _why_not(self, path: bytes) -> str | None:
        """Why a path is not taken up; None when it is, empty when it is neither file nor link nor folder any more."""
        full = self._root + b"/" + path
        try:
            status = os.lstat(full)
        except OSError:
            return None
        if stat.S_ISREG(status.st_mode):
            if status.st_size > LARGEST:
                return f"it is larger than {LARGEST >> 20} MB."
            return None if _is_readable(full) else "it cannot be read."
        return None if stat.S_ISLNK(status.st_mode) or stat.S_ISDIR(status.st_mode) else ""

    def _without_crowds(self, found: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        new = [path for letters, path in found if letters == "??"]
        if len(new) <= CROWD:
            return found
        counted = Counter(path.partition(b"/")[0] for path in new if b"/" in path)
        crowded = {name for name, count in counted.items() if count > CROWD // 4}
        with (self._folder / "info/exclude").open("ab") as exclude:
            for name in crowded:
                exclude.write(b"\n/" + _literally(name) + b"/\n")
                self.left_out[name + b"/"] = f"{counted[name]:,} new files. If they are not to be kept, name it in .gitignore."
        return [(letters, path) for letters, path in found if letters != "??" or path.partition(b"/")[0] not in crowded]

    def _update(self, paths: list[bytes]) -> None:
        """Read files into the index. Where that fails, all but those that are to blame: they may change as they are read."""
        if not paths:
            return
        try:
            self.git.call("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=_lines(paths))
        except GitFailed as error:
            if len(paths) == 1:
                self.left_out.setdefault(paths[0], f"git cannot read it: {error.stderr.splitlines()[-1:] or error.code}")
                return
            half = len(paths) // 2
            self._update(paths[:half])
            self._update(paths[half:])


def _lines(paths: Iterable[bytes]) -> bytes:
    return b"".join(path + b"\0" for path in paths)


def _is_readable(path: bytes) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _literally(name: bytes) -> bytes:
    """A name as an ignore pattern that matches nothing else."""
    return b"".join(b"\\" + bytes((byte,)) if byte in b"\\*?[]!# " else bytes((byte,)) for byte in name)
