"""The checkouts: one read-only work tree for each commit, under every overlay that starts from it.

    cache/checkouts/<mirror key>/
        <commit>/tree/           the files, and a standalone .git that borrows its objects from the mirror
        <commit>/meta            bytes on disk, the branch that HEAD names, which submodules and LFS files are missing
        <commit>.lock            held shared by whoever has it mounted, alone by who makes or evicts it

A checkout is made beside its place and renamed, and never changed after. The kernel lets the locks go when a
process ends, so a killed Pullwright pins nothing.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import eviction, lfs, submodules
from pullwright.workspace.blocking import current_job
from pullwright.workspace.git import Git, GitFailed, make_git_dir
from pullwright.workspace.locks import PAUSE, Held, take, try_take
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository


class Meta(msgspec.Struct, frozen=True):
    """What is kept beside a checkout."""

    size: int
    branch: str
    missing: tuple[str, ...] = ()


class Checkout:
    """A checkout in use: `tree` holds still until `release`. `branch` is what its HEAD names.

    `missing` are paths of submodules and LFS files whose content was not on this machine when it was made.
    """

    def __init__(self, tree: Path, meta: Meta, held: Held) -> None:
        self.tree = tree
        self.branch = meta.branch
        self.missing = meta.missing
        self._held = held

    def release(self) -> None:
        """No longer in use; it may be evicted from now on."""
        self._held.release()


class Checkouts:
    """The cache of checkouts below `cache`. Blocking; safe with many processes at once."""

    def __init__(self, cache: Path, most_bytes: int = eviction.MOST_BYTES) -> None:
        self._cache = cache
        self.folder = cache / "checkouts"
        self.most_bytes = most_bytes

    def get(
        self, mirror: Mirror, commit: str, *, source: Path | None = None, branch: str = "main", shallow: bytes = b""
    ) -> Checkout:
        """The checkout of a commit that the mirror holds, made when it is not there yet.

        Submodules and LFS files come from the stores in the git folder `source`. A checkout that lacks some is
        made again, unless it is in use.
        """
        remake = True
        group = self.folder / mirror.key
        home = group / commit
        lock = group / f"{commit}.lock"
        while True:
            try:
                held = take(lock, shared=True)
            except FileNotFoundError:
                group.mkdir(parents=True, exist_ok=True)
                continue
            meta = _read_meta(home)
            if meta is not None and meta.missing and remake:
                held.release()
                remake = False
                eviction.remove_checkout(home)
                continue
            if meta is not None:
                os.utime(home / "meta")
                return Checkout(home / "tree", meta, held)
            held.release()
            # Never wait to be alone: whoever makes it now will go on holding the lock to use it.
            alone = try_take(lock)
            if alone is None:
                current_job().check()
                time.sleep(PAUSE)
                continue
            try:
                if not (home / "meta").exists():
                    _make(home, mirror, commit, source, branch, shallow)
            finally:
                alone.release()
            self.evict(keep=home)

    def evict(self, keep: Path | None = None) -> None:
        """Remove what is least recently used and not in use, mirrors too, until the bound is met."""
        eviction.evict(self._cache, self.most_bytes, keep)


def check_out(repository: Repository, cache: Path, mirror: Mirror, commit: str, branch: str) -> Checkout:
    """The checkout of a commit of the person's repository, which the mirror takes in first."""
    with mirror.in_use():
        mirror.take_in(repository, commit)
        return Checkouts(cache).get(mirror, commit, source=repository.common_dir, branch=branch, shallow=repository.shallow)


def _read_meta(home: Path) -> Meta | None:
    try:
        return msgspec.json.decode((home / "meta").read_bytes(), type=Meta)
    except (OSError, msgspec.DecodeError):
        return None


def _make(home: Path, mirror: Mirror, commit: str, source: Path | None, branch: str, shallow: bytes) -> None:
    for left in home.parent.glob(f".making-{commit}-*"):  # we hold the lock: whoever made these was killed
        remove_tree(left)
    making = Path(tempfile.mkdtemp(prefix=f".making-{commit}-", dir=home.parent))
    try:
        making.chmod(0o755)
        tree = making / "tree"
        tree.mkdir()
        git_dir = tree / ".git"
        ref = f"refs/heads/{branch}"
        make_git_dir(git_dir, alternates=(mirror.objects,), bare=False, head=ref)
        write_ref(git_dir, ref, commit)
        if shallow:
            (git_dir / "shallow").write_bytes(shallow)
        missing = _check_out(git_dir, tree, commit, source)
        (making / "meta").write_bytes(msgspec.json.encode(Meta(_size(tree), branch, tuple(missing))))
        making.rename(home)
    except BaseException:
        remove_tree(making)
        raise


def _check_out(git_dir: Path, tree: Path, commit: str, source: Path | None) -> list[str]:
    git = Git.own(git_dir, work_tree=tree, settings={"checkout.workers": "0"})
    try:
        git.call("read-tree", "--reset", "-u", commit)
    except GitFailed as error:
        raise FixRepository(
            f"commit {commit} cannot be checked out: {error.stderr}",
            fix="Where objects are missing, the clone may be partial: run `git fetch --refetch --no-filter` in it.",
        ) from None
    if source is None:
        return []
    return [*submodules.fill(git, tree, source / "modules"), *lfs.fill(git, tree, source / "lfs/objects")]


def write_ref(git_dir: Path, ref: str, commit: str) -> None:
    """Set a ref in a git folder of our own."""
    path = git_dir / ref
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(commit + "\n")


def _size(tree: Path) -> int:
    total = 0
    for _, _, files, fd in os.fwalk(tree):
        for name in files:
            total += os.lstat(name, dir_fd=fd).st_blocks * 512
    return total
