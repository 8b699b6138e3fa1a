"""The person's repository, as it stands: found and read without running anything from it.

`Repository.find` starts no process for an ordinary repository: HEAD, refs and the config are read as data.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.config import read_config
from pullwright.workspace.git import Git, GitFailed

_OID = re.compile(r"[0-9a-f]{40}")
_LONG_OID = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]+")


class Repository:
    """A git repository with a work tree and at least one commit.

    `root` is the work tree; `git_dir` its git folder (a linked worktree's own), `common_dir` the one shared by
    all worktrees. `head` is the commit checked out, `branch` its branch without `refs/heads/`, empty when
    detached. `notices` are facts that a person should know (worktree, shallow, partial clone).
    """

    def __init__(self, root: Path, git_dir: Path, common_dir: Path) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.config = read_config(common_dir / "config")
        if self.config.get("extensions.worktreeconfig") == "true":
            self.config.update(read_config(git_dir / "config.worktree"))
        self.head = ""
        self.branch = ""

    @classmethod
    def find(cls, path: Path) -> Repository:
        """The repository that holds `path` (its root or a folder in it).

        Raises `FixRepository`, with the fix, when there is none, it is bare, has no commits, or keeps SHA-256
        objects.
        """
        start = Path(os.path.realpath(path))
        if not start.exists():
            raise FixRepository(f"{path} does not exist")
        for folder in (start, *start.parents):
            git_dir = _git_dir(folder / ".git")
            if git_dir is not None:
                found = cls(folder, git_dir, _common_dir(git_dir))
                found._read_head()
                return found
            if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
                raise FixRepository(f"{folder} is a bare repository", fix="Clone it, and run in the clone.")
        raise FixRepository(
            f"{start} is not in a git repository", fix="Run `git init`, `git add -A` and `git commit` in the project's folder."
        )

    @property
    def objects(self) -> Path:
        """The folder of git objects."""
        return self.common_dir / "objects"

    @property
    def shallow(self) -> bytes:
        """The commits at which history was cut, as git keeps them; empty when it is whole."""
        try:
            return (self.common_dir / "shallow").read_bytes()
        except OSError:
            return b""

    @property
    def notices(self) -> tuple[str, ...]:
        """What is unusual about this repository, one sentence each."""
        found: list[str] = []
        if self.git_dir != self.common_dir:
            found.append(f"This is a linked worktree of {self.common_dir.parent}.")
        elif not self.git_dir.is_relative_to(self.root):
            found.append(f"Its git folder is {self.git_dir}, outside of the project: the agent can read what is in it.")
        if borrowed := _borrowed(self.objects):
            found.append(f"It borrows git objects of {borrowed}: the agent can read them.")
        if self.shallow:
            found.append("The clone is shallow: older history is not there.")
        if any(key.startswith("remote.") and key.endswith(".promisor") for key in self.config):
            found.append("The clone is partial: objects that were never fetched are missing.")
        if self.config.get("core.sparsecheckout") == "true":
            found.append("The checkout is sparse; the agent sees all tracked files.")
        return tuple(found)

    def resolve(self, ref: str) -> str:
        """The commit that a branch, tag, remote branch or expression such as `main~2` names. Blocking.

        Raises `FixRepository` when it names none.
        """
        if _OID.fullmatch(ref):
            return ref
        try:
            out = Git.foreign(self.git_dir).call("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitFailed:
            raise FixRepository(
                f"{ref!r} names no commit here", fix="Name a branch, tag or commit: see `git branch -a`."
            ) from None
        return out.decode().strip().splitlines()[-1]

    def _read_head(self) -> None:
        if self.config.get("extensions.objectformat", "sha1") != "sha1":
            raise FixRepository("the repository keeps SHA-256 objects, which Pullwright cannot work on yet")
        try:
            text = (self.git_dir / "HEAD").read_text("utf-8", "surrogateescape").strip()
        except OSError as error:
            raise FixRepository(f"{self.git_dir} is not readable: {error.strerror}") from None
        if text.startswith("ref: "):
            ref = text[5:].strip()
            self.branch = ref.removeprefix("refs/heads/")
            self.head = self._read_ref(ref)
        else:
            self.head = text
        if self.config.get("extensions.refstorage", "files") != "files":
            self._ask_head()
        if _LONG_OID.fullmatch(self.head):
            raise FixRepository("the repository keeps SHA-256 objects, which Pullwright cannot work on yet")
        if not _OID.fullmatch(self.head):
            raise FixRepository(
                f"{self.root} has no commits yet", fix="Commit what is there first: `git add -A && git commit -m 'Start'`."
            )

    def _read_ref(self, ref: str) -> str:
        parts = ref.split("/")
        if parts[0] != "refs" or ".." in parts or not _NAME.fullmatch(ref):
            return ""
        for folder in (self.git_dir, self.common_dir):
            try:
                return (folder / ref).read_text("ascii", "replace").strip()
            except OSError:
                continue
        try:
            with (self.common_dir / "packed-refs").open("r", encoding="utf-8", errors="surrogateescape") as file:
                for line in file:
                    oid, _, name = line.rstrip("\n").partition(" ")
                    if name == ref:
                        return oid
        except OSError:
            pass
        return ""

    def _ask_head(self) -> None:
        git = Git.foreign(self.git_dir)
        try:
            self.head = git.call("rev-parse", "--verify", "HEAD").decode().strip()
            ref = git.call("symbolic-ref", "--quiet", "HEAD", codes=(0, 1)).decode("utf-8", "surrogateescape").strip()
        except GitFailed:
            self.head, ref = "", ""
        self.branch = ref.removeprefix("refs/heads/")


def _git_dir(path: Path) -> Path | None:
    if path.is_dir():
        return path if (path / "HEAD").is_file() or (path / "HEAD").is_symlink() else None
    if not path.is_file():
        return None
    text = path.read_text("utf-8", "surrogateescape").strip()
    target = Path(os.path.normpath(path.parent / text.removeprefix("gitdir:").strip()))
    if not text.startswith("gitdir:") or not (target / "HEAD").is_file():
        raise FixRepository(f"{path} points to a git folder that is not there", fix="Run `git worktree repair`, or clone again.")
    return target


def _common_dir(git_dir: Path) -> Path:
    try:
        text = (git_dir / "commondir").read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return git_dir
    return Path(os.path.normpath(git_dir / text))


def _borrowed(objects: Path) -> str:
    """The first folder outside that objects are borrowed from; empty for none."""
    try:
        lines = (objects / "info/alternates").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.strip() and not line.startswith("#")), "")
