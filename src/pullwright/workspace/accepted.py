"""What was accepted of the agent's work, as a commit: on a new branch, or on the one that the person has checked out.

accepted(…)    HEAD's tree with the agent's changes: without the person's where the two can be told apart
commit(…)      the commit and the branch
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.workspace import advance, change
from pullwright.workspace.authors import Change
from pullwright.workspace.blocking import finishing
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.merging import carried, file_at
from pullwright.workspace.objects import Entry, Objects
from pullwright.workspace.reading import shown
from pullwright.workspace.repository import Repository
from pullwright.workspace.trees import differences, edited


class Branch(msgspec.Struct):
    """What this session has put on a branch (the name empty: the one that was checked out): its tip, and up to which checkpoint
    it holds the agent's work; of some paths (as Latin-1) up to a later one."""

    tip: str
    number: int
    paths: dict[str, int] = {}


class Accepted(msgspec.Struct, frozen=True):
    """The paths of a commit and what they become (None: nothing). `mixed` hold edits of the person's, too. `all` that the agent
    changed and that is not committed."""

    entries: dict[bytes, Entry | None]
    mixed: tuple[bytes, ...]
    all: frozenset[bytes]


def accepted(
    objects: Objects, git: Git, onto: str, changes: Sequence[Change], done: Branch, paths: Collection[str] | None
) -> Accepted:
    """What of the last checkpoint belongs on the tree `onto`: all of the agent's that it has not got yet, or only `paths`.

    A path that was asked for and that the agent did not change is taken as it is.
    """
    now = changes[-1].tree
    contained = {path.encode("latin-1"): number for path, number in done.paths.items()}
    agents = carried(objects, git, onto, changes, done.number, ("agent", "rewind"), contained=contained)
    found = {**agents.entries, **{path: file_at(objects, now, path) for path in agents.clashes}}
    every = {path: entry for path, entry in found.items() if entry != file_at(objects, onto, path)}
    entries = every
    if paths is not None:
        known = {shown(path): path for path, _, _ in differences(objects, onto, now)}
        asked = {known.get(path, os.fsencode(path)) for path in paths}
        entries = {path: every[path] if path in every else file_at(objects, now, path) for path in asked}
        entries = {path: entry for path, entry in entries.items() if entry != file_at(objects, onto, path)}
    return Accepted(entries, tuple(sorted(entries.keys() & agents.clashes)), frozenset(every))


class Committing:
    """Commits of one session. `git` is git on its objects, `branches` what it has committed so far. Blocking."""

    def __init__(self, folder: Path, repository: Repository, objects: Objects, git: Git, branches: dict[str, Branch]) -> None:
        self._folder = folder
        self._repository = repository
        self._objects = objects
        self._git = git
        self._branches = branches

    def commit(
        self, changes: Sequence[Change], wanted: change.Wanted, paths: Collection[str] | None
    ) -> tuple[ChangeSummary, Accepted]:
        """Commit; `wanted.branch` is a new one, one that this session made, or empty for the one checked out.

        Raises `FixRepository` where there is nothing to commit or the branch is somebody else's.
        """
        repository = self._repository
        name = "" if wanted.branch == repository.branch else wanted.branch
        if not name:
            advance.check(repository)
        parent, before = self._parent(name)
        onto = self._objects.commit_tree(parent)
        taken = accepted(self._objects, self._git, onto, changes, before, paths)
        if not taken.entries:
            raise FixRepository("there is nothing to commit: what was asked for is as it is in the last commit")
        tree = edited(self._objects, onto, taken.entries)
        self._objects.keep(changes[-1].tree)
        self._objects.settle()
        head = change.commit_tree(repository, self._git, tree, parent, wanted.message, wanted)
        summary = change.summary(self._git, name or repository.branch or "HEAD", parent, head)
        change.hand_over(self._objects, head, repository.objects)
        with finishing():
            if name:
                self._put(name, head, parent)
            else:
                advance.advance(repository, self._folder, head, taken.entries)
            self._branches[name] = _after(head, before, len(changes) - 1, taken)
        return summary, taken

    def uncommitted(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """The paths that the agent changed and that are not so in HEAD."""
        parent, before = self._parent("")
        onto = self._objects.commit_tree(parent)
        return tuple(sorted(map(shown, accepted(self._objects, self._git, onto, changes, before, None).all)))

    def _parent(self, name: str) -> tuple[str, Branch]:
        """The commit to go on from, and what of the agent's work it holds."""
        ours = self._branches.get(name)
        if name and ours is not None and change.find_ref(Git.foreign(self._repository.git_dir), f"refs/heads/{name}") == ours.tip:
            return ours.tip, ours
        return self._repository.head, self._branches.get("") or Branch(self._repository.head, 0)

    def _put(self, name: str, head: str, parent: str) -> None:
        ours = self._branches.get(name)
        old = parent if ours is not None and ours.tip == parent else change.NO_COMMIT
        try:
            Git.foreign(self._repository.git_dir).call("update-ref", "-m", "pullwright: commit", f"refs/heads/{name}", head, old)
        except GitFailed as error:
            raise FixRepository(
                f"branch {name} could not be made: {error.stderr}", fix="Choose another branch name, or delete that one."
            ) from None


def _after(head: str, before: Branch, number: int, taken: Accepted) -> Branch:
    """What the branch holds after a commit of what was taken up to checkpoint `number`."""
    if taken.all <= taken.entries.keys():
        return Branch(head, number)
    return Branch(head, before.number, {**before.paths, **{path.decode("latin-1"): number for path in taken.entries}})
