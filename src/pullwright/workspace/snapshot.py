"""Making a workspace from a person's repository, and opening it again.

    snapshot    mirror → checkout of the base commit → layer with the uncommitted state → empty upper
    reopen      the same parts of an earlier session, found again; rolled back to a checkpoint when asked

After the first time for a commit this costs the same for any size of repository, but for a dirty local tree, which git must look
through once.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import person, uncommitted
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.checkouts import Checkout, Checkouts, remove_tree
from pullwright.workspace.git import Git, make_git_dir, write_alternates
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.objects import Objects
from pullwright.workspace.repository import Repository
from pullwright.workspace.workspace import Checkpoint, State, Workspace, make_head, make_layer, shown

__all__ = ["Checkpoint", "Workspace", "reopen", "snapshot"]


async def snapshot(project: Path, *, ref: str | None, local: bool, cache: Path, folder: Path) -> Workspace:
    """A new workspace of the repository that holds `project`, its parts below the session's `folder`.

    It starts from the commit that `ref` names (None: HEAD). With `local` and no `ref`, the uncommitted state (edits,
    new files that are not ignored, deletions) is in it too. The person's repository is only read. Raises
    `FixRepository`. Cancelling leaves nothing but cache behind.
    """
    return await in_thread(_snapshot, project, ref, local, cache, folder)


async def reopen(folder: Path, cache: Path, tree: str | None = None) -> Workspace:
    """The workspace of an earlier session, also after a `kill -9`; with `tree`, a checkpoint's, rolled back to it.

    Without `tree` the files are as they were left, half-done work included. Raises `FixRepository` when the
    session has no workspace or its base commit is gone.
    """
    workspace = await in_thread(_reopen, folder, cache)
    if tree is not None:
        try:
            await workspace.restore(tree)
        except BaseException:
            await workspace.close()
            raise
    return workspace


def _snapshot(project: Path, ref: str | None, local: bool, cache: Path, folder: Path) -> Workspace:
    repository = Repository.find(project)
    base = repository.head if ref is None else repository.resolve(ref)
    branch = repository.branch or "detached" if ref is None else _branch_name(repository, ref)
    mirror = Mirror(cache, str(repository.common_dir))
    mirror.take_in(repository, base)
    checkout = Checkouts(cache).get(mirror, base, branch=branch, shallow=repository.shallow)
    try:
        _make_folders(folder, mirror, repository)
        state = _start(repository, folder, base, branch, local=local and ref is None)
        layer = folder / "attempt/layers" / str(state.layer)
        if checkout.branch != branch:
            if not state.layer:
                state.layer, layer = 1, folder / "attempt/layers/1"
                layer.mkdir(parents=True, mode=0o755)
            make_head(layer, branch, base)
        state.save(folder)
        return Workspace(folder, state, mirror, checkout)
    except BaseException:
        checkout.release()
        for part in ("attempt", "objects", "git"):
            remove_tree(folder / part)
        raise


def _branch_name(repository: Repository, ref: str) -> str:
    """The branch that HEAD names inside: the one asked for, else `detached`."""
    name = ref.removeprefix("refs/heads/")
    git = Git.foreign(repository.git_dir)
    found = git.call("for-each-ref", "--format=%(refname)", f"refs/heads/{name}").decode("utf-8", "surrogateescape").split("\n")
    return name if f"refs/heads/{name}" in found else "detached"


def _make_folders(folder: Path, mirror: Mirror, repository: Repository) -> None:
    if (folder / "workspace.json").exists():
        raise FixRepository(f"{folder} already holds a workspace", fix="Reopen it, or use another session.")
    for part in ("attempt/upper", "attempt/work"):
        (folder / part).mkdir(parents=True)
    (folder / "attempt/upper").chmod(0o755)
    make_git_dir(folder / "git")
    (folder / "objects").mkdir()
    write_alternates(folder / "objects", (mirror.objects, repository.objects))


def _start(repository: Repository, folder: Path, base: str, branch: str, *, local: bool) -> State:
    objects = Objects(folder / "objects", Git.own(folder / "git", objects=folder / "objects"))
    try:
        base_tree = objects.commit_tree(base)
        tree, notices = base_tree, list(repository.notices)
        if local:
            found = uncommitted.read(uncommitted.scratch(repository, folder / "git/scratch", folder / "objects"), base_tree)
            remove_tree(folder / "git/scratch")
            tree = found.tree
            notices += [f"{shown(path)} is a repository of its own and was not taken along." for path in found.skipped]
        layer = make_layer(folder, objects, base_tree, tree)
    finally:
        objects.close()
    return State(
        root=str(repository.root),
        base=base,
        base_tree=base_tree,
        branch=branch,
        start_tree=tree,
        below=tree,
        tree=tree,
        layer=layer,
        excludes=person.excludes(repository),
        notices=notices,
    )


def _reopen(folder: Path, cache: Path) -> Workspace:
    try:
        state = msgspec.json.decode((folder / "workspace.json").read_bytes(), type=State)
    except FileNotFoundError:
        raise FixRepository(f"{folder} holds no workspace") from None
    except msgspec.DecodeError as error:
        raise FixRepository(f"{folder}/workspace.json is damaged: {error}") from None
    repository = Repository.find(Path(state.root))
    mirror = Mirror(cache, str(repository.common_dir))
    mirror.take_in(repository, state.base)
    checkout: Checkout = Checkouts(cache).get(mirror, state.base, branch=state.branch, shallow=repository.shallow)
    return Workspace(folder, state, mirror, checkout)
