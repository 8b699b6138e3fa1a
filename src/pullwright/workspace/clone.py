"""The clone: the service's own copy of a project's repository, that tasks start from and publish out of.

    folder/.git/                  a git folder of ours (our config, no hooks); there are no files beside it
        refs/remotes/origin/*     the branches as they were at the last fetch
        refs/heads/*              the default branch, and the branches that attempts made
        HEAD                      the default branch
    folder/.lock  .fetched        one fetch at a time; when the last one began

`Repository.find(folder)` works on it, so that a task's workspace is made of it as of any repository. Everything here can be
called at once from many processes of one machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.workspace import transport
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git, GitFailed, make_git_dir
from pullwright.workspace.joining import MergeConflict, Merged, Method, Person, join, merge_trees, merged_tree
from pullwright.workspace.locks import PAUSE, try_take
from pullwright.workspace.transport import BranchMoved, Credential, PushRefused

__all__ = ["BranchMoved", "Clone", "Credential", "MergeConflict", "Person", "PushRefused"]

REMOTE = "refs/remotes/origin/"
STALE = 10.0
"""Seconds after which a lock file of git's own belongs to a git that was killed."""

MOST_PACKS = 50

_OID = re.compile(r"[0-9a-f]{40}")
_RECEIVE = "git -c receive.denyCurrentBranch=updateInstead -c core.hooksPath=/dev/null -c core.fsmonitor=false receive-pack"
"""How a repository on this machine takes a push: the branch that is checked out there moves with its files where nothing in
them was edited, and not at all elsewhere; hooks are not run."""
_BRANCH = re.compile(r"(?!-)(?!.*(\.\.|//|@\{|/\.|\.lock(/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+")


class Clone:
    """A project's clone in `folder`. It is made by the first `fetch` (or `unbundle`) and holds nothing open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git_dir = folder / ".git"

    @property
    def git(self) -> Git:
        """Git in it, for reading and for writing objects; it reaches no network."""
        return Git.own(self.git_dir)

    async def fetch(
        self, url: str, credential: Credential | None, *, local: bool = False, default: str = "", refs: Sequence[str] = ()
    ) -> None:
        """Bring in all branches and tags, and forget those that are gone; branches that attempts made are kept.

        `default` names the default branch (empty: the remote is asked, once); `refs` are further refs, such as
        `refs/pull/7/head`. `local` allows a path or `file://`. Of those who ask at once one fetches, the others share it.

        Raises `FixSettings` (address), `AskAdministrator` (credential), `FixRepository` (nothing there), `TryAgainLater`.
        """
        git = transport.own_git(self.git_dir, url, credential, local=local)
        asked = time.time_ns()
        await self._make()
        async with self._alone():
            if not refs and self._fetched_since(asked):
                return
            began = time.time_ns()
            specs = [f"+refs/heads/*:{REMOTE}*", "+refs/tags/*:refs/tags/*", *(f"+{ref}:{ref}" for ref in refs)]
            flags = ("--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-auto-gc")
            await self._over(git, url, credential, "fetch", *flags, "--", url, *specs)
            await self._stand_on(default or await self._default(git, url, credential))
            (self.folder / ".fetched").write_text(f"{began} {url}", "utf-8")
            await in_thread(self._tidy)

    async def resolve(self, ref: str) -> str:
        """The commit that a branch of the remote, a tag, a branch of ours, a commit or an expression (`main~2`) names.

        Raises `FixRepository` when it names none.
        """
        if _OID.fullmatch(ref):
            candidates = [ref]
        else:
            name = ref.removeprefix("refs/heads/").removeprefix("origin/")
            candidates = [f"{REMOTE}{name}", f"refs/tags/{ref}", f"refs/heads/{name}", ref]
        for candidate in candidates:
            if found := await in_thread(self._find, f"{candidate}^{{commit}}"):
                return found
        raise FixRepository(f"{ref!r} names no commit of the repository", fix="Name a branch, tag or commit that is there.")

    async def push(
        self, url: str, credential: Credential | None, *, branch: str, commit: str, lease: str, local: bool = False
    ) -> None:
        """Move exactly one branch of the remote to `commit`, if it is at `lease` (empty: if it is not there).

        It is a success when the branch is at `commit` already. Raises `BranchMoved`, `PushRefused`, and what `fetch` raises.
        """
        _check_branch(branch)
        git = transport.own_git(self.git_dir, url, credential, local=local)
        ref = f"refs/heads/{branch}"
        args = ("--porcelain", "--no-verify", "--no-follow-tags", f"--force-with-lease={ref}:{lease}")
        args = (*args, f"--receive-pack={_RECEIVE}") if local else args
        try:
            out = await in_thread(_push, git, url, credential, branch, (*args, "--", url, f"{commit}:{ref}"))
        except BranchMoved:
            if await self.remote_head(url, credential, branch, local=local) == commit:
                return  # somebody pushed the very same in the same moment
            raise
        if not any(line[:1] in (b" ", b"*", b"+", b"=") and b"\t" in line for line in out.splitlines()):
            raise BranchMoved(f"the push to {branch} was not confirmed: {out.decode('utf-8', 'replace')[-200:]}")

    async def remote_head(self, url: str, credential: Credential | None, branch: str, *, local: bool = False) -> str:
        """The commit that a branch of the remote is at now; empty when there is no such branch."""
        await self._make()
        git = transport.own_git(self.git_dir, url, credential, local=local)
        out = await self._over(git, url, credential, "ls-remote", "--", url, f"refs/heads/{branch}")
        for line in out.decode("utf-8", "replace").splitlines():
            commit, _, name = line.partition("\t")
            if name == f"refs/heads/{branch}":
                return commit
        return ""

    async def remote_branches(
        self, url: str, credential: Credential | None, *, local: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """The remote's default branch (empty: it says none) and all its branches by name; nothing is fetched.

        Raises what `fetch` raises.
        """
        git = transport.own_git(self.git_dir, url, credential, local=local)
        await self._make()
        out = await self._over(git, url, credential, "ls-remote", "--symref", "--", url, "HEAD", "refs/heads/*")
        told = out.decode("utf-8", "replace")
        match = re.search(r"(?m)^ref: refs/heads/(\S+)\tHEAD$", told)
        names = tuple(sorted(re.findall(r"(?m)^[0-9a-f]{40,64}\trefs/heads/(\S+)$", told)))
        default = match[1] if match else ""
        return (default if default in names else ""), names

    async def merge(self, base: str, head: str, method: Method, message: str, by: Person | None = None) -> str:
        """The commit that joins `head` to `base` (both commits); `push` then moves the base's branch to it.

        Raises `MergeConflict` with the paths. Needs git 2.38 or newer (`FixMachine`).
        """
        return await in_thread(join, self.git, base, head, method, message, by or Person())

    async def has(self, commit: str) -> bool:
        """Whether the commit is here."""
        return self.git_dir.exists() and bool(await in_thread(self._find, f"{commit}^{{commit}}"))

    async def lines(self, commit: str, path: str) -> int | None:
        """How many lines a file of a commit has; None where it has no such file."""
        try:
            data = await self.git.run("cat-file", "blob", f"{commit}:{path}")
        except GitFailed:
            return None
        return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))

    async def blob(self, commit: str, path: str, largest: int) -> bytes | None:
        """A file of a commit; None where it has no such file, or a larger one."""
        (size,) = await self.sizes([f"{commit}:{path}"])
        if size is None or size > largest:
            return None
        return await self.git.run("cat-file", "blob", f"{commit}:{path}")

    async def sizes(self, named: Sequence[str]) -> list[int | None]:
        """How many bytes each file (`commit:path`) has; None where there is no such file (or its name has a line break)."""
        asked = "".join(name.replace("\n", "") + "\n" for name in named)
        told = await self.git.run("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=asked.encode())
        found = [line.split(b" ") for line in told.splitlines()]
        return [int(line[1]) if line[0] == b"blob" and line[1].isdigit() else None for line in found]

    async def diff(self, old: str, new: str) -> bytes:
        """What differs between two commits, as a patch: renames detected, binary files only named."""
        flags = ("-r", "-M", "-p", "--no-ext-diff", "--no-textconv", "--no-color")
        return await self.git.run("diff-tree", *flags, old, new)

    async def merge_trees(self, base: str, head: str) -> Merged:
        """The files of both commits, conflict markers where they clash."""
        return await in_thread(merge_trees, self.git, base, head)

    async def conflicts(self, base: str, head: str) -> tuple[str, ...]:
        """The paths in which a merge would conflict."""
        try:
            await in_thread(merged_tree, self.git, base, head)
        except MergeConflict as conflict:
            return conflict.paths
        return ()

    async def merge_base(self, one: str, other: str) -> str:
        """The commit at which two lines of work parted; empty when they have none in common."""
        out = await self.git.run("merge-base", one, other, codes=(0, 1))
        return out.decode().strip()

    async def contains(self, commit: str, older: str) -> bool:
        """Whether `older` is `commit` or one of its ancestors."""
        return await self.merge_base(commit, older) == older

    async def bundle(self, base: str, head: str, path: Path) -> None:
        """Write the commits that `head` has over `base` (empty: all of them) to a file, for another machine's `unbundle`."""
        ref = f"refs/pullwright/bundles/{head}"
        await self.git.run("update-ref", ref, head)
        await self.git.run("bundle", "create", "--quiet", str(path), ref, *([f"^{base}"] if base else []))

    async def unbundle(self, path: Path) -> str:
        """Take in a bundle's commits; the head that it was made of. Raises `FixRepository` when what it builds on is not here."""
        await self._make()
        try:
            out = await self.git.run("bundle", "unbundle", str(path))
        except GitFailed as error:
            raise FixRepository(
                f"the bundle cannot be taken in: {error.stderr[-300:]}", fix="Fetch the commit that it builds on first."
            ) from None
        commit, ref = out.decode("utf-8", "replace").splitlines()[0].split(" ", 1)
        await self.git.run("update-ref", ref, commit)
        return commit

    def _find(self, name: str) -> str:
        try:
            out = self.git.call("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        except GitFailed:
            return ""
        return out.decode().strip().splitlines()[-1]

    async def _default(self, git: Git, url: str, credential: Credential | None) -> str:
        head = (self.git_dir / "HEAD").read_text("utf-8").strip().removeprefix("ref: refs/heads/")
        if (self.folder / ".fetched").exists() and await in_thread(self._find, f"{REMOTE}{head}"):
            return head
        out = await self._over(git, url, credential, "ls-remote", "--symref", "--", url, "HEAD")
        match = re.match(r"ref: refs/heads/(\S+)\tHEAD", out.decode("utf-8", "replace"))
        return match[1] if match else head

    async def _stand_on(self, branch: str) -> None:
        """Let HEAD be the default branch, where the remote has it."""
        _check_branch(branch)
        commit = await in_thread(self._find, f"{REMOTE}{branch}^{{commit}}")
        if not commit:
            there = (await self.git.run("for-each-ref", "--count=1", "--format=%(refname)", REMOTE)).decode().strip()
            what = f"has no branch {branch}" if there else "has no commits yet"
            raise FixRepository(
                f"the repository {what}", fix="Push a first commit, or name another default branch for the project."
            )
        await self.git.run("update-ref", f"refs/heads/{branch}", commit)
        await self.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    async def _over(self, git: Git, url: str, credential: Credential | None, *args: str) -> bytes:
        """Run git against the remote, and say what its failure means. A lock that a killed git left is taken away."""
        while True:
            try:
                return await in_thread(git.call, *args, env=transport.network())
            except GitFailed as error:
                if ".lock': File exists" not in error.stderr:
                    raise transport.failure(error, url, credential) from None
            await asyncio.sleep(0.5)
            await in_thread(self._clear_locks)

    def _clear_locks(self) -> None:
        before = time.time() - STALE
        for path in (*self.git_dir.glob("*.lock"), *(self.git_dir / "refs").rglob("*.lock")):
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except FileNotFoundError:
                continue

    def _tidy(self) -> None:
        """Make one pack of many small ones: each fetch adds one, and git looks into all. Nothing is dropped."""
        if sum(1 for _ in (self.git_dir / "objects/pack").glob("*.pack")) > MOST_PACKS:
            with contextlib.suppress(GitFailed):
                self.git.call("repack", "-d", "-q", "--geometric=2", "--no-write-bitmap-index")

    async def _make(self) -> None:
        if (self.git_dir / "HEAD").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        async with self._alone():
            if not (self.git_dir / "HEAD").exists():
                make_git_dir(self.git_dir, bare=False)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the clone's lock; waiting for it holds no thread."""
        while (held := try_take(self.folder / ".lock")) is None:  # noqa: ASYNC110 - other processes hold it too
            await asyncio.sleep(PAUSE)
        try:
            yield
        finally:
            held.release()

    def _fetched_since(self, asked: int) -> bool:
        try:
            began = int((self.folder / ".fetched").read_text("utf-8").split(" ", 1)[0])
        except (OSError, ValueError):
            return False
        return asked <= began <= time.time_ns()


def _push(git: Git, url: str, credential: Credential | None, branch: str, args: Sequence[str]) -> bytes:
    try:
        return git.call("push", *args, env=transport.network())
    except GitFailed as error:
        raise transport.refusal(error, error.stdout, url, branch, credential) from None


def _check_branch(branch: str) -> None:
    if not _BRANCH.fullmatch(branch):
        raise FixSettings(f"{branch!r} is not a name for a branch", fix="See `git check-ref-format --branch`.")
