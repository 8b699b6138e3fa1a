"""A commit of what was accepted: on a branch, or on the person's own, with their index; their other work stays as it is."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rewind import EDIT, TEN, Game, World

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.git import Git
from pullwright.workspace.inplace import InPlace, open_in_place
from repositories import commit, git, text

COMMIT = st.tuples(st.just("commit"), st.just(""), st.just(""), st.just(0))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def status(world: World) -> list[str]:
    return git(world.root, "status", "--porcelain").decode().splitlines()


def files(world: World, ref: str) -> set[str]:
    return set(text(world.root, "show", "--name-only", "--format=", ref).split())


async def both(world: World) -> None:
    """The agent and the person at work: one file is both's, and there is something staged."""
    world.person("staged", "staged\n")
    git(world.root, "add", "staged")
    world.person("d/c", "edited by the person\n")
    await world.agent("new/file", "by the agent\n")
    await world.agent("d/b", None)
    await world.agent("a", TEN.replace("line 1\n", "agent 1\n"))
    world.person("a", world.read("a").replace("line 8\n", "person 8\n"))


def test_a_new_branch_has_the_agents_work_alone(world: World) -> None:
    async def body() -> None:
        await both(world)
        before, index = status(world), (world.root / ".git/index").read_bytes()
        done = await world.place.commit(branch="agent/one", message="Do it", co_author="P <p@example.org>")
        assert done.files == ("a", "d/b", "new/file")
        assert files(world, "agent/one") == {"a", "d/b", "new/file"}
        assert git(world.root, "show", "agent/one:a").decode() == TEN.replace("line 1\n", "agent 1\n")
        assert "Co-authored-by: P <p@example.org>" in text(world.root, "log", "-1", "agent/one")
        assert text(world.root, "rev-parse", "agent/one~1") == text(world.root, "rev-parse", "HEAD") == done.base
        assert (status(world), (world.root / ".git/index").read_bytes()) == (before, index)
        assert world.place.notices == ()
        with pytest.raises(FixRepository, match="nothing to commit"):
            await world.place.commit(branch="agent/one", message="Again")
        await world.agent("new/file", "more\n")
        more = await world.place.commit(branch="agent/one", message="More")
        assert more.base == done.head
        assert files(world, "agent/one") == {"new/file"}
        git(world.root, "branch", "theirs")
        with pytest.raises(FixRepository, match="could not be made"):
            await world.place.commit(branch="theirs", message="Not there")
        git(world.root, "fsck", "--strict")

    world.run(body)


@pytest.mark.parametrize("kind", ["plain", "split", "detached"])
def test_the_persons_branch_goes_on_and_their_index_follows_for_these_paths(world: World, kind: str) -> None:
    git(world.root, "update-index", "--split-index") if kind == "split" else None
    git(world.root, "checkout", "-q", "--detach") if kind == "detached" else None
    hook = world.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)

    async def body() -> None:
        await both(world)
        old = text(world.root, "rev-parse", "HEAD")
        done = await world.place.commit(branch="", message="Do it")
        assert done.branch == ("HEAD" if kind == "detached" else "main")
        assert (text(world.root, "rev-parse", "HEAD"), text(world.root, "rev-parse", "HEAD~1")) == (done.head, old)
        assert status(world) == [" M a", " M d/c", "A  staged"]
        assert "person 8" in text(world.root, "diff", "a")
        assert "agent 1" not in [line[1:] for line in text(world.root, "diff", "a").splitlines() if line[0] in "+-"]
        assert not (world.root / "hooked").exists()
        assert "pullwright: commit" in text(world.root, "reflog", "-1")
        await world.agent("a", world.read("a").replace("line 5\n", "agent 5\n"))
        again = await world.place.commit(branch="main" if kind != "detached" else "", message="More")
        assert again.base == done.head
        assert again.files == ("a",)
        assert status(world) == [" M a", " M d/c", "A  staged"]
        git(world.root, "fsck", "--strict")

    world.run(body)


def test_only_the_paths_that_were_accepted_also_the_persons_own(world: World) -> None:
    async def body() -> None:
        await both(world)
        done = await world.place.commit(branch="", message="Part", paths=["d/b", "d/c"])
        assert done.files == ("d/b", "d/c")
        assert status(world) == [" M a", "A  staged", "?? new/"]
        rest = await world.place.commit(branch="", message="The rest of the agent's")
        assert rest.files == ("a", "new/file")
        assert status(world) == [" M a", "A  staged"]

    world.run(body)


def test_what_was_committed_does_not_come_again_whoever_committed_it(world: World) -> None:
    """The agent goes over its own line again: that is no edit of the person's, and nothing is mixed."""

    async def body() -> None:
        one, two, three = (TEN.replace("line 4\n", f"agent {number}\n") for number in range(3))
        await world.agent("a", one)
        await world.agent("n", "new\n")
        assert await world.place.uncommitted() == ("a", "n")
        await world.place.commit(branch="", message="One", paths=["a"])
        assert await world.place.uncommitted() == ("n",)
        await world.agent("a", two)
        assert (await world.place.commit(branch="", message="Two", paths=["a", "n"])).files == ("a", "n")
        await world.agent("a", three)
        commit(world.root, "The person commits it")
        assert await world.place.uncommitted() == ()
        await world.agent("a", one)
        assert (await world.place.commit(branch="", message="Three")).files == ("a",)
        assert world.place.notices == ()
        assert status(world) == []

    world.run(body)


def test_the_person_commits_in_between_and_both_change_one_line(world: World) -> None:
    async def body() -> None:
        await world.agent("a", TEN.replace("line 1\n", "agent 1\n"))
        await world.agent("d/c", "agent\n")
        world.person("other", "theirs\n")
        theirs = commit(world.root, "Theirs, with all of the agent's")
        world.person("d/c", "agent and person\n")
        await world.agent("a", world.read("a").replace("line 5\n", "agent 5\n"))
        await world.agent("d/c", "agent and person and agent\n")
        done = await world.place.commit(branch="", message="On top")
        assert done.base == theirs
        assert done.files == ("a", "d/c")
        assert any("could not be told apart: d/c" in notice for notice in world.place.notices)
        assert status(world) == []

    world.run(body)


def test_a_file_in_the_place_of_a_folder_is_committed(world: World) -> None:
    async def body() -> None:
        await world.place.looked()
        shutil.rmtree(world.root / "d")
        world.person("d", "a file\n")
        await world.place.checkpoint()
        await world.place.commit(branch="", message="Swap")
        assert status(world) == []
        await world.place.looked()
        (world.root / "d").unlink()
        world.person("d/e", "a folder\n")
        await world.place.checkpoint()
        await world.place.commit(branch="", message="Swap back")
        assert status(world) == []

    world.run(body)


def test_what_is_under_way_is_not_torn_apart(world: World) -> None:
    async def body() -> None:
        await world.agent("a", "agent\n")
        before = text(world.root, "rev-parse", "HEAD")
        lock = world.root / ".git/index.lock"
        lock.touch()
        with pytest.raises(FixRepository, match="another git"):
            await world.place.commit(branch="", message="No")
        assert lock.exists()
        lock.unlink()
        (world.root / ".git/MERGE_HEAD").write_text(before + "\n")
        with pytest.raises(FixRepository, match="a merge is under way"):
            await world.place.commit(branch="", message="No")
        (world.root / ".git/MERGE_HEAD").unlink()
        (world.root / ".git/refs/heads/main.lock").touch()
        with pytest.raises(FixRepository, match="moved meanwhile"):
            await world.place.commit(branch="", message="No")
        (world.root / ".git/refs/heads/main.lock").unlink()
        assert text(world.root, "rev-parse", "HEAD") == before
        assert not lock.exists()
        assert status(world) == [" M a"]

    world.run(body)


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_in_the_middle_of_a_commit(world: World, after: bool) -> None:
    """Before the branch moves nothing has happened; after it the index follows at the next opening. No lock is left."""

    async def begin() -> None:
        await world.agent("a", "agent\n")

    world.run(begin)
    old = text(world.root, "rev-parse", "HEAD")
    child = os.fork()
    if child == 0:
        plain = Path.rename

        def rename(path: Path, target: Path) -> Path:
            if path.name == "index.lock":
                os._exit(0)
            return plain(path, target)

        Path.rename = rename  # pyright: ignore[reportAttributeAccessIssue]
        if not after:

            def foreign(git_dir: Path) -> Git:
                os._exit(0)

            Git.foreign = foreign

        async def killed() -> None:
            async with await world.open() as place:
                await place.commit(branch="", message="Killed")

        try:
            asyncio.run(killed())
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert (world.root / ".git/index.lock").exists()

    async def later() -> None:
        assert not (world.root / ".git/index.lock").exists()
        assert (text(world.root, "rev-parse", "HEAD") != old) == after
        assert status(world) == ([] if after else [" M a"])

    world.run(later)


def test_cancelled_as_the_branch_moves_it_is_committed_as_a_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Git.foreign
    tasks: list[asyncio.Task[object]] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def foreign(git_dir: Path) -> Git:
        loops[0].call_soon_threadsafe(tasks[0].cancel)
        time.sleep(0.1)
        return plain(git_dir)

    async def body() -> None:
        loops.append(asyncio.get_running_loop())
        await world.agent("a", "agent\n")
        old = text(world.root, "rev-parse", "HEAD")
        tasks.append(asyncio.create_task(world.place.commit(branch="", message="Cancelled")))
        with monkeypatch.context() as patched:
            patched.setattr(Git, "foreign", foreign)
            with pytest.raises(asyncio.CancelledError):
                await tasks[0]
        assert text(world.root, "rev-parse", "HEAD~1") == old
        assert status(world) == []
        assert not (world.root / ".git/index.lock").exists()
        assert await world.place.uncommitted() == ()

    world.run(body)


def test_in_a_worktree_the_right_branch_moves(world: World, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(world.root, "worktree", "add", "-q", "-b", "other", str(linked))

    async def body() -> None:
        async with await open_in_place(linked, cache=tmp_path / "cache", folder=tmp_path / "linked-session") as place:
            assert isinstance(place, InPlace)
            (linked / "a").write_text("agent\n")
            await place.checkpoint()
            done = await place.commit(branch="", message="Here")
            assert text(world.root, "rev-parse", "other") == done.head
            assert text(world.root, "rev-parse", "main") == done.base
            assert git(linked, "status", "--porcelain") == b""

    asyncio.run(body())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.one_of(EDIT, EDIT, EDIT, st.tuples(st.just("commit"), st.just(""), st.just(""), st.just(0))), max_size=12)
)
def test_whatever_both_did_a_commit_is_the_agents_alone(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, str, str, int]]
) -> None:
    """But for files whose edits cannot be told apart, which are named. No file changes, and what was staged stays staged."""
    world = World(tmp_path_factory.mktemp("w"))
    world.person("staged", "staged\n")
    git(world.root, "add", "staged")
    game = Game(world)

    async def committed() -> None:
        before, parent = game.everything(), text(world.root, "rev-parse", "HEAD")
        told = len(world.place.notices)
        try:
            done = await world.place.commit(branch="", message="Some")
        except FixRepository:
            assert await world.place.uncommitted() == ()
            return
        mixed = " ".join(world.place.notices[told:]).partition("told apart: ")[2].rstrip(".").split(", ")
        assert game.everything() == before
        assert "A  staged" in status(world)
        for path in done.files:
            new, old = (
                git(world.root, "cat-file", "blob", f"{commit}:{path}", check=False).decode() for commit in (done.head, parent)
            )
            if path in mixed:
                assert new == before.get(path, ""), (path, new)
                continue
            words = {line.strip() for line in new.splitlines()} - {line.strip() for line in old.splitlines()}
            assert not [word for word in words if word.startswith("person-")], (path, new)
            agents = [line for line in before.get(path, "").splitlines() if line.startswith("agent-")]
            assert set(agents) <= set(new.splitlines()), (path, new)

    async def body() -> None:
        for who, how, path, where in [*moves, ("commit", "", "", 0)]:
            if who != "person":
                await world.place.looked()
            if who == "commit":
                await committed()
                continue
            game.edit(who, how, path, where)
            if who == "agent":
                await world.place.checkpoint()

    world.run(body)
