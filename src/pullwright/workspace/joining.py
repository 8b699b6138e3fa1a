"""Two lines of work made one, by plumbing: commits are written, no branch and no file is touched.

merge      a commit with both as parents
squash     one commit on the base with all that the head changed
rebase     the head's commits again, one by one, on the base (its merge commits are left out)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from pullwright.protocol.errors import FixMachine, FixRepository, PullwrightError
from pullwright.workspace.git import Git, GitFailed

Method = Literal["merge", "squash", "rebase"]
OLDEST = "2.38"
MOST_COMMITS = 2000


class MergeConflict(PullwrightError):
    """Both sides changed the same lines. `paths` are the files."""

    def __init__(self, base: str, head: str, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        named = ", ".join(self.paths[:10]) + (f" and {len(self.paths) - 10} more" if len(self.paths) > 10 else "")
        super().__init__(
            f"{head[:10]} conflicts with {base[:10]} in {named}",
            fix="Send the task back to have the base merged in and the conflicts solved.",
        )


class Person(msgspec.Struct, frozen=True):
    """Who commits, and when (Unix seconds; 0: now). The same time gives the same commit again."""

    name: str = "Pullwright"
    email: str = "pullwright@localhost"
    when: float = 0.0


def join(git: Git, base: str, head: str, method: Method, message: str, by: Person) -> str:
    """The commit that the base's branch is to move to. Blocking.

    Raises `MergeConflict`, and `FixMachine` where git is too old.
    """
    if method == "rebase":
        return _replay(git, base, head, by)
    tree = merged_tree(git, base, head)
    parents = [base, head] if method == "merge" else [base]
    return _commit(git, tree, parents, message, _environment(by))


class Merged(msgspec.Struct, frozen=True):
    """The files of both sides. Those that clash hold git's conflict markers."""

    tree: str
    clashes: tuple[str, ...]


def merged_tree(git: Git, base: str, head: str) -> str:
    """The tree that has both. Raises `MergeConflict`."""
    merged = merge_trees(git, base, head)
    if merged.clashes:
        raise MergeConflict(base, head, merged.clashes)
    return merged.tree


def merge_trees(git: Git, base: str, head: str) -> Merged:
    """The tree that has both, whether they clash or not. Blocking; raises `FixMachine` where git is too old."""
    try:
        out = git.call("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head, codes=(0, 1))
    except GitFailed as error:
        if error.code == 129 or "usage:" in error.stderr:
            raise FixMachine(
                f"merging needs git {OLDEST} or newer", fix="Install a newer git, for example: apt install git"
            ) from None
        raise FixRepository(f"{head[:10]} cannot be merged with {base[:10]}: {error.stderr[-300:]}") from None
    tree, *paths = [part.decode("utf-8", "replace") for part in out.split(b"\0") if part]
    return Merged(tree, tuple(dict.fromkeys(paths)))


def _replay(git: Git, base: str, head: str, by: Person) -> str:
    out = git.call("rev-list", "--reverse", "--no-merges", "--topo-order", f"--max-count={MOST_COMMITS + 1}", f"{base}..{head}")
    commits = out.decode().split()
    if len(commits) > MOST_COMMITS:
        raise FixRepository(f"more than {MOST_COMMITS} commits to rebase", fix="Merge or squash instead.")
    tip = base
    for commit in commits:
        tip = _replay_one(git, tip, commit, by)
    return tip


def _replay_one(git: Git, tip: str, commit: str, by: Person) -> str:
    """`commit`'s own change on top of `tip`; `tip` again when it has all of it already.

    Git 2.38 merges by common ancestor alone. So that it takes the commit's parent for that, `tip`'s files are given a commit of
    their own whose parent is that one.
    """
    parent = _parent(git, commit)
    tree = f"{tip}^{{tree}}"
    stand_in = _commit(git, tree, [parent] if parent else [], "stand-in\n", _environment(Person(when=1.0)))
    merged = merged_tree(git, stand_in, commit) if parent else merged_tree(git, tip, commit)
    if merged == git.call("rev-parse", "--verify", tree).decode().strip():
        return tip
    raw = git.call("log", "-1", "--no-show-signature", "--format=%an%x00%ae%x00%ad%x00%B", "--date=raw", commit)
    name, email, date, message = raw.decode("utf-8", "replace").split("\0", 3)
    author = {"GIT_AUTHOR_NAME": name or by.name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
    return _commit(git, merged, [tip], message, {**_environment(by), **author})


def _parent(git: Git, commit: str) -> str:
    _, *parents = git.call("rev-list", "--parents", "--max-count=1", commit).decode().split()
    return parents[0] if parents else ""


def _commit(git: Git, tree: str, parents: Sequence[str], message: str, env: dict[str, str]) -> str:
    flags = [flag for parent in parents for flag in ("-p", parent)]
    text = message.rstrip("\n") + "\n"
    return (
        git.call("commit-tree", tree, *flags, "-F", "-", stdin=text.encode("utf-8", "surrogateescape"), env=env).decode().strip()
    )


def _environment(by: Person) -> dict[str, str]:
    env = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", by.name), ("EMAIL", by.email))
    }
    if by.when:
        env |= {"GIT_AUTHOR_DATE": f"@{int(by.when)} +0000", "GIT_COMMITTER_DATE": f"@{int(by.when)} +0000"}
    return env
