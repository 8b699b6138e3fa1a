"""Making a workspace from a person's repository, and opening it again.

    snapshot    mirror → checkout of the base commit → layer with the uncommitted state → empty upper
    reopen      the same parts of an earlier session, found again; rolled back to a checkpoint when asked
    fork        a session's objects for another one, its files laid out at a checkpoint

After the first time for a commit this costs the same for any size of repository, but for a dirty local tree, which git must look
through once.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import change, person, uncommitted
from pullwright.workspace.blocking import in_thread, opened_in_thread
from pullwright.workspace.checkouts import check_out
from pullwright.workspace.files import Checkpoint
from pullwright.workspace.git import Git, make_git_dir, write_alternates
from pullwright.workspace.journal import NAME as JOURNAL
from pullwright.workspace.journal import Journal
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.mirror import Mirror, link_objects
from pullwright.workspace.objects import Objects
from pullwright.workspace.reading import make_objects, own_git, shown
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository
from pullwright.workspace.workspace import STATE, State, Workspace, make_head, make_layer

__all__ = ["Checkpoint", "Workspace", "fork", "reopen", "snapshot"]


MISSING = "it is a submodule or Git LFS file that was never fetched (`git submodule update --init`, `git lfs pull`)."
NOT_TAKEN = "it is a repository of its own, or kept by Git LFS."


async def snapshot(project: Path, *, ref: str | None, local: bool, cache: Path, folder: Path) -> Workspace:
    """A new workspace of the repository that holds `project`, its parts below the session's `folder`.

    It starts from the commit that `ref` names (None: HEAD). With `local` and no `ref`, the uncommitted state (edits,
    new files that are not ignored, deletions) is in it too. The person's repository is only read. Raises
    `FixRepository`. Cancelling leaves nothing but cache behind.
    """
    return await opened_in_thread(_snapshot, partial(_discard, folder), project, ref, local, cache, folder)


async def reopen(folder: Path, cache: Path, tree: str | None = None) -> Workspace:
    """The workspace of an earlier session, also after a `kill -9`; with `tree`, a checkpoint's, rolled back to it.

    Without `tree` the files are as they were left, half-done work included; where they have landed here (shipping.py), as at the
    last checkpoint. Raises `FixRepository` when the session has no workspace or its base commit is gone.
    """
    workspace = await opened_in_thread(_reopen, Workspace.let_go, folder, cache)
    if tree is not None or workspace.landed:
        try:
            await workspace.restore(tree or workspace.tree)
        except BaseException:
            await workspace.close()
            raise
    return workspace


async def fork(parent: Path, child: Path, cache: Path, tree: str = "") -> bool:
    """Give the session folder `child` a workspace with the files of `tree`, a checkpoint of session `parent` (empty: its start).

    The parent may be running: it is only read. Ignored files (caches, installed packages) are not taken along. Says
    False, and does nothing, when the parent has no workspace yet. Raises `FixRepository` when its base commit is gone.
    """
    state = await in_thread(_fork, parent, child)
    if state is None:
        return False
    async with await reopen(child, cache, tree or state.start_tree):
        return True


def _fork(parent: Path, child: Path) -> State | None:
    if not (parent / STATE).exists():
        return None
    state = State.load(parent)
    make_parts(child)
    link_objects(parent / "objects", child / "objects")
    shutil.copyfile(parent / "objects/info/alternates", child / "objects/info/alternates")
    shutil.copyfile(parent / JOURNAL, child / JOURNAL)
    state.below, state.layer = state.base_tree, 0
    state.save(child)
    return state


def _snapshot(project: Path, ref: str | None, local: bool, cache: Path, folder: Path) -> Workspace:
    repository = Repository.find(project)
    base = repository.head if ref is None else repository.resolve(ref)
    branch = repository.branch or "detached" if ref is None else _branch_name(repository, ref)
    mirror = Mirror(cache, str(repository.common_dir))
    checkout = check_out(repository, cache, mirror, base, branch)
    objects: Objects | None = None
    try:
        _make_folders(folder, mirror, repository)
        objects = Objects(folder / "objects", own_git(folder), Journal(folder))
        state = _start(repository, folder, objects, base, branch, local=local and ref is None)
        state.notices += [f"{path} is not in the workspace: {MISSING}" for path in checkout.missing]
        if checkout.branch != branch:
            state.layer = state.layer or 1
            layer = folder / "attempt/layers" / str(state.layer)
            layer.mkdir(parents=True, mode=0o755, exist_ok=True)
            make_head(layer, branch, base)
        state.save(folder)
        return Workspace(folder, state, mirror, checkout, objects)
    except BaseException:
        checkout.release()
        if objects is not None:
            objects.close()
        _remove_parts(folder)
        raise


def _discard(folder: Path, workspace: Workspace) -> None:
    """A snapshot that nobody waits for any more leaves nothing."""
    workspace.let_go()
    _remove_parts(folder)


def _remove_parts(folder: Path) -> None:
    for part in ("attempt", "objects", "git"):
        remove_tree(folder / part)


def _branch_name(repository: Repository, ref: str) -> str:
    """The branch that HEAD names inside: the one asked for, else `detached`."""
    name = ref.removeprefix("refs/heads/")
    git = Git.foreign(repository.git_dir)
    found = git.call("for-each-ref", "--format=%(refname)", f"refs/heads/{name}").decode("utf-8", "surrogateescape").split("\n")
    return name if f"refs/heads/{name}" in found else "detached"


def _make_folders(folder: Path, mirror: Mirror, repository: Repository) -> None:
    if (folder / STATE).exists():
        raise FixRepository(f"{folder} already holds a workspace", fix="Reopen it, or use another session.")
    make_parts(folder)
    write_alternates(folder / "objects", (mirror.objects, repository.objects))


def make_parts(folder: Path) -> None:
    """The empty parts of a session's workspace."""
    for part in ("attempt/upper", "attempt/work"):
        (folder / part).mkdir(parents=True)
    (folder / "attempt/upper").chmod(0o755)
    make_git_dir(folder / "git")
    make_objects(folder)


def _start(repository: Repository, folder: Path, objects: Objects, base: str, branch: str, *, local: bool) -> State:
    base_tree = objects.commit_tree(base)
    attributes = change.read_file(objects, base_tree, b".gitattributes") or b""
    state = State(
        root=str(repository.root),
        base=base,
        base_tree=base_tree,
        branch=branch,
        start_tree=base_tree,
        below=base_tree,
        tree=base_tree,
        excludes=person.excludes(repository),
        attributes=attributes if b"filter=lfs" in attributes else b"",
        notices=list(repository.notices),
    )
    if local:
        git = uncommitted.scratch(repository, folder / "git/scratch", folder / "objects")
        found = uncommitted.read(git, base_tree, LfsPaths(state.attributes))
        remove_tree(folder / "git/scratch")
        state.start_tree = state.below = state.tree = found.tree
        state.notices += [f"{shown(path)} was not taken along: {NOT_TAKEN}" for path in found.skipped]
    state.layer = make_layer(folder, objects, base_tree, state.tree)
    return state


def _reopen(folder: Path, cache: Path) -> Workspace:
    state = State.load(folder)
    repository = Repository.find(Path(state.root))
    mirror = Mirror(cache, str(repository.common_dir))
    checkout = check_out(repository, cache, mirror, state.base, state.branch)
    journal = Journal(folder)
    state.tree = journal.tree or state.tree
    write_alternates(folder / "objects", (mirror.objects, repository.objects))  # another cache, perhaps, than at the start
    return Workspace(folder, state, mirror, checkout, Objects(folder / "objects", own_git(folder), journal))
