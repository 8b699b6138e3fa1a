"""A checkpoint is what `git add -A && git write-tree` gives, whatever was done to the files."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pullwright.workspace import reading
from pullwright.workspace.git import RAW_ATTRIBUTES, Git, make_git_dir
from pullwright.workspace.glance import MOST, RACY_NS
from pullwright.workspace.snapshot import Workspace, reopen, snapshot
from repositories import git, make_project, merged

NAMES = [b"a", b"b", b"c.pyc", b"build", b"d.txt", b"\xff\xfe", "é".encode(), b"new\nline"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)
CONTENT = st.sampled_from([b"", b"x", b"a\r\nb\r\n", b"\0\1\2", b"$Id$\n", b"long" * 500])
RULES = st.sampled_from([b"*.pyc\n", b"build/\n", b"a\n", b"/b/*\n!/b/a\n", b"**/d.txt\n", b""])

STEP = st.one_of(
    st.tuples(st.just("write"), PATHS, CONTENT),
    st.tuples(st.just("link"), PATHS, st.sampled_from([b"a", b"/etc/passwd", b"../..", b"no where"])),
    st.tuples(st.just("remove"), PATHS, st.just(b"")),
    st.tuples(st.just("mode"), PATHS, st.sampled_from([b"755", b"644", b"600"])),
    st.tuples(st.just("rename"), PATHS, PATHS),
    st.tuples(st.just("folder"), PATHS, st.just(b"")),
    st.tuples(st.just("ignore"), PATHS, RULES),
    st.tuples(st.just("checkpoint"), st.just(b""), st.just(b"")),
    st.tuples(st.just("wait"), st.just(b""), st.just(b"")),
)

AGED = RACY_NS / 1e9 + 0.01
"""After so many seconds a file's times tell every change."""

BASE = {
    "a": b"file a\n",
    "b/a": b"one\n",
    "b/b/d.txt": b"two\r\n",
    "build/kept": b"tracked though ignored\n",
    "c.pyc": b"\0",
    ".gitignore": b"*.pyc\nbuild/\n",
    ".gitattributes": b"* text=auto eol=crlf\n*.txt text ident working-tree-encoding=UTF-16 filter=evil\n",
}


def do(root: bytes, step: tuple[str, bytes, bytes]) -> None:
    """One edit, such as a command in the sandbox would do it; what cannot be done is passed over."""
    what, name, more = step
    path = os.path.join(root, name)
    try:
        if what == "wait":
            time.sleep(AGED)
        if what == "write":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(more)
        elif what == "link":
            os.symlink(more, path)
        elif what == "remove":
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        elif what == "mode":
            os.chmod(path, int(more, 8), follow_symlinks=os.path.islink(path) is False)
        elif what == "rename":
            shutil.move(os.fsdecode(path), os.fsdecode(os.path.join(root, more)))
        elif what == "folder":
            os.makedirs(path)
        elif what == "ignore":
            with open(os.path.join(path, b".gitignore"), "wb") as file:
                file.write(more)
    except (OSError, shutil.Error, NotImplementedError):
        return


def oracle(folder: Path, work_tree: Path, tree: str, excludes: bytes = b"") -> Git:
    """Real git with an index of its own on the merged files."""
    make_git_dir(folder, bare=False)
    (folder / "info/exclude").write_bytes(excludes)
    real = Git.own(folder, work_tree=work_tree, index=folder / "index", settings={"core.checkStat": "default"})
    real.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = ""
    real.call("read-tree", tree, env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(work_tree / ".git/objects")})
    return real


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    make_project(folder / "project", {".keep": b""})
    for name, data in BASE.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "project/.git/info/attributes").write_bytes(RAW_ATTRIBUTES)
    git(folder / "project", "add", "-f", "--", *BASE)
    git(folder / "project", "commit", "-qm", "Base")
    return folder


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_a_checkpoint_is_what_git_would_add(places: Path, steps: list[tuple[str, bytes, bytes]]) -> None:
    number = len(list(places.iterdir()))
    folder = places / f"session{number}"

    async def check() -> None:
        async with await snapshot(places / "project", ref=None, local=False, cache=places / "cache", folder=folder) as workspace:
            with merged(workspace.overlay, folder / "merged") as root:
                real = oracle(folder / "oracle", root, workspace.tree)
                for step in [*steps, ("checkpoint", b"", b"")]:
                    do(os.fsencode(root), step)
                    if step[0] == "checkpoint":
                        before = workspace.tree
                        taken = await workspace.checkpoint()
                        real.call("add", "-A", env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(root / ".git/objects")})
                        more = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(workspace.mirror.objects)}
                        assert workspace.tree == real.call("write-tree", env=more).decode().strip()
                        assert (taken is None) == (workspace.tree == before)
                        assert await workspace.checkpoint() is None

    asyncio.run(check())


async def change(workspace: Workspace, at: Path, *steps: tuple[str, bytes, bytes]) -> str:
    with merged(workspace.overlay, at) as root:
        for step in steps:
            do(os.fsencode(root), step)
        await workspace.checkpoint()
    return workspace.tree


def listing(root: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if not name.startswith(".git/") and name != ".git" and (path.is_symlink() or path.is_file()):
            found[name] = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.lists(STEP, max_size=8), then=st.lists(STEP, max_size=8))
def test_a_restored_tree_is_seen_again(
    places: Path, first: list[tuple[str, bytes, bytes]], then: list[tuple[str, bytes, bytes]]
) -> None:
    folder = places / f"session{len(list(places.iterdir()))}"

    async def check() -> None:
        async with await snapshot(places / "project", ref=None, local=False, cache=places / "cache", folder=folder) as workspace:
            one = await change(workspace, folder / "merged", *first)
            two = await change(workspace, folder / "merged", *then)
            for tree in (one, workspace.start_tree, two, one):
                await workspace.restore(tree)
                assert workspace.tree == tree
                with merged(workspace.overlay, folder / "merged") as root:
                    assert await workspace.checkpoint() is None
                    wanted = await workspace.materialise(tree, folder / f"fresh{tree[:8]}")
                    with merged(wanted, folder / "fresh-merged") as fresh:
                        expected, found = listing(fresh), listing(root)
                        assert expected.items() <= found.items()
                shutil.rmtree(folder / f"fresh{tree[:8]}")

    asyncio.run(check())


def test_ignored_files_survive_a_restore_and_git_is_fresh(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")

    async def check() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s") as workspace:
            steps = (
                ("write", b"x.pyc", b"1"),
                ("write", b"build/out", b"2"),
                ("write", b"src/new", b"3"),
                ("remove", b"readme", b""),
            )
            await change(workspace, tmp_path / "m", *steps)
            with merged(workspace.overlay, tmp_path / "m") as root:
                git(root, "commit", "-qam", "inside")
            await workspace.restore(workspace.start_tree)
            with merged(workspace.overlay, tmp_path / "m") as root:
                assert git(root, "status", "--short") == b""
                assert git(root, "log", "--format=%s").strip() == b"First"
                assert (root / "x.pyc").read_bytes() == b"1"
                assert (root / "build/out").read_bytes() == b"2"
                assert not (root / "src/new").exists()
                assert (root / "readme").read_bytes() == b"hello\n"

    asyncio.run(check())


def test_a_killed_session_is_reopened_at_its_last_checkpoint(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    (project / "dirty").write_text("uncommitted\n")

    async def first() -> str:
        workspace = await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s")
        tree = await change(workspace, tmp_path / "m", ("write", b"src/main.py", b"done\n"), ("remove", b"dirty", b""))
        with merged(workspace.overlay, tmp_path / "m") as root:
            (root / "src/main.py").write_bytes(b"half-do")
            (root / "stray").write_bytes(b"x")
        await workspace.close()  # which writes nothing: the disk is as after kill -9
        return tree

    async def second(tree: str) -> None:
        async with await reopen(tmp_path / "s", tmp_path / "c") as workspace:
            assert workspace.tree == tree
        async with await reopen(tmp_path / "s", tmp_path / "c", tree) as workspace:
            with merged(workspace.overlay, tmp_path / "m") as root:
                assert (root / "src/main.py").read_bytes() == b"done\n"
                assert not (root / "stray").exists()
                assert not (root / "dirty").exists()
                assert await workspace.checkpoint() is None
                (root / "more").write_text("more")
                taken = await workspace.checkpoint()
                assert taken is not None
                assert taken.paths == ("more",)

    asyncio.run(second(asyncio.run(first())))


def test_repositories_inside_are_left_out_and_told(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")

    async def check() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s") as workspace:
            with merged(workspace.overlay, tmp_path / "m") as root:
                make_project(root / "vendor/lib")
                (root / "plain").write_text("x")
                taken = await workspace.checkpoint()
                assert taken is not None
                assert taken.paths == ("plain",)
                assert any("vendor/lib" in notice for notice in workspace.notices)

    asyncio.run(check())


def test_pipes_sockets_and_closed_files_do_not_stop_a_checkpoint(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")

    async def check() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s") as workspace:
            with merged(workspace.overlay, tmp_path / "m") as root:
                os.mkfifo(root / "pipe")
                (root / "closed").write_text("x")
                (root / "closed").chmod(0)
                async with asyncio.timeout(20):
                    taken = await workspace.checkpoint()
                assert taken is not None
                assert taken.paths == ("closed",)

    asyncio.run(check())


def test_a_same_size_edit_in_the_same_moment_is_seen(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")

    async def check() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s") as workspace:
            with merged(workspace.overlay, tmp_path / "m") as root:
                for number in range(60):
                    (root / "src/main.py").write_text(f"{number:04}")
                    assert await workspace.checkpoint() is not None
                    assert await workspace.read_file(workspace.tree, "src/main.py") == f"{number:04}".encode()

    asyncio.run(check())


def test_a_large_file_is_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    data = os.urandom(3 << 20)

    async def check() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "c", folder=tmp_path / "s") as workspace:
            with merged(workspace.overlay, tmp_path / "m") as root:
                (root / "large").write_bytes(data)
                await workspace.checkpoint()
                tree = workspace.tree
            summary = await workspace.commit(branch="large", tree=tree, message="Large")
            assert git(project, "cat-file", "blob", f"{summary.head}:large") == data

    asyncio.run(check())


# --- a glance in place of a look ---------------------------------------------------------------------


def _put_back(root: Path) -> None:
    """Another content of the same size, with the times that the file had."""
    before = (root / "one").stat()
    (root / "one").write_text("eno")
    os.utime(root / "one", ns=(before.st_atime_ns, before.st_mtime_ns))


def _swap(root: Path) -> None:
    for old, new in (("one", "x"), ("two", "one"), ("x", "two")):
        (root / old).rename(root / new)


def _replace_folder(root: Path) -> None:
    shutil.rmtree(root / "b")
    (root / "b").mkdir()


PLAIN = {name: data for name, data in BASE.items() if name != ".gitattributes"}

CHANGES: list[Callable[[Path], object]] = [
    _put_back,
    _swap,
    _replace_folder,
    lambda root: (root / "one").chmod(0o755),
    lambda root: (root / "a").unlink(),
    lambda root: (root / "b/b/d.txt").unlink(),
    lambda root: (root / "deep/er/new").write_text("new"),
    lambda root: (root / "b/link").symlink_to("a"),
    lambda root: (root / ".gitignore").write_text("nothing\n"),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_glance_sees_every_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    project = make_project(tmp_path / "project", PLAIN)

    async def refused(*_args: object) -> None:
        raise AssertionError("a full look")

    async def check() -> None:
        async with await snapshot(project, ref=None, local=False, cache=tmp_path / "cache", folder=tmp_path / "s") as workspace:
            with merged(workspace.overlay, tmp_path / "merged") as root:
                (root / "deep/er").mkdir(parents=True)
                for name, content in {"one": "one", "two": "two", "b/a": "edited", "deep/er/file": "x", "new.pyc": ""}.items():
                    (root / name).write_text(content)
                assert await workspace.checkpoint() is not None
                time.sleep(AGED)
                assert await workspace.checkpoint() is None
                with monkeypatch.context() as patched:
                    patched.setattr(reading, "in_thread", refused)
                    assert await workspace.checkpoint() is None
                CHANGES[number](root)
                assert await workspace.checkpoint() is not None

    asyncio.run(check())


def test_a_large_upper_gets_no_glance_and_a_restore_ends_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", PLAIN)

    async def check() -> None:
        async with await snapshot(project, ref=None, local=False, cache=tmp_path / "cache", folder=tmp_path / "s") as workspace:
            upper = workspace._upper  # type: ignore[reportPrivateUsage]
            (workspace.overlay.upper / "one").write_text("1")
            time.sleep(AGED)
            one = await workspace.checkpoint()
            assert one is not None
            assert not upper.is_same()  # what it found was new
            await workspace.checkpoint()
            assert upper.is_same()
            await workspace.restore(workspace.start_tree)
            assert not upper.is_same()
            for number in range(MOST):
                (workspace.overlay.upper / str(number)).write_text("")
            await workspace.checkpoint()
            time.sleep(AGED)
            assert await workspace.checkpoint() is None
            assert not upper.is_same()

    asyncio.run(check())
