"""The person's own folder as the place where the agent works: checkpoints beside it, and their edits told from the agent's.

Below the session's folder:

    objects/, git/                  the session's objects, borrowing the rest from the person's; our git folder on them
    look/                           the git folder through which the person's files are looked at, with its index
    checkpoints.journal             each checkpoint, durable with one write
    authors.jsonl                   who made each
    inplace.json                    what `open_in_place` needs beside it

Nothing in the person's `.git` is written before a commit is asked for.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from pullwright.protocol.errors import FixRepository, TryAgainLater
from pullwright.protocol.extensions import extension_of
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.workspace import advance, change, person
from pullwright.workspace.accepted import Branch, Committing
from pullwright.workspace.authors import Author, Authors
from pullwright.workspace.blocking import opened_in_thread
from pullwright.workspace.checkouts import Checkout, check_out
from pullwright.workspace.files import Checkpoint
from pullwright.workspace.git import make_git_dir, write_alternates
from pullwright.workspace.journal import Journal
from pullwright.workspace.layers import lay_out
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.look import Look
from pullwright.workspace.mirror import Mirror, stores
from pullwright.workspace.objects import Objects
from pullwright.workspace.placing import Edited
from pullwright.workspace.protection import CONFIGURES, Protection, planted, protect, unmake
from pullwright.workspace.reading import Reading, make_objects, own_git, shown
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository
from pullwright.workspace.rewind import Restored, Rewind, planned
from pullwright.workspace.trees import differences, folders, parents

STATE = "inplace.json"
TRIES = 5
NAMED = 8
"""Paths that are named at once: whoever makes thousands must not drown the person in notices."""


class State(msgspec.Struct, kw_only=True):
    """What is kept in `inplace.json`. `branches` is what was committed so far, `made` folders that were made in the person's
    tree, to be removed when they are empty."""

    root: str
    base: str
    branch: str
    start_tree: str
    attributes: bytes = b""
    notices: list[str] = []
    branches: dict[str, Branch] = {}
    made: list[str] = []

    def save(self, folder: Path) -> None:
        """Keep it: either the old or the new state is there after a crash."""
        partial_file = folder / f"{STATE}.new"
        with partial_file.open("wb") as file:
            file.write(msgspec.json.encode(self))
            file.flush()
            os.fsync(file.fileno())
        partial_file.rename(folder / STATE)


async def open_in_place(project: Path, *, cache: Path, folder: Path) -> InPlace:
    """The repository that holds `project`, to be worked on where it lies; new, or as the session in `folder` left it.

    What the person changed since then shows at the next `looked`. Raises `FixRepository` where there is no repository with
    a commit, where it is the person's home, or holds Pullwright's own folders. Cancelling leaves nothing open.
    """
    return await opened_in_thread(_open, InPlace.let_go, project, cache, folder)


def _open(project: Path, cache: Path, folder: Path) -> InPlace:
    repository = Repository.find(project)
    _check(repository.root, (folder, cache))
    if (folder / STATE).exists():
        state = msgspec.json.decode((folder / STATE).read_bytes(), type=State)
        if state.root != str(repository.root):
            raise FixRepository(
                f"this session works in {state.root}, and not in {repository.root}",
                fix="Resume it there, or begin another session here.",
            )
        return _begun(InPlace(folder, cache, state, repository), InPlace.resume)
    for part in ("objects", "git", "look"):  # of a start that was killed half-way
        remove_tree(folder / part)
    folder.mkdir(parents=True, exist_ok=True)
    make_git_dir(folder / "git")
    make_objects(folder)
    write_alternates(folder / "objects", stores(repository.objects))
    state = State(root=str(repository.root), base=repository.head, branch=repository.branch, start_tree="")
    return _begun(InPlace(folder, cache, state, repository), InPlace.begin)


def _begun(opened: InPlace, begin: Callable[[InPlace], None]) -> InPlace:
    try:
        begin(opened)
    except BaseException:
        opened.let_go()
        raise
    return opened


def _check(root: Path, ours: Sequence[Path]) -> None:
    """Refuse a folder that the agent must not write to as a whole."""
    if Path.home().resolve().is_relative_to(root):
        raise FixRepository(
            f"{root} holds your home folder: the agent could read and change all that is yours",
            fix="Work in a project's own repository, or use `pullwright exec`, which works on a snapshot.",
        )
    for path in ours:
        if path.resolve().is_relative_to(root):
            raise FixRepository(
                f"Pullwright keeps its own files in {path}, inside the folder that the agent would work in",
                fix="Set PULLWRIGHT_HOME, or XDG_STATE_HOME and XDG_CACHE_HOME, to folders outside of it.",
            )


class InPlace(Reading):
    """The person's files, changed where they lie. Made by `open_in_place`; `close` (or `async with`) lets it go.

    `root`, `base`, `start_tree`, `tree` and `notices` are as those of `Workspace`. `mounted` is what a sandbox mounts.
    """

    def __init__(self, folder: Path, cache: Path, state: State, repository: Repository) -> None:
        journal = Journal(folder)
        super().__init__(folder, Objects(folder / "objects", own_git(folder), journal))
        self._cache = cache
        self._state = state
        self._repository = repository
        self._authors = Authors(folder)
        self._looker: Look | None = None
        self._told: set[bytes] = set()
        self._folders: set[bytes] | None = None
        self._checkout: Checkout | None = None
        self._tree = journal.tree or state.start_tree
        if journal.tree and (not self._authors.changes or self._authors.changes[-1].tree != journal.tree):
            self._authors.add(journal.tree, "person")
        self._protection: Protection | None = None

    def resume(self) -> None:
        """Go on where the session was left: a rewind that was killed is finished. Blocking; for `open_in_place`."""
        advance.tidy(self.folder)
        rewind = self._rewind()
        if (tree := rewind.finish()) and tree != self._tree:
            self._keep(tree, "rewind")
            self._looking().moved(tree)
        rewind.done()
        self._protection = self._protect()

    def begin(self) -> None:
        """Take the start's tree. Blocking; for `open_in_place`."""
        state = self._state
        attributes = change.read_file(self._objects, self._objects.commit_tree(state.base), b".gitattributes") or b""
        state.attributes = attributes if b"filter=lfs" in attributes else b""
        state.notices = list(self._repository.notices)
        self._take("person")
        state.start_tree = self._tree
        self._protection = self._protect()
        state.save(self.folder)

    @property
    def root(self) -> Path:
        """The person's repository."""
        return self._repository.root

    @property
    def base(self) -> str:
        """The commit that was checked out when the session began."""
        return self._state.base

    @property
    def start_tree(self) -> str:
        """The tree that the agent found."""
        return self._state.start_tree

    @property
    def tree(self) -> str:
        """The tree of the last checkpoint, whoever made it."""
        return self._tree

    @property
    def notices(self) -> tuple[str, ...]:
        """What is not part of any checkpoint, and what the person should look at, one sentence each."""
        return tuple(self._state.notices)

    # --- the sandbox -----------------------------------------------------------------------------

    @property
    def mounted(self) -> PlainTree:
        """What the sandbox mounts. Ask `guarded` before a command runs in a sandbox that was opened a while ago."""
        assert self._protection is not None
        found = self._protection
        return PlainTree(path=self.root, protect=found.paths, shown=found.shown, instead=found.instead)

    async def guarded(self) -> bool:
        """Whether what `mounted` said is still so. If not, close the sandbox and open another on the new `mounted`.

        A mount goes when the person (or their editor) puts another file in the place of the one that it lies on.
        """
        return await self._do(self._guarded)

    @property
    def uncovered(self) -> tuple[str, ...]:
        """What git runs or obeys and somebody replaced since `mounted`: while there is any, nothing may run in that sandbox."""
        return self._protection.uncovered(self.root) if self._protection is not None else ()

    def _guarded(self) -> bool:
        before, self._protection = self._protection, self._protect()
        after = self._protection
        assert before is not None
        return (before.paths, before.at, before.shown) == (after.paths, after.at, after.shown)

    def _protect(self) -> Protection:
        found = protect(self._repository, self._looking().submodules(), self.folder / "config")
        state = self._state
        for notice in found.notices:
            self._note(notice)
        made = sorted({*state.made, *found.made})
        if made != state.made:
            state.made = made
            if state.start_tree:
                state.save(self.folder)
        return found

    # --- checkpoints -----------------------------------------------------------------------------

    async def checkpoint(self, only: Sequence[str] | None = None) -> Checkpoint | None:
        """Keep what the agent did, durably; None when nothing changed since the last checkpoint or look.

        `only` are the paths that the agent surely wrote: whatever else changed meanwhile is the person's, and shows at the next
        `looked`. Without it (a command ran) all that changed counts as the agent's.
        """
        return await self._do(self._take, "agent", None if only is None else [os.fsencode(path) for path in only])

    async def looked(self) -> Checkpoint | None:
        """Keep what the person did since the last checkpoint; None when that is nothing.

        To be asked before the agent acts, and before `restore` and `commit`, which take it for known.
        """
        return await self._do(self._take, "person")

    async def restore(self, tree: str, *, when: float | None = None, leave: Collection[str] = ()) -> Restored:
        """Take the files back to `tree`, an earlier checkpoint's or the start's; what the person did since stays.

        Only the agent's part goes: the person's changes since then are carried onto `tree`, by three-way merge where both
        changed a file. Where that clashes, and where somebody edits at this very moment, the file is left alone and named.
        The sandbox may stay open. `when` (seconds since 1970) says which moment is meant where the files were the same more
        than once; without it the last. `leave` are paths to be left as they are. All of it or nothing: raises `FixRepository`
        for a tree that is no checkpoint, or when a file cannot be written.
        """
        return await self._do(self._restore, tree, when, {os.fsencode(path) for path in leave})

    def _restore(self, tree: str, when: float | None, leave: Collection[bytes]) -> Restored:
        rewind = self._rewind()
        for _ in range(TRIES):
            self._take("person")
            try:
                number = self._authors.find(tree, when)
            except ValueError:
                raise FixRepository(f"{tree} is no checkpoint of this session") from None
            plan = planned(self._objects, self._git, self._authors.changes, number).without(leave)
            before = self._tree
            try:
                after, left = rewind.carry_out(before, plan.wanted)
            except Edited:
                continue
            if after != before:
                self._keep(after, "rewind")
                self._looking().moved(after)
                rewind.done()
            restored = tuple(sorted(shown(path) for path in plan.wanted.keys() - left))
            merged = tuple(sorted(shown(path) for path in plan.merged - left))
            return Restored(after, before, restored, merged, tuple(sorted(shown(path) for path in plan.kept | left)))
        raise TryAgainLater("your files change all the time: nothing was taken back", fix="Stop what writes them, and try again.")

    def _rewind(self) -> Rewind:
        settings = person.reading_settings(self._repository)
        return Rewind(self.root, self.folder, self._objects, self._looking().git, settings)

    def _looking(self) -> Look:
        if self._looker is None:
            lfs = LfsPaths(self._state.attributes)
            self._looker = Look(self._repository, self.folder / "look", self._objects, lfs, self._tree)
        return self._looker

    def _take(self, by: Author, only: Sequence[bytes] | None = None) -> Checkpoint | None:
        last, looking = self._tree, self._looking()
        tree = looking.tree(only)
        self._tell(looking)
        found = sorted(difference.path for difference in differences(self._objects, last, tree))
        paths = tuple(map(shown, found))
        if by == "agent" and only is None:
            self._find_planted(found)
        if tree == last:
            return None
        self._keep(tree, by)
        if by == "agent":
            self._warn(paths)
        return Checkpoint(tree, paths)

    def _find_planted(self, paths: Sequence[bytes]) -> None:
        """Tell of repositories that came to be inside this one while the agent worked."""
        assert self._protection is not None
        if self._folders is None:
            self._folders = set(folders(self._objects, self._tree))
        self._folders.update(parent for path in paths for parent in parents(path))
        found = planted(self.root, self._folders, self._authors.changes[0].time, self._protection.paths)
        for folder in itertools.islice(found, NAMED):
            notice = (
                f"{folder} became a git repository while the agent worked, and git obeys the configuration of the one it is in."
            )
            self._note(f"{notice} Before you, your shell's prompt or your editor go there, look at it, or remove its .git.")

    def _note(self, notice: str) -> None:
        if notice not in self._state.notices:
            self._state.notices.append(notice)

    def _keep(self, tree: str, by: Author) -> None:
        self._objects.keep(tree)
        self._authors.add(tree, by)
        self._tree = tree

    def _tell(self, look: Look) -> None:
        new = sorted(look.left_out.keys() - self._told)
        self._told.update(new)
        for path in new[:NAMED]:
            self._note(f"{shown(path)} is not part of any checkpoint: {look.left_out[path]}")
        if len(new) > NAMED:
            self._note(f"{len(new) - NAMED:,} more files are not part of any checkpoint, for such reasons.")

    def _warn(self, paths: Sequence[str]) -> None:
        """Name what the agent made that other programs may obey."""
        made = [
            path
            for path in paths
            if extension_of(path) is not None or any(path == name or path.startswith(f"{name}/") for name in CONFIGURES)
        ]
        for path in made[:NAMED]:
            self._note(f"{path} was made while the agent worked: read it before you start what runs the programs that it names.")
        if len(made) > NAMED:
            self._note(f"{len(made) - NAMED:,} more such files were made while the agent worked, beside {made[0]}.")

    # --- the change ------------------------------------------------------------------------------

    async def commit(
        self,
        *,
        branch: str,
        tree: str = "",
        message: str,
        paths: Sequence[str] | None = None,
        name: str = "",
        email: str = "",
        co_author: str = "",
        sign: str = "",
    ) -> ChangeSummary:
        """Commit what the agent did, or only `paths`, as it was at the checkpoint `tree` (empty: as it is now).

        On the new branch `branch` (one that this session made goes on), or, with an empty name or the current one's, on the
        branch that is checked out: then the person's index follows for these paths, as with `git commit -- paths`. Edits of the
        person's stay uncommitted, also in a file that both changed, where three-way merge can tell them apart; where it
        cannot, the file is taken as it is, and `notices` says so. Nothing else of theirs is touched, no hook runs. Raises
        `FixRepository` where there is nothing to commit, where the branch is not this session's, or was moved meanwhile.
        """
        wanted = change.Wanted(branch=branch, tree=tree, message=message, name=name, email=email, co_author=co_author, sign=sign)
        return await self._do(self._commit, wanted, paths)

    async def uncommitted(self) -> tuple[str, ...]:
        """The paths that the agent changed and that are not so in the commit that is checked out."""
        return await self._do(self._uncommitted)

    def _uncommitted(self) -> tuple[str, ...]:
        self._take("person")
        return self._committing().uncommitted(self._authors.changes)

    def _committing(self) -> Committing:
        repository = self._repository = Repository.find(self.root)
        return Committing(self.folder, repository, self._objects, self._git, self._state.branches)

    def _commit(self, wanted: change.Wanted, paths: Sequence[str] | None) -> ChangeSummary:
        self._take("person")
        changes = self._authors.changes
        if wanted.tree:
            try:
                changes = changes[: self._authors.find(wanted.tree) + 1]
            except ValueError:
                raise FixRepository(f"{wanted.tree} is no checkpoint of this session") from None
        done, taken = self._committing().commit(changes, wanted, paths)
        self._state.save(self.folder)
        if taken.mixed:
            names = ", ".join(map(shown, taken.mixed))
            self._state.notices.append(f"Committed with your own edits in them, which could not be told apart: {names}.")
        return done

    async def materialise(self, tree: str, folder: Path) -> OverlayTree:
        """A tree laid out afresh in the new folder `folder`, for a sandbox that the agent never saw; the caller removes it.

        The first time this makes a checkout of the base commit, which is held until `close`.
        """
        return await self._do(self._materialise, tree, folder)

    def _materialise(self, tree: str, folder: Path) -> OverlayTree:
        repository = self._repository
        mirror = Mirror(self._cache, str(repository.common_dir))
        if self._checkout is None:
            self._checkout = check_out(repository, self._cache, mirror, self.base, self._state.branch or "detached")
        lowers, alternates = (self._checkout.tree,), (mirror.objects,)
        below = self._objects.commit_tree(self.base)
        return lay_out(self._objects, below, tree, folder, lowers=lowers, alternates=alternates)

    # --- the end ---------------------------------------------------------------------------------

    async def close(self) -> None:
        """Let go. The session's folder stays, its objects loose; `open_in_place` opens it again."""
        try:
            await self._do(self._objects.settle)
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Close without settling; for what was opened and is not wanted."""
        self._objects.close()
        unmake(self.root, self._state.made)
        if self._checkout is not None:
            self._checkout.release()
            self._checkout = None

    async def __aenter__(self) -> InPlace:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()
