"""Taking the person's files back to an earlier checkpoint: the agent's work goes, theirs stays.

    planned(…)     what each path is to become: a pure function of the checkpoints and of who made each
    Rewind         carries it out: what is not as the last checkpoint says was edited just now, and is left alone

Before the first file is touched, `rewinding.json` says from which tree to which: a rewind that was killed half-way is finished
when the session is opened next.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pullwright.workspace.authors import Change
from pullwright.workspace.conversion import Conversion
from pullwright.workspace.git import Git
from pullwright.workspace.layers import open_folder
from pullwright.workspace.merging import carried, file_at
from pullwright.workspace.objects import Entry, Objects
from pullwright.workspace.placing import LARGEST, Put, look, put_all, status_at, sweep
from pullwright.workspace.trees import differences, edited

NAME = "rewinding.json"


class Restored(msgspec.Struct, frozen=True):
    """Where the files stand now, and where they stood `before` (a checkpoint: restore that to take the rewind back).

    `restored` are the paths that were taken back, `merged` those of them where edits of the person's were kept line by line.
    `kept` are paths that the agent changed, too, and that were left alone, because what the person did to them cannot be told
    from it or is happening now. What only the person changed is not named.
    """

    tree: str
    before: str
    restored: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """What paths are to become (None: nothing), of these the ones merged line by line, and the ones to be left alone."""

    wanted: dict[bytes, Entry | None]
    merged: frozenset[bytes]
    kept: frozenset[bytes]

    def without(self, paths: Collection[bytes]) -> Plan:
        """The same, with `paths` left alone, too."""
        left = frozenset(paths) & self.wanted.keys()
        wanted = {path: entry for path, entry in self.wanted.items() if path not in left}
        return Plan(wanted, self.merged - left, self.kept | left)


def planned(objects: Objects, git: Git, changes: Sequence[Change], at: int) -> Plan:
    """Going from the last checkpoint back to number `at`, with all that the person did since carried onto it."""
    target, now = changes[at].tree, changes[-1].tree
    theirs = carried(objects, git, target, changes, at, ("person",))
    wanted = {path: old for path, old, _ in differences(objects, target, now) if path not in theirs.clashes}
    wanted.update(theirs.entries)
    wanted = {path: entry for path, entry in wanted.items() if entry != file_at(objects, now, path)}
    return Plan(wanted, theirs.merged & wanted.keys(), theirs.clashes)


class Doing(msgspec.Struct):
    """What `rewinding.json` holds."""

    old: str
    new: str


class Rewind:
    """One rewind of the files below `root`. `git` is the git folder through which they are looked at. Blocking."""

    def __init__(self, root: Path, folder: Path, objects: Objects, git: Git, settings: Mapping[str, str]) -> None:
        self._root = root
        self._note = folder / NAME
        self._objects = objects
        self._git = git
        self._settings = settings

    def carry_out(self, now: str, wanted: Mapping[bytes, Entry | None]) -> tuple[str, set[bytes]]:
        """Let the paths become what is wanted; the tree of the files then, and the paths that were left alone.

        The tree is kept durably before anything is touched. Raises `Edited` or `FixRepository`; nothing was changed then.
        """
        conversion = Conversion(self._git, self._objects, self._settings, sorted(wanted))
        fd = open_folder(os.fsencode(self._root))
        try:
            waiting, left = self._waiting(fd, conversion, now, wanted)
            if not waiting:
                return now, left
            tree = edited(self._objects, now, {step.path: wanted[step.path] for step in waiting})
            self._objects.keep(now)
            self._write_note(Doing(now, tree))
            try:
                put_all(fd, waiting)
            except BaseException:
                self.done()
                raise
            return tree, left
        finally:
            os.close(fd)

    def finish(self) -> str:
        """Carry on with a rewind that was killed: the tree that it was to reach, empty when there is none. Then call `done`."""
        try:
            doing = msgspec.json.decode(self._note.read_bytes(), type=Doing)
        except FileNotFoundError:
            return ""
        wanted = {path: new for path, _, new in differences(self._objects, doing.old, doing.new)}
        conversion = Conversion(self._git, self._objects, self._settings, sorted(wanted))
        fd = open_folder(os.fsencode(self._root))
        try:
            sweep(fd, sorted(wanted))
            waiting, _ = self._waiting(fd, conversion, doing.old, wanted)
            put_all(fd, waiting)
        finally:
            os.close(fd)
        return doing.new

    def done(self) -> None:
        """The checkpoint after it is kept, or it was taken back: forget it."""
        self._note.unlink(missing_ok=True)

    def _write_note(self, doing: Doing) -> None:
        partial = self._note.with_suffix(".new")
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(doing))
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._note)

    def _waiting(
        self, fd: int, conversion: Conversion, now: str, wanted: Mapping[bytes, Entry | None]
    ) -> tuple[list[Put], set[bytes]]:
        waiting: list[Put] = []
        left: set[bytes] = set()
        for path, entry in wanted.items():
            status = status_at(fd, path)
            if status is not None and status.st_size > LARGEST:
                left.add(path)  # no checkpoint holds it: it has grown since, and reading it could take all memory
                continue
            here = look(fd, path)
            if conversion.is_same(path, here, entry):
                continue  # already so
            if conversion.is_same(path, here, file_at(self._objects, now, path)):
                waiting.append(Put(path, here, conversion.to_disk(path, entry)))
            else:
                left.add(path)
        going = {step.path for step in waiting if step.new is None}
        blocked = {step.path for step in waiting if step.new is not None and self._is_blocked(step.path, going)}
        return [step for step in waiting if step.path not in blocked], left | blocked

    def _is_blocked(self, path: bytes, going: set[bytes]) -> bool:
        """Whether something stays (an ignored file, or one of the person's) where a folder or file has to make way."""
        parts = path.split(b"/")
        for depth in range(1, len(parts)):
            above = b"/".join(parts[:depth])
            place = self._root / os.fsdecode(above)
            if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()) and above not in going:
                return True
        place = self._root / os.fsdecode(path)
        if place.is_symlink() or not place.is_dir():
            return False
        return any(os.fsencode(name) not in going for name in _below(place, self._root))


def _below(folder: Path, root: Path) -> Iterable[Path]:
    """What is in a folder, as paths below the root: all that is no folder, and folders that are empty."""
    for above, folders, files in os.walk(folder):
        for name in (*files, *(name for name in folders if Path(above, name).is_symlink())):
            yield Path(above, name).relative_to(root)
        if not folders and not files and Path(above) != folder:
            yield Path(above).relative_to(root)
