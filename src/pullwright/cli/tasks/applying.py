"""An attempt's change in the person's working tree: all of it or nothing, never over newer edits."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.git import Git, GitFailed, make_git_dir


def apply(patch: bytes, root: Path) -> None:
    """Apply a patch to the files below `root`. The repository's own configuration, hooks and index have no part in it.

    Raises `FixRepository` when a file is not as the change found it; nothing is changed then.
    """
    with tempfile.TemporaryDirectory(prefix="pullwright-apply-") as folder:
        make_git_dir(Path(folder) / "git")
        git = Git.own(Path(folder) / "git", work_tree=root)
        try:
            git.call("apply", "--whitespace=nowarn", "-", stdin=patch)
        except GitFailed as error:
            names = [line.removeprefix("error: ").split(": ")[-2] for line in error.stderr.splitlines() if line.count(": ") > 1]
            where = f": {', '.join(dict.fromkeys(names))}" if names else f": {error.stderr[-300:]}"
            raise FixRepository(
                f"the change does not fit your files{where}; nothing was changed",
                fix="commit or stash your edits, or merge the task's branch with git",
            ) from None
