"""The workspace of one attempt: an overlay for the sandbox, and git on the outside that reads what becomes of it.

Below the session's folder:

    attempt/upper, attempt/work     the overlay's private part; the sandbox mounts it
    attempt/layers/<n>              what lies between the checkout and the upper (uncommitted state, a restored tree)
    objects/                        git objects of this session, borrowing the rest from the mirror
    git/                            our git folder on these objects
    checkpoints.journal             each checkpoint, durable with one write
    workspace.json                  what `reopen` needs beside it
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.protocol.trees import OverlayTree
from pullwright.workspace import change, handback, rollback
from pullwright.workspace.checkouts import Checkout, write_ref
from pullwright.workspace.files import Checkpoint
from pullwright.workspace.ignore import LARGEST
from pullwright.workspace.layers import lay_in, lay_out
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.objects import Objects
from pullwright.workspace.reading import Reading, shown
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository
from pullwright.workspace.setups.fitting import fit
from pullwright.workspace.setups.kept import Layer, hold
from pullwright.workspace.trees import differences
from pullwright.workspace.upper import Upper

STATE = "workspace.json"


class State(msgspec.Struct, kw_only=True):
    """What is kept in `workspace.json`. `below` is the tree under the upper; `layer` its layer's number, 0 for none. `landed`:
    the folder was made anew from what was shipped, and no tree is laid out in it yet."""

    root: str
    base: str
    base_tree: str
    branch: str
    start_tree: str
    below: str
    tree: str
    layer: int = 0
    landed: bool = False
    excludes: bytes = b""
    attributes: bytes = b""
    notices: list[str] = []

    @classmethod
    def load(cls, folder: Path) -> State:
        """The state of the session in `folder`. Raises `FixRepository` when it has none."""
        try:
            return msgspec.json.decode((folder / STATE).read_bytes(), type=cls)
        except FileNotFoundError:
            raise FixRepository(f"{folder} holds no workspace") from None
        except msgspec.DecodeError as error:
            raise FixRepository(f"{folder / STATE} is damaged: {error}") from None

    def save(self, folder: Path) -> None:
        """Keep it durably: either the old or the new state is there after a crash."""
        partial = folder / f"{STATE}.new"
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(self))
            file.flush()
            os.fsync(file.fileno())
        partial.rename(folder / STATE)


class Workspace(Reading):
    """One attempt's files. Made by `snapshot` or `reopen`; `close` (or `async with`) lets its checkout go.

    `root` is the person's repository, `base` the commit it starts from, `start_tree` the tree at the start (with
    the uncommitted state of a local run), `tree` the last checkpoint's. `overlay` is what a sandbox mounts; it is
    another one after `restore`. `notices` say what could not be taken along.
    """

    def __init__(self, folder: Path, state: State, mirror: Mirror, checkout: Checkout, objects: Objects) -> None:
        super().__init__(folder, objects)
        self.mirror = mirror
        self._state = state
        self._checkout = checkout
        self._setup: list[Layer] = []
        self._mask: tuple[Path, ...] = ()
        self._upper = self._make_upper()
        self._told: set[bytes] = set()

    @property
    def root(self) -> Path:
        """The person's repository."""
        return Path(self._state.root)

    @property
    def base(self) -> str:
        """The commit that the attempt starts from."""
        return self._state.base

    @property
    def start_tree(self) -> str:
        """The tree that the agent found."""
        return self._state.start_tree

    @property
    def tree(self) -> str:
        """The tree of the last checkpoint; the start's before the first."""
        return self._state.tree

    @property
    def landed(self) -> bool:
        """Whether the folder was made anew here (shipping.py), and no tree is laid out in it yet."""
        return self._state.landed

    @property
    def notices(self) -> tuple[str, ...]:
        """What is not in the workspace, or will not be part of the change, one sentence each."""
        return tuple(self._state.notices)

    @property
    def overlay(self) -> OverlayTree:
        """What the sandbox mounts. All lowers are readable by anyone and belong to whoever runs Pullwright."""
        attempt = self.folder / "attempt"
        return OverlayTree(
            lowers=(*self._layers(), *self._beneath()),
            upper=attempt / "upper",
            work=attempt / "work",
            alternates=(self.mirror.objects,),
        )

    @property
    def mounted(self) -> OverlayTree:
        """What the sandbox mounts, under the name that every kind of workspace has for it."""
        return self.overlay

    def _layers(self) -> tuple[Path, ...]:
        return (self.folder / "attempt/layers" / str(self._state.layer),) if self._state.layer else ()

    # --- setup layers ---------------------------------------------------------------------------

    async def lay_under(self, layers: Sequence[Path]) -> None:
        """Lay setup layers (folders of the cache, topmost first) over the checkout, below all else; held until `close`.

        Before a sandbox has the files mounted. Nothing that the base tracks is hidden by them. Raises `TryAgainLater` when one
        was evicted meanwhile.
        """
        if layers:
            await self._do(self._lay_under, layers)

    def _lay_under(self, layers: Sequence[Path]) -> None:
        for folder in layers:
            self._setup.append(hold(folder))
        masks = self.folder / "attempt/masks"
        remove_tree(masks)
        for number, layer in enumerate(self._setup):
            if fit(layer, self._objects, self._state.base_tree, masks / str(number)):
                self._mask += (masks / str(number),)
        self._upper = self._make_upper()

    def _make_upper(self) -> Upper:
        state, under = self._state, [layer.tree for layer in self._setup]
        folder = self.folder / "attempt/upper"
        return Upper(folder, self._objects, self._excludes(), LfsPaths(state.attributes), under)

    def _excludes(self) -> bytes:
        return b"\n".join((self._state.excludes, *(layer.meta.excludes for layer in self._setup)))

    def _beneath(self) -> tuple[Path, ...]:
        return (*self._mask, *(layer.tree for layer in self._setup), self._checkout.tree)

    def _release(self) -> None:
        for layer in self._setup:
            layer.release()
        self._checkout.release()

    # --- checkpoints -----------------------------------------------------------------------------

    async def checkpoint(self) -> Checkpoint | None:
        """Keep the files as they are now, durably; None when nothing changed since the last checkpoint.

        Costs what changed; next to nothing in a small upper where nothing did. May run while the sandbox is open. Ignored
        and untracked-ignored files are not part of it, nor is any `.git`.
        """
        if not self._lock.locked() and self._upper.is_same():
            return None
        return await self._do(self._checkpoint)

    def _checkpoint(self) -> Checkpoint | None:
        last = self._state.tree
        tree = self._upper.tree(self._state.below, last)
        for path in self._upper.skipped - self._told:
            self._told.add(path)
            self._state.notices.append(
                f"{shown(path)} is a repository of its own, kept by Git LFS, a large file of holes or very deep: "
                "changes in it are not part of the change."
            )
        for path in self._upper.cut - self._told:
            self._told.add(path)
            self._state.notices.append(f"{shown(path)} is larger than {LARGEST >> 10} KiB: only its first lines are heeded.")
        if tree == last:
            return None
        paths = tuple(sorted(shown(difference.path) for difference in differences(self._objects, last, tree)))
        self._objects.keep(tree)
        self._state.tree = tree
        return Checkpoint(tree, paths)

    async def restore(self, tree: str) -> None:
        """Make the files those of `tree`, a checkpoint's or the start's. Only while no sandbox has them mounted.

        Ignored files (caches, installed packages) stay; untracked files that are not in `tree`, and what the
        agent did in `.git`, go. `overlay` has changed afterwards.
        """
        await self._do(self._restore, tree)

    def _restore(self, tree: str) -> None:
        state = self._state
        self._upper.forget()
        rollback.prune(self.folder / "attempt/upper", self._objects, tree, self._excludes())
        old = self._layers()
        if tree != state.below:
            state.layer = make_layer(self.folder, self._objects, state.base_tree, tree)
            state.below = tree
        state.tree, state.landed = tree, False
        self._objects.keep(tree)
        state.save(self.folder)
        if old and old != self._layers():
            remove_tree(old[0])

    async def materialise(self, tree: str, folder: Path) -> OverlayTree:
        """A tree laid out afresh in the new folder `folder`, for a sandbox that the agent never saw; the caller removes it."""
        return await self._do(self._materialise, tree, folder)

    def _materialise(self, tree: str, folder: Path) -> OverlayTree:
        lowers, alternates = self._beneath(), (self.mirror.objects,)
        return lay_out(self._objects, self._state.base_tree, tree, folder, lowers=lowers, alternates=alternates)

    # --- the change ------------------------------------------------------------------------------

    async def commit(
        self, *, branch: str, tree: str, message: str, name: str = "", email: str = "", co_author: str = "", sign: str = ""
    ) -> ChangeSummary:
        """Make `branch` in the person's repository: a commit with `tree` over the base.

        When the attempt started with uncommitted state, that is a commit of its own before it, so that the last
        commit is the agent's work alone. Nothing else of theirs is touched: index, files, HEAD, hooks and
        config stay as they are. Doing it twice gives the same branch. Raises `FixRepository` when the branch
        is there with something else.
        """
        wanted = change.Wanted(branch=branch, tree=tree, message=message, name=name, email=email, co_author=co_author, sign=sign)
        return await self._do(self._commit, wanted)

    def _commit(self, wanted: change.Wanted) -> ChangeSummary:
        repository = Repository.find(self.root)
        self._objects.settle()
        return change.commit(repository, self._objects, self._git, self._state.base, self._state.start_tree, wanted)

    async def apply(self, tree: str) -> tuple[str, ...]:
        """Bring the change into the person's files; returns the paths. All of it or nothing.

        Raises `FixRepository` naming the files that were edited since the start, and changes nothing then.
        """
        return await self._do(handback.apply, self.root, self._objects, self._state.start_tree, tree, self.folder)

    @property
    def is_applied(self) -> bool:
        """Whether `apply` brought something into the person's files that was not taken back since."""
        return handback.is_applied(self.folder)

    async def undo(self) -> tuple[str, ...]:
        """Take the last `apply` back; returns the paths. Raises `FixRepository` when those files were edited since."""
        return await self._do(handback.undo, self.folder, self._objects)

    async def close(self) -> None:
        """Let the checkout go. The session's folder stays, its objects loose; `reopen` opens it again."""
        try:
            await self._do(self._close)
        finally:
            self._release()

    def _close(self) -> None:
        try:
            self._objects.settle()
        finally:
            self._objects.close()

    def let_go(self) -> None:
        """Close without settling the journal, blocking but short: for a workspace that was opened and is not wanted."""
        self._objects.close()
        self._release()

    async def __aenter__(self) -> Workspace:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def make_layer(folder: Path, objects: Objects, below: str, tree: str) -> int:
    """Lay the difference from `below` to `tree` into a new layer of the session and return its number; 0 when none is needed."""
    if below == tree:
        return 0
    layers = folder / "attempt/layers"
    layers.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(path.name) for path in layers.iterdir() if path.name.isdigit()), default=0)
    (layers / str(number)).mkdir(mode=0o755)
    lay_in(objects, below, tree, layers / str(number))
    return number


def make_head(layer: Path, branch: str, base: str) -> None:
    """Let the `.git` under an upper name another branch than the checkout's."""
    (layer / ".git").mkdir(exist_ok=True)
    (layer / ".git/HEAD").write_bytes(b"ref: refs/heads/%s\n" % branch.encode("utf-8", "surrogateescape"))
    write_ref(layer / ".git", f"refs/heads/{branch}", base)
