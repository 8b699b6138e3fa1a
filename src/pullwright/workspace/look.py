"""Looking at the person's work tree: what `git add -A` would make of it, for the cost of a stat of each file.

`git status` says which paths differ, in a git folder of ours with a copy of the person's index: from the commit that is checked
out. Those are read here, without following a link, and only when their times say so; the tree is that commit's with them in it.
When the person checks out or commits something, index and commit are taken anew. Nobody but git writes that index, and it
holds no file of the session's: what the agent made is known here.

Left out, and told once: other repositories, what LFS keeps, files that cannot be read, files over `LARGEST`, and thousands of
new files in one folder that nobody ignored. What is neither file nor link (a socket, a pipe) is not there for git.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pullwright.protocol.errors import TryAgainLater
from pullwright.workspace import person, uncommitted
from pullwright.workspace.blocking import current_job
from pullwright.workspace.conversion import Conversion
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.glance import RACY_NS
from pullwright.workspace.layers import open_folder
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.merging import file_at
from pullwright.workspace.objects import Entry, Objects
from pullwright.workspace.placing import LARGEST, look, status_at
from pullwright.workspace.repository import Repository
from pullwright.workspace.trees import differences, edited, is_git_name
from pullwright.workspace.upper import Known

CROWD = 10_000
"""New files at once: nobody wrote them, and taking them up would take seconds to minutes."""

TRIES = 3
SECOND_NS = 1_000_000_000

GITLINK = b"\x00\x00\xe0\x00"
"""A submodule's mode as an index holds it."""

STRICT = {"core.checkStat": "default", "core.trustctime": "true", "core.looseCompression": "1"}
"""All of a file's times and its inode count, whatever the person's settings say: who changes a file may set its time back."""

Letters = dict[bytes, str]


class Look:
    """The person's work tree, seen through the git folder `folder` (made when it is not there). Blocking.

    `last` is the tree of the session's last checkpoint, empty for none. `left_out` names what the trees do not hold, and why; it
    only grows. `git` is git in that folder.
    """

    def __init__(self, repository: Repository, folder: Path, objects: Objects, lfs: LfsPaths, last: str) -> None:
        self._repository = repository
        self._folder = folder
        self._objects = objects
        self._lfs = lfs
        self._settings = person.reading_settings(repository)
        self._known = Known()
        self._aged = 0
        self.left_out: dict[bytes, str] = {}
        self._reopen()
        self._base = objects.commit_tree((folder / "HEAD").read_text().strip())
        self._tree = last or self._base
        self._differing = {path for path, _, _ in differences(objects, self._base, self._tree)}

    def tree(self, only: Sequence[bytes] | None = None) -> str:
        """The tree of the files as they are now; with `only`, of those paths as they are now and all else as it was last time.

        Raises `TryAgainLater` when they change too fast to be read.
        """
        failure: GitFailed | None = None
        for _ in range(TRIES):
            begun = time.time_ns()
            (self._folder / "index.lock").unlink(missing_ok=True)  # of a git that was killed: nobody else works here
            try:
                return self._look() if only is None else self._look_at(only)
            except GitFailed as error:
                failure = error
            finally:
                self._age(begun)
        raise TryAgainLater(f"your files could not be read: {failure}")

    def moved(self, tree: str) -> None:
        """The files were made those of `tree`, by us."""
        self._differing.update(path for path, _, _ in differences(self._objects, self._tree, tree))
        self._tree = tree

    def submodules(self) -> list[str]:
        """The paths of submodules, fetched or not."""
        if GITLINK not in (self._folder / "index").read_bytes():
            return []
        lines = self.git.call("ls-files", "-s", "-z").split(b"\0")
        return [os.fsdecode(line.partition(b"\t")[2]) for line in lines if line.startswith(b"160000 ")]

    # --- the index -------------------------------------------------------------------------------

    def _reopen(self) -> None:
        (self._folder / "index.lock").unlink(missing_ok=True)
        if (self._folder / "index").exists():
            self.git = uncommitted.reading(self._repository, self._folder, self._objects.folder, STRICT)
            try:
                self.git.call("ls-files", "--", "nothing")
                return
            except GitFailed:  # a power failure has cut it short
                pass
        self._anchor()

    def _anchor(self) -> None:
        """Take the person's index and what is checked out anew."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.git: Git = uncommitted.scratch(self._repository, self._folder, self._objects.folder, STRICT)
        self._aged = 0

    def _age(self, begun: int) -> None:
        """Let the index be as old as the look's beginning.

        Git takes a file for unchanged when its times, in whole seconds, are those of the index and older than the index itself:
        an edit that came after the file was read, but in a second before the index was written, would never be seen.
        """
        written = (self._folder / "index").stat().st_mtime_ns
        if written != self._aged:
            self._aged = min(written, (begun - RACY_NS) // SECOND_NS * SECOND_NS)
            os.utime(self._folder / "index", ns=(self._aged, self._aged))

    # --- looking ---------------------------------------------------------------------------------

    def _look(self) -> str:
        onto = self._tree
        repository = Repository.find(self._repository.root)
        if repository.head != (self._folder / "HEAD").read_text().strip():
            self._repository = repository
            self._anchor()
            onto = self._base = self._objects.commit_tree(repository.head)
        found = dict(_turned(self._without_crowds(uncommitted.status(self.git))))
        return self._taken_up({*found, *self._differing}, found, onto)

    def _look_at(self, only: Sequence[bytes]) -> str:
        if all(path in self._differing or file_at(self._objects, self._tree, path) is not None for path in only):
            return self._taken_up(only, {}, self._tree)
        found = dict(_turned(uncommitted.status(self.git, only)))  # it may be new, and ignored
        return self._taken_up({*found, *self._differing.intersection(only)}, found, self._tree)

    def _taken_up(self, paths: Collection[bytes], found: Letters, onto: str) -> str:
        """The tree `onto` with these paths as they are now."""
        entries = self._entries(paths, found)
        changes = {path: entry for path, entry in entries.items() if entry != file_at(self._objects, onto, path)}
        tree = edited(self._objects, onto, changes) if changes else onto
        for path, entry in entries.items():
            if entry == file_at(self._objects, self._base, path):
                self._differing.discard(path)
            else:
                self._differing.add(path)
        self._tree = tree
        return tree

    def _entries(self, paths: Collection[bytes], found: Letters) -> dict[bytes, Entry | None]:
        """What the tree is to have at each of these paths."""
        entries: dict[bytes, Entry | None] = {}
        reading: list[tuple[bytes, os.stat_result]] = []
        unheeded: list[bytes] = []
        root = open_folder(os.fsencode(self._repository.root))
        try:
            for path in paths:
                status = status_at(root, path)
                known = None if status is None else self._known.find(path, status)
                if why := self._why_not(path, status):
                    entries[path] = file_at(self._objects, self._tree, path)
                    if path not in self.left_out and found.get(path, "??") != "??":
                        unheeded.append(path)
                    self.left_out.setdefault(path, why)
                elif status is None or known is not None:
                    entries[path] = known
                else:
                    reading.append((path, status))
            self._read(root, reading, entries)
        finally:
            os.close(root)
        if unheeded:  # else git would read them again and again
            lines = b"".join(path + b"\0" for path in unheeded)
            self.git.call("update-index", "--assume-unchanged", "-z", "--stdin", stdin=lines)
        return entries

    def _why_not(self, path: bytes, status: os.stat_result | None) -> str:
        """Why a path is not taken up; empty when it is."""
        if path.endswith(b"/"):
            return "it is a repository of its own."
        if any(map(is_git_name, path.split(b"/"))):
            return "git would take it for its own."
        if self._lfs.has(path):
            return "it is kept by Git LFS."
        return f"it is larger than {LARGEST >> 20} MB." if status is not None and status.st_size > LARGEST else ""

    def _read(self, root: int, reading: Sequence[tuple[bytes, os.stat_result]], entries: dict[bytes, Entry | None]) -> None:
        asked = [path for path, _ in reading] if self._may_convert(path for path, _ in reading) else []
        conversion = Conversion(self.git, self._objects, self._settings, asked)
        job = current_job()
        for path, status in reading:
            job.check()
            before, read_at = file_at(self._objects, self._tree, path), time.time_ns()
            try:
                entry = entries[path] = conversion.taken(path, look(root, path), before)
            except (PermissionError, GitFailed) as error:
                reason = "it cannot be read" if isinstance(error, PermissionError) else f"git cannot read it: {error.stderr}"
                self.left_out.setdefault(path, f"{reason}.")
                entries[path] = before
                continue
            if entry is not None:
                self._known.keep(path, status, entry, read_at)

    def _may_convert(self, paths: Iterable[bytes]) -> bool:
        """Whether any attributes could hold for these paths: where there are none, git need not be asked."""
        if (self._folder / "info/attributes").stat().st_size:
            return True
        folders = {b""}
        for path in paths:
            while (path := path.rpartition(b"/")[0]) not in folders:
                folders.add(path)
        names = [folder + b"/.gitattributes" if folder else b".gitattributes" for folder in folders]
        root = self._repository.root
        return any(os.path.lexists(root / os.fsdecode(name)) or file_at(self._objects, self._base, name) for name in names)

    def _without_crowds(self, found: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        new = [path for letters, path in found if letters == "??"]
        if len(new) <= CROWD:
            return found
        counted = Counter(path.partition(b"/")[0] if b"/" in path else b"" for path in new)
        crowded = {name for name, count in counted.items() if count > CROWD // 4}
        if b"" in crowded:  # beside tracked files: no pattern tells them from those that are new tomorrow
            crowded.remove(b"")
            self.left_out[b"./"] = f"{counted[b'']:,} new files at the root. Remove them, or name them in .gitignore."
            found = [(letters, path) for letters, path in found if letters != "??" or b"/" in path]
        with (self._folder / "info/exclude").open("ab") as exclude:
            for name in crowded:
                exclude.write(b"\n/" + _literally(name) + b"/\n")
                self.left_out[name + b"/"] = f"{counted[name]:,} new files. If they are not to be kept, name it in .gitignore."
        return [(letters, path) for letters, path in found if letters != "??" or path.partition(b"/")[0] not in crowded]


def _turned(found: Iterable[tuple[str, bytes]]) -> Iterable[tuple[bytes, str]]:
    return ((path, letters) for letters, path in found)


def _literally(name: bytes) -> bytes:
    """A name as an ignore pattern that matches nothing else."""
    return b"".join(b"\\" + bytes((byte,)) if byte in b"\\*?[]!# " else bytes((byte,)) for byte in name)
