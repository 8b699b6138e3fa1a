"""A fork has its own copy of what its parent has, running or killed; what was applied can be taken back once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.journal import NAME
from pullwright.workspace.snapshot import Workspace, fork, reopen, snapshot
from repositories import make_project, merged, text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


async def take(project: Path) -> Workspace:
    folder = project.parent
    return await snapshot(project, ref=None, local=True, cache=folder / "cache", folder=folder / "parent")


async def keep(workspace: Workspace, name: str, content: str) -> str:
    """One new file and its checkpoint."""
    (workspace.overlay.upper / name).write_text(content)
    await workspace.checkpoint()
    return workspace.tree


async def files(workspace: Workspace, at: Path) -> dict[str, str]:
    """What a sandbox would see of the two files."""
    with merged(workspace.overlay, at) as root:
        return {name: (root / name).read_text() for name in ("one", "two") if (root / name).exists()}


def test_a_fork_of_a_running_session_stands_at_its_checkpoint_and_goes_its_own_way(project: Path) -> None:
    parent, child, cache = project.parent / "parent", project.parent / "child", project.parent / "cache"

    async def check() -> None:
        workspace = await take(project)
        first = await keep(workspace, "one", "1\n")
        await keep(workspace, "two", "2\n")
        (workspace.overlay.upper / "later").write_text("no checkpoint has it")
        assert await fork(parent, child, cache, first)
        last = await keep(workspace, "two", "the parent's\n")
        async with await reopen(child, cache) as forked:
            assert forked.tree == first
            assert await files(forked, project.parent / "m") == {"one": "1\n"}
            tree = await keep(forked, "one", "the child's\n")
            made = await forked.commit(branch="child", tree=tree, message="Change")
        assert text(project, "show", f"{made.head}:one") == "the child's"
        await workspace.close()
        async with await reopen(parent, cache, last) as again:
            assert await files(again, project.parent / "m") == {"one": "1\n", "two": "the parent's\n"}

    asyncio.run(check())


def test_a_fork_at_the_start_has_the_uncommitted_state(project: Path) -> None:
    (project / "readme").write_text("not committed\n")
    parent, child, cache = project.parent / "parent", project.parent / "child", project.parent / "cache"

    async def check() -> None:
        async with await take(project) as workspace:
            await keep(workspace, "one", "1\n")
        assert await fork(parent, child, cache)
        async with await reopen(child, cache) as forked:
            assert await forked.read_file(forked.tree, "readme") == b"not committed\n"
            assert await files(forked, project.parent / "m") == {}

    asyncio.run(check())


def test_a_parent_without_a_workspace_gives_none(tmp_path: Path) -> None:
    (tmp_path / "parent").mkdir()
    (tmp_path / "child").mkdir()
    assert not asyncio.run(fork(tmp_path / "parent", tmp_path / "child", tmp_path / "cache"))
    assert not list((tmp_path / "child").iterdir())


def test_to_look_at_a_running_session_takes_nothing_from_its_journal(project: Path) -> None:
    """A reader may come while the writer is in the middle of a record."""
    parent, cache = project.parent / "parent", project.parent / "cache"

    async def check() -> None:
        workspace = await take(project)
        first = await keep(workspace, "one", "1\n")
        whole = (parent / NAME).read_bytes()
        await keep(workspace, "one", "2\n")
        half = (parent / NAME).read_bytes()[:-7]
        assert len(half) > len(whole)
        (parent / NAME).write_bytes(half)
        async with await reopen(parent, cache) as looking:
            assert looking.tree == first
        assert (parent / NAME).read_bytes() == half
        await workspace.close()
        async with await reopen(parent, cache, first) as again:
            assert again.tree == first
        async with await reopen(parent, cache) as once_more:
            assert once_more.tree == first

    asyncio.run(check())


def test_what_was_applied_is_taken_back_once(project: Path) -> None:
    async def check() -> None:
        async with await take(project) as workspace:
            assert not workspace.is_applied
            with pytest.raises(FixRepository, match="nothing of this session"):
                await workspace.undo()
            tree = await keep(workspace, "one", "1\n")
            assert await workspace.apply(tree) == ("one",)
            assert workspace.is_applied
            assert await workspace.undo() == ("one",)
            assert not workspace.is_applied
            assert not (project / "one").exists()
            with pytest.raises(FixRepository, match="already undone"):
                await workspace.undo()

    asyncio.run(check())
