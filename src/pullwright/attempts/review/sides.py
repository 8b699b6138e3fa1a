"""The two sides of a review: a snapshot of the reviewed state, made once, and the tree that it is compared with.

The snapshot lies in the session's folder, where the turn's sandbox finds it: what the model reads is what the diff shows,
whatever a person edits meanwhile.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from pullwright.attempts.review.target import Target
from pullwright.protocol.errors import FixRepository
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.objects import EMPTY_TREE
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import snapshot
from pullwright.workspace.workspace import Workspace

DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")
_OID = re.compile(r"[0-9a-f]{40}")


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """`old` and `new` are trees; `base` and `head` name them for a reader. `since` is the old side's commit, empty where it has
    none. `ref` and `local` are the snapshot's."""

    target: Target
    old: str
    new: str
    since: str
    base: str
    head: str
    ref: str | None
    local: bool


async def open_sides(project: Path, target: Target, *, cache: Path, folder: Path) -> tuple[Sides, Workspace]:
    """Snapshot the reviewed state below the session's `folder` and find its other side. The caller closes the workspace.

    Raises `FixRepository` where a name names nothing, or two histories have nothing in common.
    """
    repository = await in_thread(Repository.find, project)
    ref = await in_thread(_snapshot_ref, repository, target)
    local = ref is None and (target.kind in ("auto", "uncommitted") or target.uncommitted)
    workspace = await snapshot(project, ref=ref, local=local, cache=cache, folder=folder)
    try:
        return await in_thread(_sides, repository, target, ref, local, workspace), workspace
    except BaseException:
        await workspace.close()
        raise


def _snapshot_ref(repository: Repository, target: Target) -> str | None:
    """What the snapshot is of: None for HEAD."""
    if target.kind in ("commit", "range"):
        return repository.resolve(target.ref if target.kind == "commit" else target.until)
    if target.kind == "base":
        _resolve_base(repository, target.ref)
    return None


def _resolve_base(repository: Repository, ref: str) -> None:
    """Raises `FixRepository` for a base that is not there; a branch that only the remote has (as in CI) is named."""
    try:
        repository.resolve(ref)
    except FixRepository:
        if _ask(repository, "--verify", "--quiet", "--end-of-options", f"origin/{ref}^{{commit}}"):
            raise FixRepository(f"there is no {ref} here, but origin/{ref}", fix=f"--base origin/{ref}") from None
        raise


def _sides(repository: Repository, target: Target, ref: str | None, local: bool, workspace: Workspace) -> Sides:
    head, new = workspace.base, workspace.start_tree
    dirty = local and new != _tree(repository, head)
    if target.kind == "auto":
        target = msgspec.structs.replace(target, kind="uncommitted" if dirty else "base")
        if not dirty:
            target = msgspec.structs.replace(target, ref=_default_branch(repository))
    since, base = _other(repository, target, head)
    return Sides(
        target=target,
        old=_tree(repository, since) if since else EMPTY_TREE,
        new=new,
        since=since,
        base=base,
        head="the working tree" if dirty else head[:10],
        ref=ref,
        local=local,
    )


def _other(repository: Repository, target: Target, head: str) -> tuple[str, str]:
    """The old side's commit (empty: nothing) and its name."""
    if target.kind == "uncommitted":
        return head, f"HEAD ({head[:10]})"
    if target.kind == "commit":
        return _parent(repository, head), f"the parent of {head[:10]}"
    if target.kind == "range" and not target.merged:
        commit = repository.resolve(target.ref)
        return commit, f"{target.ref} ({commit[:10]})"
    commit = _merge_base(repository, target.ref, head)
    return commit, f"{target.ref} (merge base {commit[:10]})"


def _tree(repository: Repository, commit: str) -> str:
    """A commit's tree. Raises `FixRepository` where the commit is not in this clone."""
    found = _ask(repository, "--verify", "--quiet", f"{commit}^{{tree}}")
    if not found:
        raise FixRepository(f"commit {commit[:10]} is not in this clone", fix="git fetch --unshallow, or name another one")
    return found[0]


def _ask(repository: Repository, *words: str) -> list[str]:
    """Lines of `git rev-parse`; none where it names nothing. History is cut where a shallow clone's is."""
    try:
        return Git.foreign(repository.git_dir).call("rev-parse", *words).decode().split()
    except GitFailed:
        return []


def _parent(repository: Repository, commit: str) -> str:
    """The first parent, empty for a first commit. Raises `FixRepository` where a shallow clone has not got it."""
    found = _ask(repository, "--verify", "--quiet", f"{commit}^1")
    if found:
        return found[0]
    if commit.encode() in repository.shallow:
        raise FixRepository(
            f"the parent of {commit[:10]} is not in this shallow clone",
            fix="git fetch --deepen=1 (in CI: a fetch depth of 2 or more)",
        )
    return ""


def _merge_base(repository: Repository, ref: str, head: str) -> str:
    """Where two histories part. Raises `FixRepository` where they have nothing in common."""
    commit = repository.resolve(ref)
    bases = [line[1:] for line in _ask(repository, f"{commit}...{head}") if line.startswith("^") and _OID.fullmatch(line[1:])]
    if bases:
        return bases[0]
    cut = "; this clone is shallow" if repository.shallow else ""
    fix = "git fetch --unshallow (in CI: fetch the whole history)" if repository.shallow else f"name another base, or {ref}..HEAD"
    raise FixRepository(f"HEAD and {ref} have no commit in common{cut}", fix=fix)


def _default_branch(repository: Repository) -> str:
    """The default branch: what the remote calls it, else the first of the usual names. Raises `FixRepository` for none.

    On the default branch itself it is the remote's copy, if there is one.
    """
    fix = "say what to compare with: --base REF, --commit HEAD, or A..B"
    git = Git.foreign(repository.git_dir)
    out = git.call("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", codes=(0, 1, 128)).decode("utf-8", "replace").strip()
    names = [out.removeprefix("refs/remotes/")] if out.startswith("refs/remotes/") else []
    names += [f"{where}{name}" for name in DEFAULT_BRANCHES for where in ("origin/", "")]
    for name in names:
        if name != repository.branch and _ask(repository, "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"):
            return name
    if repository.branch in DEFAULT_BRANCHES:
        raise FixRepository(f"nothing is uncommitted, and {repository.branch} has no other branch to be compared with", fix=fix)
    raise FixRepository("nothing is uncommitted, and no default branch was found to compare with", fix=fix)
