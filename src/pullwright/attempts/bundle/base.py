"""The base's files as a pack of git objects, and a repository made of one. Blocking.

    pack(git, commit, target)          write the objects of one commit's tree, without its history
    unpack(pack, folder, commit)       a repository in the new folder `folder` whose one branch is that commit

A pack from elsewhere is checked by git object by object (`--fsck-objects`), and its unpacked size is bounded before any file
is laid out.
"""

from __future__ import annotations

from pathlib import Path

from pullwright.attempts.bundle.contents import LARGEST_PACK, BundleRefused
from pullwright.workspace.git import Git, GitFailed, make_git_dir

LARGEST_UNPACKED = 2 << 30
MOST_OBJECTS = 2_000_000
BRANCH = "base"


def pack(git: Git, commit: str, target: Path, *, largest: int) -> bool:
    """Pack a commit with its files. Says False, and writes nothing, where those are larger than `largest` bytes."""
    listed = git.call("rev-list", "--objects", "--no-walk", commit)
    names = b"".join(line.split(b" ", 1)[0] + b"\n" for line in listed.splitlines())
    sizes = git.call("cat-file", "--batch-check=%(objectsize)", stdin=names)
    if sum(int(size) for size in sizes.split()) > largest:
        return False
    options = ("--threads=1", "--no-reuse-delta", "--no-reuse-object", "--stdout", "-q")
    data = git.call("pack-objects", *options, stdin=names)
    if len(data) > LARGEST_PACK:
        return False
    target.write_bytes(data)
    return True


def unpack(pack_file: Path, folder: Path, commit: str) -> None:
    """Make a repository of a pack. Raises `BundleRefused` where the pack is not that commit's, or unpacks to too much."""
    git_dir = folder / ".git"
    make_git_dir(git_dir, bare=False, head=f"refs/heads/{BRANCH}")
    (git_dir / "shallow").write_text(f"{commit}\n")
    git = Git.own(git_dir)
    try:
        git.call("index-pack", "--stdin", "--fsck-objects", f"--max-input-size={LARGEST_PACK}", stdin=pack_file.read_bytes())
        sizes = git.call("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectsize)").split()
        if len(sizes) > MOST_OBJECTS or sum(map(int, sizes)) > LARGEST_UNPACKED:
            raise BundleRefused("the base's files are larger than a replay lays out")
        git.call("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        git.call("rev-list", "--objects", "--no-walk", "--quiet", commit)
    except GitFailed as error:
        raise BundleRefused(f"the base's files are not what git takes: {error.stderr[:300] or error}") from None
    (git_dir / "refs/heads" / BRANCH).write_text(f"{commit}\n")
