"""A whole session on a real Linux sandbox, as root and as an ordinary user: whiteouts of the two differ."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from users import USERS, place, run_as

from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Sandbox, SandboxSpec
from pullwright.workspace.snapshot import Workspace, reopen, snapshot
from repositories import make_project, text

FILES = {
    "readme": b"hello\n",
    "gone.txt": b"to be removed\n",
    "part/a": b"a\n",
    "part/deep/b": b"b\n",
    "again/old": b"old\n",
    "run.sh": b"#!/bin/sh\n",
    ".gitignore": b"build/\n",
}

EDITS = """
rm gone.txt
rm -r part
rm -r again && mkdir again && echo new > again/new
rm readme && mkdir readme && echo inside > readme/file
chmod 755 run.sh
ln -s run.sh link
mkdir build && echo kept > build/out
"""

GIT_SAYS = "git add -A && git write-tree && git reset -q"


def spec(workspace: Workspace, folder: Path) -> SandboxSpec:
    return SandboxSpec(folder=folder / "sandbox", tree=workspace.overlay, at=str(workspace.root))


async def sh(sandbox: Sandbox, script: str) -> str:
    """The output of a script that must not fail."""
    done = await sandbox.exec(Command(argv=("sh", "-ec", script), timeout=60))
    assert done.exit_code == 0, done
    return done.output.decode().strip()


def edited(folder: Path) -> None:
    """The files are those after `EDITS`."""
    assert sorted(path.name for path in folder.iterdir() if path.name not in (".git", "build")) == [
        *(".gitignore", "again", "link", "readme", "run.sh")
    ]
    assert [path.name for path in (folder / "again").iterdir()] == ["new"]
    assert (folder / "readme/file").read_text() == "inside\n"
    assert (folder / "run.sh").stat().st_mode & 0o111
    assert (folder / "link").readlink() == Path("run.sh")


@pytest.mark.parametrize("user", USERS)
def test_a_whole_session(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            project = make_project(folder / "project", FILES)
            cache, session = folder / "cache", folder / "session"
            async with await snapshot(project, ref=None, local=True, cache=cache, folder=session) as workspace:
                async with backend("linux").open(spec(workspace, folder)) as sandbox:
                    await sh(sandbox, EDITS)
                    kept = await workspace.checkpoint()
                    assert kept is not None
                    assert await sh(sandbox, GIT_SAYS) == kept.tree
                    assert await workspace.checkpoint() is None
                    await sh(sandbox, "echo hello > readme/other; rm link; mkdir part; echo back > part/a")
                    later = await workspace.checkpoint()
                    assert later is not None
                    assert await sh(sandbox, GIT_SAYS) == later.tree
                assert text(project, "status", "--porcelain") == ""
                for tree in (workspace.start_tree, kept.tree, later.tree, kept.tree):
                    await restored(workspace, tree, folder)
                made = await workspace.commit(branch="p/1", tree=kept.tree, message="Change", name="P", email="p@x.org")
                assert text(project, "rev-parse", f"{made.head}^{{tree}}") == kept.tree
                await workspace.apply(kept.tree)
                edited(project)
                await workspace.undo()
                assert text(project, "status", "--porcelain") == ""
            async with await reopen(session, cache, kept.tree) as workspace:
                await restored(workspace, kept.tree, folder)
            if user == "ordinary" and os.geteuid() == 0:
                pytest.fail("the test ran as root")

        run_as(user, body)


async def restored(workspace: Workspace, tree: str, folder: Path) -> None:
    """The files are the tree's, for a sandbox that is opened afresh; what git ignores was left alone."""
    await workspace.restore(tree)
    async with backend("linux").open(spec(workspace, folder)) as sandbox:
        assert await sh(sandbox, GIT_SAYS) == tree
        assert await sh(sandbox, "cat build/out") == "kept"
        assert await workspace.checkpoint() is None
