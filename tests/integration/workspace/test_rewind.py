"""Going back takes the agent's work out of the person's files and leaves theirs, whoever did what in which order."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import placing
from pullwright.workspace.inplace import InPlace, open_in_place
from pullwright.workspace.rewind import Restored
from repositories import git, make_project

TEN = "".join(f"line {number}\n" for number in range(10))
FILES = {"a": TEN.encode(), "d/b": TEN.encode(), "d/c": b"c\n", ".gitignore": b"*.log\n"}


class World:
    """A project and a session that works in it; `agent` and `person` write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = make_project(folder / "project", FILES)
        self.place: InPlace

    def run(self, body: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with await self.open() as self.place:
                await body()

        asyncio.run(whole())

    def open(self) -> Awaitable[InPlace]:
        return open_in_place(self.root, cache=self.folder / "cache", folder=self.folder / "session")

    async def agent(self, path: str, content: str | None) -> str:
        """The agent writes (None: removes); the tree then."""
        await self.place.looked()
        self.person(path, content)
        await self.place.checkpoint()
        return self.place.tree

    def person(self, path: str, content: str | None) -> None:
        file = self.root / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    async def back(self, tree: str = "", when: float | None = None) -> Restored:
        return await self.place.restore(tree or self.place.start_tree, when=when)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def changed(old: str, new: str) -> str:
    return TEN.replace(old, new)


def test_the_agents_work_goes_and_the_persons_stays(world: World) -> None:
    async def body() -> None:
        await world.agent("a", "by the agent\n")
        await world.agent("new/file", "by the agent\n")
        await world.agent("d/c", None)
        world.person("d/b", "by the person\n")
        world.person("theirs", "by the person\n")
        done = await world.back()
        assert (world.read("a"), world.read("d/c")) == (TEN, "c\n")
        assert not (world.root / "new").exists()
        assert world.read("d/b") == world.read("theirs") == "by the person\n"
        assert (done.restored, done.merged, done.kept) == (("a", "d/c", "new/file"), (), ())
        assert await world.place.looked() is None
        again = await world.back(done.before)
        assert again.restored == ("a", "d/c", "new/file")
        assert world.read("new/file") == "by the agent\n"

    world.run(body)


def test_after_going_back_a_look_at_one_path_knows_the_others(world: World) -> None:
    async def body() -> None:
        await world.agent("a", "agent\n")
        await world.agent("n", "agent\n")
        await world.back()
        world.person("d/c", "agent again\n")
        made = await world.place.checkpoint(only=["d/c"])
        assert made is not None
        assert made.paths == ("d/c",)
        assert await world.place.read_file(made.tree, "a") == TEN.encode()
        assert await world.place.looked() is None

    world.run(body)


def test_both_in_one_file_are_told_apart_line_by_line(world: World) -> None:
    async def body() -> None:
        await world.agent("a", changed("line 1\n", "agent 1\n"))
        world.person("a", changed("line 1\n", "agent 1\n").replace("line 8\n", "person 8\n"))
        await world.agent("a", world.read("a").replace("line 5\n", "agent 5\n"))
        done = await world.back()
        assert world.read("a") == changed("line 8\n", "person 8\n")
        assert (done.restored, done.merged, done.kept) == (("a",), ("a",), ())

    world.run(body)


def test_what_the_agent_did_to_the_persons_edit_is_undone(world: World) -> None:
    """They edited, the agent put it back: going back to before both brings theirs back, to after both does nothing."""

    async def body() -> None:
        begun = time.time()
        world.person("a", "by the person\n")
        await world.agent("a", TEN)
        assert (await world.back()).restored == ()
        done = await world.back(when=begun)
        assert world.read("a") == "by the person\n"
        assert done.restored == ("a",)

    world.run(body)


def test_what_cannot_be_told_apart_is_left_and_named(world: World) -> None:
    async def body() -> None:
        await world.agent("a", changed("line 4\n", "agent 4\n"))
        world.person("a", changed("line 4\n", "agent 4, and the person\n"))
        await world.agent("new", "by the agent\n")
        world.person("new", "by the agent\nand the person\n")
        await world.agent("d/b", "x\n")
        done = await world.back()
        assert world.read("a") == changed("line 4\n", "agent 4, and the person\n")
        assert world.read("new") == "by the agent\nand the person\n"
        assert world.read("d/b") == TEN
        assert (done.restored, done.kept) == (("d/b",), ("a", "new"))

    world.run(body)


def test_modes_links_and_folders_in_the_place_of_files(world: World) -> None:
    async def body() -> None:
        await world.place.looked()
        (world.root / "a").chmod(0o755)
        (world.root / "d/c").unlink()
        (world.root / "d/c").symlink_to("/etc/passwd")
        shutil.rmtree(world.root / "d")
        (world.root / "d").write_text("a file now\n")
        world.person("e/f/g", "deep\n")
        await world.place.checkpoint()
        between = world.place.tree
        (world.root / "d").unlink()
        (world.root / "d").symlink_to("e")
        shutil.rmtree(world.root / "e")
        world.person("e", "a file\n")
        await world.place.checkpoint()
        await world.back(between)
        assert world.read("d") == "a file now\n"
        assert world.read("e/f/g") == "deep\n"
        await world.back()
        assert not (world.root / "a").stat().st_mode & 0o111
        assert (world.read("d/b"), world.read("d/c")) == (TEN, "c\n")
        assert not (world.root / "e").exists()

    world.run(body)


def test_ignored_and_new_files_in_the_way_stay(world: World) -> None:
    async def body() -> None:
        await world.agent("a", None)
        await world.agent("a/x", "by the agent\n")
        world.person("a/keep.log", "ignored\n")
        done = await world.back()
        assert world.read("a/keep.log") == "ignored\n"
        assert done.kept == ("a",)
        assert not (world.root / "a/x").exists()

    world.run(body)


def test_lines_end_as_they_did(world: World) -> None:
    git(world.root, "config", "core.autocrlf", "true")
    for name in ("a", "d/c"):
        (world.root / name).unlink()
        git(world.root, "checkout", "--", name)

    async def body() -> None:
        before = (world.root / "a").read_bytes()
        assert b"\r\n" in before
        await world.agent("a", None)
        await world.agent("d/c", "one\r\n")
        done = await world.back()
        assert (world.root / "a").read_bytes() == before
        assert (world.root / "d/c").read_bytes() == b"c\r\n"
        assert done.restored == ("a", "d/c")
        assert await world.place.looked() is None

    world.run(body)


def test_an_edit_of_this_very_moment_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person saves while the files go back: theirs is seen at the last moment, and the rest goes back all the same."""
    plain = placing.look
    seen: list[bytes] = []

    def saved(root: int, path: bytes) -> placing.Found:
        seen.append(path)
        if path == b"d/b" and seen.count(path) == 1:  # after it was looked at, just before it is replaced
            world.person("d/b", "saved just now\n")
        return plain(root, path)

    async def body() -> None:
        await world.agent("a", "agent\n")
        await world.agent("d/b", "agent\n")
        monkeypatch.setattr(placing, "look", saved)
        done = await world.back()
        assert seen
        assert world.read("d/b") == "saved just now\n"
        assert world.read("a") == TEN
        assert done.kept == ("d/b",)

    world.run(body)


def test_all_or_nothing_where_a_file_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.rename

    def full(source: bytes, target: bytes, **more: int) -> None:
        if target == b"c":
            raise OSError(28, "No space left on device")
        plain(source, target, **more)

    async def body() -> None:
        for path in ("a", "d/b", "d/c"):
            await world.agent(path, "agent\n")
        with monkeypatch.context() as patched:
            patched.setattr(os, "rename", full)
            with pytest.raises(FixRepository, match="No space left"):
                await world.back()
        assert world.read("a") == world.read("d/b") == world.read("d/c") == "agent\n"
        assert await world.place.looked() is None
        await world.back()
        assert world.read("d/c") == "c\n"

    world.run(body)


@pytest.mark.parametrize("moment", range(5))
def test_a_kill_in_the_middle_is_finished_at_the_next_opening(world: World, moment: int) -> None:
    async def body() -> None:
        for path in ("a", "d/b", "d/c", "new"):
            await world.agent(path, "agent\n")

    world.run(body)
    child = os.fork()
    if child == 0:
        left = [moment]
        plain = os.rename

        def rename(source: bytes, target: bytes, **more: int) -> None:
            if more and not left[0]:
                os._exit(0)
            left[0] -= bool(more)
            plain(source, target, **more)

        os.rename = rename  # pyright: ignore[reportAttributeAccessIssue]

        async def killed() -> None:
            async with await world.open() as place:
                await place.restore(place.start_tree)

        asyncio.run(killed())
        os._exit(0)
    os.waitpid(child, 0)
    world.person("d/b", "by the person, after the kill\n")

    async def later() -> None:
        assert (world.read("a"), world.read("d/c")) == (TEN, "c\n")
        assert not (world.root / "new").exists()
        assert world.read("d/b") == "by the person, after the kill\n"
        assert not [path for path in world.root.rglob("*") if path.name.startswith(".pullwright-new")]
        assert (world.folder / "session/rewinding.json").exists() is False

    world.run(later)


def test_a_tree_of_nowhere_is_refused(world: World) -> None:
    async def body() -> None:
        with pytest.raises(FixRepository, match="no checkpoint of this session"):
            await world.back("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

    world.run(body)


EDIT = st.tuples(
    st.sampled_from(["agent", "person"]),
    st.sampled_from(["insert", "replace", "remove", "swap"]),
    st.sampled_from(["a", "d/b", "d/c", "n", "n/x"]),
    st.integers(0, 10),
)
GO_BACK = st.tuples(st.just("back"), st.just(""), st.just(""), st.integers(0, 30))


class Game:
    """Random edits by both, each with a word of its own, and going back in between."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        self.trees: list[str] = []
        self.touched: dict[str, int] = {}
        self.written: dict[str, tuple[str, int]] = {}

    def edit(self, who: str, how: str, path: str, where: int) -> None:
        """One edit; what cannot be done is passed over."""
        self.count += 1
        word = f"{who}-{self.count}-"
        file = self.world.root / path
        try:
            if how == "remove":
                file.unlink()
            elif how == "swap":
                shutil.rmtree(file) if file.is_dir() else file.unlink()
                (file / "y").parent.mkdir()
                (file / "y").write_text(word + "\n")
                path += "/y"
            else:
                lines = [] if how == "replace" or not file.exists() else file.read_text().splitlines(keepends=True)
                lines.insert(where, word + "\n")
                file.parent.mkdir(exist_ok=True)
                file.write_text("".join(lines))
        except OSError:
            return
        finally:
            if who == "person":
                for name in (path, path.removesuffix("/y")):
                    self.touched[name] = len(self.trees)
                for name in [name for name in self.everything() if name.startswith(path.removesuffix("/y") + "/")]:
                    self.touched[name] = len(self.trees)
        if who == "person" and how != "remove":
            self.written[word] = (path, len(self.trees))

    def everything(self) -> dict[str, str]:
        root = self.world.root
        paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
        return {str(path.relative_to(root)): path.read_text() for path in paths}

    async def go_back(self, number: int) -> None:
        place = self.world.place
        before = self.everything()
        at = number % len(self.trees)
        changes = place._authors.changes  # pyright: ignore[reportPrivateUsage]
        done = await place.restore(self.trees[at], when=changes[at].time)
        after = self.everything()
        for word, (_, when) in self.written.items():
            if when > at and any(word in text for text in before.values()):
                assert any(word in text for text in after.values()), (word, done)
        target = {path: await place.read_file(self.trees[at], path) for path in await place.paths(self.trees[at])}
        for path in before.keys() | after.keys() | target.keys():
            near = [name for name, when in self.touched.items() if when > at and (name + "/").startswith(path + "/")]
            near += [name for name, when in self.touched.items() if when > at and (path + "/").startswith(name + "/")]
            if not near:
                expected = target.get(path)
                assert after.get(path) == (None if expected is None else expected.decode()), (path, done)
        self.trees = [change.tree for change in place._authors.changes]  # pyright: ignore[reportPrivateUsage]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.one_of(EDIT, EDIT, EDIT, GO_BACK), max_size=14))
def test_whatever_both_did_nothing_of_the_persons_is_lost(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, str, str, int]]
) -> None:
    """And what only the agent touched since is as it was at the point."""
    world = World(tmp_path_factory.mktemp("w"))
    game = Game(world)

    async def body() -> None:
        place = world.place
        for who, how, path, where in [*moves, ("back", "", "", 0)]:
            if who != "person":
                await place.looked()
            game.trees = [change.tree for change in place._authors.changes]  # pyright: ignore[reportPrivateUsage]
            if who == "back":
                await game.go_back(where)
                continue
            game.edit(who, how, path, where)
            if who == "agent":
                await place.checkpoint()

    world.run(body)
