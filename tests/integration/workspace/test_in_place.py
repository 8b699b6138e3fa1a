"""Working in the person's own folder: a checkpoint is what `git add -A` gives, beside their `.git`, and says whose it is."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_checkpoint import BASE, STEP, do

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import look
from pullwright.workspace.inplace import InPlace, open_in_place
from repositories import commit, git, make_project, text

COMMIT = st.tuples(st.just("commit"), st.sampled_from([b"", b"a", b"b"]), st.just(b""))


class World:
    """A project, and a session that works in it."""

    def __init__(self, folder: Path, files: dict[str, bytes] | None = None) -> None:
        self.folder = folder
        self.project = make_project(folder / "project", files)

    def open(self, project: Path | None = None) -> Awaitable[InPlace]:
        return open_in_place(project or self.project, cache=self.folder / "cache", folder=self.folder / "session")

    def run(self, body: Callable[[InPlace], Awaitable[None]], project: Path | None = None) -> None:
        async def whole() -> None:
            async with await self.open(project) as place:
                await body(place)

        asyncio.run(whole())

    def expected(self, place: InPlace) -> str:
        """What the person's own git would make of the folder now, had they added all that the last checkpoint holds."""
        place._objects.settle()  # pyright: ignore[reportPrivateUsage]
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("GIT_INDEX_FILE", str(self.folder / "expected-index"))
            patched.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(self.folder / "session/objects"))
            git(self.project, "read-tree", place.tree)
            git(self.project, "add", "-A")
            return text(self.project, "write-tree")

    def as_it_was(self) -> tuple[bytes, ...]:
        """The person's own git, byte for byte."""
        return tuple(
            path.read_bytes()
            for path in sorted((self.project / ".git").rglob("*"))
            if path.is_file() and "objects" not in path.parts
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_checkpoint_says_what_changed_and_touches_nothing_of_git(world: World) -> None:
    async def body(place: InPlace) -> None:
        before = world.as_it_was()
        assert place.tree == place.start_tree == text(world.project, "rev-parse", "HEAD^{tree}")
        assert await place.checkpoint() is None
        (world.project / "readme").write_text("by the agent\n")
        (world.project / "new").write_text("new\n")
        (world.project / "x.pyc").write_text("ignored\n")
        made = await place.checkpoint()
        assert made is not None
        assert made.paths == ("new", "readme")
        assert await place.read_file(made.tree, "new") == b"new\n"
        assert await place.looked() is None
        assert world.as_it_was() == before
        assert world.expected(place) == place.tree
        assert "by the agent" in (await place.diff(place.start_tree, place.tree)).decode()

    world.run(body)


def test_what_was_uncommitted_at_the_start_is_the_starts(world: World) -> None:
    (world.project / "readme").write_text("edited\n")
    (world.project / "staged").write_text("staged\n")
    git(world.project, "add", "staged")
    (world.project / "src/main.py").unlink()

    async def body(place: InPlace) -> None:
        assert await place.paths(place.start_tree) == (".gitignore", "readme", "staged")
        assert await place.looked() is None

    world.run(body)


def test_an_edit_of_the_same_moment_and_size_is_seen(world: World) -> None:
    """Also one that comes just after a look has read the file, in the second before the index is written."""

    async def body(place: InPlace) -> None:
        file = world.project / "readme"
        for number in range(30):
            file.write_text(f"{number:05}\n")
            made = await place.checkpoint()
            assert made is not None, number
            assert await place.read_file(made.tree, "readme") == f"{number:05}\n".encode()
            time.sleep(number % 3 * 0.02)

    world.run(body)


@pytest.mark.parametrize("aged", [True, False])
def test_an_edit_right_after_git_read_the_file_is_seen(world: World, monkeypatch: pytest.MonkeyPatch, aged: bool) -> None:
    """Also when the index is written in the next second. The control: where the index is not made older, that edit is lost."""
    if not aged:
        monkeypatch.setattr(look.Look, "_age", str)

    async def body(place: InPlace) -> None:
        file, index = world.project / "readme", world.folder / "session/look/index"
        while not 0.1 < time.time() % 1 < 0.5:
            await asyncio.sleep(0.01)
        file.write_text("hello\n")
        assert await place.looked() is None  # read again, and its times noted in the index
        if not aged:
            os.utime(index, ns=(time.time_ns() + 10**9, time.time_ns() + 10**9))
        file.write_text("hallo\n")
        assert (await place.looked() is not None) == aged

    world.run(body)


def test_a_folder_that_became_a_link_to_itself_is_a_link(world: World) -> None:
    """Its files are the same by all their times, and still are not there any more."""

    async def body(place: InPlace) -> None:
        (world.project / "src/main.py").write_text("edited\n")
        time.sleep(0.05)
        await place.checkpoint()
        (world.project / "src").rename(world.project / "moved")
        (world.project / "src").symlink_to("moved")
        made = await place.checkpoint()
        assert made is not None
        assert await place.paths(made.tree) == (".gitignore", "moved/main.py", "readme", "src")
        assert made.tree == world.expected(place)

    world.run(body)


def test_the_person_goes_to_another_branch_and_back(world: World) -> None:
    """What git did counts as theirs; what the agent made and nobody committed is still known, also when it is ignored since."""
    git(world.project, "checkout", "-q", "-b", "other")
    (world.project / "only-here").write_text("x\n")
    commit(world.project, "Other")
    git(world.project, "checkout", "-q", "main")

    async def body(place: InPlace) -> None:
        (world.project / "made").write_text("by the agent\n")
        await place.checkpoint()
        with (world.project / ".git/info/exclude").open("a") as file:
            file.write("made\n")
        git(world.project, "checkout", "-q", "other")
        theirs = await place.looked()
        assert theirs is not None
        assert theirs.paths == ("only-here",)
        assert await place.read_file(theirs.tree, "made") == b"by the agent\n"
        (world.project / "readme").write_text("more\n")
        git(world.project, "commit", "-q", "-am", "More")
        theirs = await place.looked()
        assert theirs is not None
        assert theirs.paths == ("readme",)
        git(world.project, "checkout", "-q", "main")
        back = await place.looked()
        assert back is not None
        assert back.paths == ("only-here", "readme")

    world.run(body)


def test_named_paths_alone_are_looked_at(world: World) -> None:
    async def body(place: InPlace) -> None:
        (world.project / "readme").write_text("by the agent\n")
        (world.project / "src/main.py").write_text("by the person\n")
        made = await place.checkpoint(only=["readme"])
        assert made is not None
        assert made.paths == ("readme",)
        theirs = await place.looked()
        assert theirs is not None
        assert theirs.paths == ("src/main.py",)
        assert await place.checkpoint(only=()) is None

    world.run(body)


def test_a_session_goes_on_where_it_was_also_after_a_kill(world: World) -> None:
    async def killed() -> None:
        place = await world.open()
        (world.project / "readme").write_text("by the agent\n")
        await place.checkpoint()
        (world.folder / "session/look/index.lock").touch()
        place.let_go()

    asyncio.run(killed())
    (world.project / "src/main.py").write_text("by the person\n")
    with (world.folder / "session/authors.jsonl").open("ab") as file:
        file.write(b'{"tree":"half')

    async def body(place: InPlace) -> None:
        assert await place.read_file(place.tree, "readme") == b"by the agent\n"
        assert place.start_tree == text(world.project, "rev-parse", "HEAD^{tree}")
        theirs = await place.looked()
        assert theirs is not None
        assert theirs.paths == ("src/main.py",)
        place._objects.settle()  # pyright: ignore[reportPrivateUsage]
        assert "missing" not in text(world.folder / "session/git", "fsck", "--connectivity-only")

    world.run(body)
    (world.folder / "session/look/index").write_bytes(b"cut")
    world.run(lambda place: _same(place))


async def _same(place: InPlace) -> None:
    assert await place.looked() is None


def test_what_the_person_staged_once_outlives_their_gc(world: World) -> None:
    """A blob that is only borrowed from their objects is kept with the checkpoint that needs it."""
    (world.project / "readme").write_text("staged once\n")
    git(world.project, "add", "readme")

    async def body(place: InPlace) -> None:
        git(world.project, "reset", "-q")
        (world.project / "readme").write_text("on and on\n")
        await place.looked()
        git(world.project, "reflog", "expire", "--expire=now", "--all")
        git(world.project, "gc", "-q", "--prune=now")
        assert await place.read_file(place.start_tree, "readme") == b"staged once\n"

    world.run(body)


def test_a_worktree_a_subfolder_and_what_cannot_be_worked_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    git(world.project, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))

    async def body(place: InPlace) -> None:
        assert place.root == tmp_path / "linked"
        assert place.mounted.shown == (world.project / ".git",)
        assert place.mounted.protect == (".git",)
        (place.root / "new").write_text("x")
        made = await place.checkpoint()
        assert made is not None
        assert made.paths == ("new",)

    world.run(body, tmp_path / "linked/src")
    with pytest.raises(FixRepository, match="works in"):
        asyncio.run(_only(world.open()))
    (tmp_path / "bare").mkdir()
    with pytest.raises(FixRepository, match="not in a git repository"):
        asyncio.run(_only(world.open(tmp_path / "bare")))
    git(tmp_path / "bare", "init", "-q")
    with pytest.raises(FixRepository, match="no commits yet"):
        asyncio.run(_only(world.open(tmp_path / "bare")))
    monkeypatch.setenv("HOME", str(world.project / "src"))
    with pytest.raises(FixRepository, match="home"):
        asyncio.run(_only(world.open()))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(FixRepository, match="its own files"):
        asyncio.run(_only(open_in_place(world.project, cache=tmp_path / "cache", folder=world.project / "state/session")))


async def _only(opening: Awaitable[InPlace]) -> None:
    async with await opening:
        raise AssertionError("it opened")


def test_odd_files_are_left_out_or_read_and_nothing_stalls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "LARGEST", 1 << 20)
    monkeypatch.setattr(look, "CROWD", 100)
    project = world.project

    async def body(place: InPlace) -> None:
        with (project / "huge").open("wb") as file:
            file.truncate(2 << 30)
        with (project / "readme").open("wb") as file:
            file.truncate(2 << 20)
        os.mkfifo(project / "pipe")
        (project / "src/main.py").unlink()
        os.mkfifo(project / "src/main.py")
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(os.path.relpath(project / "sock"))
        make_project(project / "nested")
        (project / "node[1] modules").mkdir()
        for number in range(150):
            (project / f"node[1] modules/{number}").write_text("x")
        (project / "link").symlink_to("/etc/passwd")
        (project / "new\nline").write_text("odd\n")
        made = await place.checkpoint()
        sock.close()
        assert made is not None
        assert set(made.paths) == {"link", "new\nline", "src/main.py"}
        assert await place.read_file(made.tree, "src/main.py") is None
        told = " ".join(place.notices)
        for name in ("huge", "readme", "nested/", "node[1] modules/"):
            assert f"{name} is not part of any checkpoint" in told
        assert await place.checkpoint() is None
        assert len(place.notices) == 4
        assert not [row for row in (await place.paths(made.tree)) if row.startswith("node")]

    world.run(body)


def test_files_that_come_and_go_while_they_are_read(world: World) -> None:
    """Somebody writes, renames and removes all the time: each look gives a tree, and the last one is what is there."""

    async def body(place: InPlace) -> None:
        done = asyncio.Event()

        def churn() -> None:
            number = 0
            while not done.is_set():
                number += 1
                folder = world.project / f"d{number % 3}"
                if folder.is_dir():
                    shutil.rmtree(folder)
                    folder.write_text("file")
                else:
                    folder.unlink(missing_ok=True)
                    folder.mkdir()
                    (folder / "f").write_bytes(b"x" * (number * 7919 % 50_000))
                (world.project / "readme").write_text("y" * (number % 1000))

        churning = asyncio.create_task(asyncio.to_thread(churn))
        for _ in range(15):
            await place.looked()
        done.set()
        await churning
        await place.looked()
        assert world.expected(place) == place.tree

    world.run(body)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(STEP, STEP, STEP, COMMIT), max_size=15))
def test_each_checkpoint_is_what_git_would_add(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes, bytes]]
) -> None:
    """Line endings and encodings as the attributes say, ignored files, folders and files that take each other's place."""
    world = World(tmp_path_factory.mktemp("w"), {**BASE, ".gitattributes": b"* text=auto eol=crlf\n*.txt ident filter=evil\n"})

    async def body(place: InPlace) -> None:
        for step in [*steps, ("checkpoint", b"", b"")]:
            if step[0] == "commit":
                git(world.project, "add", step[1].decode() or "-A", check=False)
                git(world.project, "commit", "-q", "--allow-empty", "-m", "The person's")
            elif step[0] == "checkpoint":
                expected = world.expected(place)
                await place.checkpoint()
                assert place.tree == expected
            else:
                do(os.fsencode(world.project), step)

    world.run(body)


def test_lines_end_as_the_person_keeps_them(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": b"one\ntwo\n", ".gitattributes": b"* text=auto\n"})
    git(world.project, "config", "core.autocrlf", "true")
    (world.project / "a.txt").unlink()
    git(world.project, "checkout", "--", "a.txt")
    assert (world.project / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    commit(world.project, "Nothing") if git(world.project, "status", "--porcelain") else None

    async def body(place: InPlace) -> None:
        assert await place.read_file(place.tree, "a.txt") == b"one\ntwo\n"
        (world.project / "a.txt").write_bytes(b"one\r\ntwo\r\nthree\r\n")
        made = await place.checkpoint()
        assert made is not None
        assert await place.read_file(made.tree, "a.txt") == b"one\ntwo\nthree\n"

    world.run(body)


def test_a_tree_is_laid_out_for_a_clean_run(world: World) -> None:
    """The files of the checkpoint over a checkout of the base, and nothing of what the person's folder holds beside."""

    async def body(place: InPlace) -> None:
        (world.project / "readme").write_text("by the agent\n")
        (world.project / "src/main.py").unlink()
        (world.project / "x.pyc").write_text("ignored\n")
        await place.checkpoint()
        overlay = await place.materialise(place.tree, world.folder / "clean")
        layer, checkout = overlay.lowers
        assert (layer / "readme").read_text() == "by the agent\n"
        assert not (layer / "src").is_dir()  # hidden
        assert sorted(path.name for path in checkout.iterdir()) == [".git", ".gitignore", "readme", "src"]
        assert await place.materialise(place.start_tree, world.folder / "base")

    world.run(body)
