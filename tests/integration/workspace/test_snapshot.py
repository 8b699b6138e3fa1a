"""A snapshot holds what the person has, costs nothing of theirs, and gives a branch or files back."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import placing
from pullwright.workspace.blocking import opened_in_thread
from pullwright.workspace.checkouts import Checkouts
from pullwright.workspace.eviction import evict, held_bytes
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import Workspace, reopen, snapshot
from repositories import commit, git, make_project, merged, text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


async def take(project: Path, name: str = "session", *, ref: str | None = None, local: bool = True) -> Workspace:
    folder = project.parent
    return await snapshot(project, ref=ref, local=local, cache=folder / "cache", folder=folder / name)


def person_state(project: Path) -> dict[str, object]:
    """Everything of the person's that a run must leave alone: files, index, HEAD, config, hooks, stash, reflog."""
    found: dict[str, object] = {}
    for path in sorted(project.rglob("*")):
        name = str(path.relative_to(project))
        if name.startswith((".git/objects", ".git/refs/heads/pullwright", ".git/logs/refs/heads/pullwright")):
            continue
        status = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[name] = (status.st_mode, data, status.st_mtime_ns if path.is_file() else 0)
    return found


async def edit(workspace: Workspace, files: dict[str, str | None]) -> str:
    at = workspace.folder / "merged"
    with merged(workspace.overlay, at) as root:
        for name, content in files.items():
            path = root / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        await workspace.checkpoint()
    return workspace.tree


# --- what is in it ---------------------------------------------------------------------------------


def test_modes_links_binary_endings_and_names_are_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    (project / ".gitattributes").write_bytes(b"*.bat text eol=crlf\n* text=auto\n")
    (project / "run").write_bytes(b"#!/bin/sh\n")
    (project / "run").chmod(0o755)
    (project / "link").symlink_to("src/../readme")
    (project / "binary").write_bytes(bytes(range(256)))
    (project / "crlf").write_bytes(b"a\r\nb\n")
    odd = os.fsencode(project) + b"/\xff\xfe\n name"
    with open(odd, "wb") as file:
        file.write(b"odd")
    git(project, "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "add", "-A")
    git(project, "commit", "-qm", "Odd files")

    async def check() -> None:
        async with await take(project) as workspace:
            assert workspace.start_tree == text(project, "rev-parse", "HEAD^{tree}")
            with merged(workspace.overlay, tmp_path / "m") as root:
                assert git(root, "status", "--porcelain") == b""
                assert text(root, "rev-parse", "--abbrev-ref", "HEAD") == "main"
                assert stat.S_IMODE((root / "run").stat().st_mode) & 0o111
                assert os.readlink(root / "link") == "src/../readme"
                assert (root / "binary").read_bytes() == bytes(range(256))
                with open(os.fsencode(root) + b"/\xff\xfe\n name", "rb") as file:
                    assert file.read() == b"odd"
                assert await workspace.checkpoint() is None

    asyncio.run(check())


def test_the_uncommitted_state_is_in_it_and_ignored_files_are_not(project: Path) -> None:
    (project / "readme").write_text("edited\n")
    (project / "staged").write_text("staged\n")
    git(project, "add", "staged")
    (project / "staged").write_text("staged, then edited\n")
    (project / "only-staged").write_text("only staged\n")
    git(project, "add", "only-staged")
    (project / "src/main.py").unlink()
    (project / "new folder").mkdir()
    (project / "new folder/é").write_text("new\n")
    (project / "x.pyc").write_text("ignored")
    (project / ".git/info/exclude").write_text("private\n")
    (project / "private").write_text("mine")
    before = person_state(project)

    async def check() -> None:
        async with await take(project) as workspace:
            with merged(workspace.overlay, project.parent / "m") as root:
                assert git(root, "status", "--porcelain=v1", "-z", "-uall") != b""
                assert (root / "readme").read_text() == "edited\n"
                assert (root / "staged").read_text() == "staged, then edited\n"
                assert (root / "only-staged").read_text() == "only staged\n"
                assert (root / "new folder/é").read_text() == "new\n"
                assert not (root / "src/main.py").exists()
                assert not (root / "x.pyc").exists()
                assert not (root / "private").exists()
                (root / "private").write_text("made inside")
                assert await workspace.checkpoint() is None

    asyncio.run(check())
    assert person_state(project) == before
    git(project, "add", "-A")
    (asyncio.run(check_tree(project)))


async def check_tree(project: Path) -> None:
    async with await take(project, "again") as workspace:
        assert workspace.start_tree == text(project, "write-tree")


def test_an_edit_in_the_moment_of_the_commit_is_seen(project: Path) -> None:
    """Same size, same times as the index has: only the index's own age tells git to look again."""
    git(project, "config", "core.trustctime", "false")
    when = (project / ".git/index").stat().st_mtime_ns
    os.utime(project / "readme", ns=(when, when))
    git(project, "update-index", "--refresh")
    os.utime(project / ".git/index", ns=(when, when))
    (project / "readme").write_text("HELLO\n")
    os.utime(project / "readme", ns=(when, when))

    async def check() -> None:
        async with await take(project) as workspace:
            assert await workspace.read_file(workspace.start_tree, "readme") == b"HELLO\n"

    asyncio.run(check())


def test_another_ref_is_taken_without_the_uncommitted_state(project: Path) -> None:
    first = text(project, "rev-parse", "HEAD")
    git(project, "branch", "old")
    (project / "readme").write_text("second\n")
    commit(project, "Second")
    (project / "readme").write_text("uncommitted\n")

    async def check() -> None:
        for name, ref in (("a", "old"), ("b", "HEAD~1"), ("c", first)):
            async with await take(project, name, ref=ref) as workspace:
                assert workspace.base == first
                with merged(workspace.overlay, project.parent / "m") as root:
                    assert (root / "readme").read_text() == "hello\n"
                    assert text(root, "symbolic-ref", "--short", "HEAD") == ("old" if ref == "old" else "detached")
        with pytest.raises(FixRepository, match="names no commit"):
            await take(project, "d", ref="--upload-pack=x")

    asyncio.run(check())


def test_two_branches_at_one_commit_share_a_checkout_but_not_a_name(project: Path) -> None:
    async def names() -> list[str]:
        found: list[str] = []
        for branch in ("main", "topic/deep"):
            if branch != "main":
                git(project, "checkout", "-q", "-b", branch)
            async with await take(project, branch.replace("/", "-")) as workspace:
                with merged(workspace.overlay, project.parent / "m") as root:
                    found.append(text(root, "rev-parse", "--abbrev-ref", "HEAD"))
                    assert git(root, "status", "--porcelain") == b""
        return found

    assert asyncio.run(names()) == ["main", "topic/deep"]


def test_twenty_at_once(project: Path) -> None:
    (project / "readme").write_text("dirty\n")

    async def check() -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(take(project, f"s{number}")) for number in range(20)]
        workspaces = [task.result() for task in tasks]
        assert len({workspace.start_tree for workspace in workspaces}) == 1
        assert len({workspace.overlay.lowers[-1] for workspace in workspaces}) == 1
        for workspace in workspaces:
            await workspace.close()

    asyncio.run(check())
    assert not list((project.parent / "cache").rglob(".making*"))


# --- the caches ------------------------------------------------------------------------------------


def test_checkouts_in_use_stay_and_the_least_used_go(project: Path) -> None:
    commits = [text(project, "rev-parse", "HEAD")]
    for number in range(3):
        (project / "readme").write_text(f"{number}\n")
        commits.append(commit(project, str(number)))
    repository = Repository.find(project)
    mirror = Mirror(project.parent / "cache", str(repository.common_dir))
    mirror.take_in(repository, commits[-1])
    checkouts = Checkouts(project.parent / "cache", most_bytes=1)
    held = checkouts.get(mirror, commits[0])
    checkouts.get(mirror, commits[1]).release()
    checkouts.get(mirror, commits[2]).release()
    there = {path.parent.name for path in checkouts.folder.glob("*/*/meta")}
    assert commits[0] in there
    assert commits[1] not in there
    assert held.tree.is_dir()
    held.release()
    checkouts.evict()
    assert not list(checkouts.folder.glob("*/*/meta"))


def test_a_mirror_goes_after_its_checkouts_and_never_in_use(project: Path) -> None:
    cache = project.parent / "cache"

    async def check() -> None:
        async with await take(project) as workspace:
            evict(cache, 0)
            assert workspace.overlay.lowers[-1].is_dir()
            # Hard links cost nothing; once the person's repository has let go of them, they do.
            before = held_bytes(cache)
            git(project, "repack", "-adfq")
            assert held_bytes(cache) > before
            evict(cache, 0)
            assert workspace.mirror.has(workspace.base)
            tree = await edit(workspace, {"new": "x"})
            assert b"+x" in await workspace.diff(workspace.start_tree, tree)
        with workspace.mirror.in_use():
            evict(cache, 0)
            assert not list(cache.glob("checkouts/*/*/meta"))
            assert workspace.mirror.has(workspace.base)
        evict(cache, 1 << 30)
        assert workspace.mirror.has(workspace.base)
        evict(cache, 0)
        assert not workspace.mirror.folder.exists()
        assert not list(cache.rglob(".going*"))
        async with await reopen(project.parent / "session", cache) as again:
            assert await again.read_file(again.tree, "new") == b"x"

    asyncio.run(check())


def test_the_persons_gc_takes_nothing_away(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "gone")
    (project / "readme").write_text("on a branch that is deleted\n")
    commit(project, "Gone")

    async def check() -> None:
        async with await take(project) as workspace:
            git(project, "checkout", "-q", "main")
            git(project, "branch", "-qD", "gone")
            git(project, "reflog", "expire", "--expire=now", "--all")
            git(project, "gc", "-q", "--prune=now")
            tree = await edit(workspace, {"new": "x"})
            assert await workspace.read_file(tree, "readme") == b"on a branch that is deleted\n"
            with merged(workspace.overlay, project.parent / "m") as root:
                assert b"fatal" not in git(root, "fsck")

    asyncio.run(check())


# --- what comes back --------------------------------------------------------------------------------


def test_a_branch_is_all_that_the_person_gets(project: Path) -> None:
    (project / "readme").write_text("uncommitted\n")
    before = person_state(project)

    async def check() -> None:
        async with await take(project) as workspace:
            tree = await edit(workspace, {"src/main.py": "print('fixed')\n", "src/new.py": "x = 1\n"})
            wanted = {"branch": "pullwright/fix-1", "tree": tree, "message": "Fix it", "name": "P", "email": "p@x.org"}
            made = await workspace.commit(**wanted, co_author="Ada <ada@example.org>", sign="")
            assert (made.files, made.added, made.removed) == (("src/main.py", "src/new.py"), 2, 1)
            assert text(project, "rev-parse", "pullwright/fix-1^{tree}") == tree
            assert text(project, "log", "-1", "--format=%an <%ae>|%(trailers:unfold)", made.head).split("|") == [
                "P <p@x.org>",
                "Co-authored-by: Ada <ada@example.org>",
            ]
            assert text(project, "rev-parse", f"{made.base}^") == workspace.base
            assert text(project, "diff", "--name-only", f"{made.base}^", made.base) == "readme"
            assert await workspace.commit(**wanted, co_author="Ada <ada@example.org>", sign="") == made
            with pytest.raises(FixRepository, match="already there"):
                await workspace.commit(**{**wanted, "tree": workspace.start_tree}, co_author="", sign="")
            with pytest.raises(FixRepository):
                await workspace.commit(**{**wanted, "branch": "bad..name"}, co_author="", sign="")

    asyncio.run(check())
    assert person_state(project) == before
    assert b"missing" not in git(project, "fsck", "--full")


def test_a_diff_detects_renames_and_can_carry_binary_files(project: Path) -> None:
    (project / "long").write_text("line\n" * 50)
    commit(project, "Long")

    async def check() -> None:
        async with await take(project) as workspace:
            with merged(workspace.overlay, project.parent / "m") as root:
                (root / "long").rename(root / "moved")
                (root / "binary").write_bytes(b"\0\1\2" * 100)
                await workspace.checkpoint()
            patch = await workspace.diff(workspace.start_tree, workspace.tree)
            assert b"rename from long\nrename to moved" in patch
            assert b"Binary files /dev/null and b/binary differ" in patch
            assert b"2 files changed" in await workspace.diff(workspace.start_tree, workspace.tree, stat=True)
            assert await workspace.diff(workspace.start_tree, workspace.tree, ["moved"]) != patch
            whole = await workspace.diff(workspace.start_tree, workspace.tree, binary=True)
            git(project, "apply", "--index", "-", stdin=whole)
            assert text(project, "write-tree") == workspace.tree

    asyncio.run(check())


def test_apply_brings_all_of_the_change_and_undo_takes_it_out(project: Path) -> None:
    (project / "old").mkdir()
    (project / "old/only").write_text("only\n")
    (project / "becomes").write_text("a folder\n")
    commit(project, "More")
    (project / "src/main.py").write_text("the person's uncommitted work\n")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".git" not in path.parts}

    async def check() -> None:
        async with await take(project) as workspace:
            with merged(workspace.overlay, project.parent / "m") as root:
                (root / "src/main.py").write_text("the person's uncommitted work, gone on with\n")
                (root / "old/only").unlink()
                (root / "old").rmdir()
                (root / "old").write_text("now a file\n")
                (root / "becomes").unlink()
                (root / "becomes").mkdir()
                (root / "becomes/deep").write_text("x")
                (root / "tool").write_text("#!/bin/sh\n")
                (root / "tool").chmod(0o755)
                (root / "link").symlink_to("readme")
                await workspace.checkpoint()
            (project / "elsewhere").write_text("edited meanwhile, in the way of nothing\n")
            paths = await workspace.apply(workspace.tree)
            assert set(paths) == {"src/main.py", "old/only", "old", "becomes", "becomes/deep", "tool", "link"}
            assert (project / "old").read_text() == "now a file\n"
            assert (project / "becomes/deep").read_text() == "x"
            assert os.access(project / "tool", os.X_OK)
            assert os.readlink(project / "link") == "readme"
            assert await workspace.apply(workspace.tree) == paths
            assert set(await workspace.undo()) == set(paths)
            with pytest.raises(FixRepository, match="already undone"):
                await workspace.undo()

    asyncio.run(check())
    (project / "elsewhere").unlink()
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".git" not in path.parts} == before


def test_apply_never_overwrites_what_was_edited_since(project: Path) -> None:
    async def check() -> None:
        async with await take(project) as workspace:
            tree = await edit(workspace, {"readme": "agent\n", "src/new.py": "x", "src/main.py": None})
            (project / "readme").write_text("person\n")
            (project / "src/new.py").write_text("person's new file\n")
            with pytest.raises(FixRepository, match=r"readme, src/new\.py"):
                await workspace.apply(tree)
            assert (project / "src/main.py").exists()
            assert (project / "readme").read_text() == "person\n"
            (project / "src/new.py").unlink()
            (project / "readme").write_text("hello\n")
            await workspace.apply(tree)
            (project / "readme").write_text("person, after\n")
            with pytest.raises(FixRepository, match="readme"):
                await workspace.undo()
            assert (project / "src/new.py").exists()

    asyncio.run(check())


def test_an_apply_that_fails_half_way_puts_everything_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "zoo").mkdir()
    (project / "zoo/a").write_text("a\n")
    commit(project, "Zoo")

    async def check() -> None:
        async with await take(project) as workspace:
            tree = await edit(workspace, {"readme": "agent\n", "zoo/a": None, "new": "x"})
            with merged(workspace.overlay, project.parent / "m") as root:
                (root / "zoo").rmdir()
                (root / "zoo").write_text("a file now")
                await workspace.checkpoint()
            assert tree != workspace.tree
            (project / "zoo/untracked.pyc").write_text("in the way of a file named zoo")
            with pytest.raises(FixRepository, match="could not be changed"):
                await workspace.apply(workspace.tree)

    asyncio.run(check())
    assert (project / "readme").read_text() == "hello\n"
    assert (project / "zoo/a").read_text() == "a\n"
    assert not (project / "new").exists()
    assert not [path for path in project.rglob("*") if path.name.startswith(os.fsdecode(placing.PARTIAL))]


def test_line_endings_of_a_windows_checkout_are_given_back(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {".gitattributes": b"*.txt text eol=crlf\n", "a.txt": b"one\r\ntwo\r\n"})

    async def check() -> None:
        async with await take(project) as workspace:
            assert workspace.start_tree == text(project, "rev-parse", "HEAD^{tree}")
            assert await workspace.read_file(workspace.start_tree, "a.txt") == b"one\ntwo\n"
            tree = await edit(workspace, {"a.txt": "one\ntwo\nthree\n"})
            await workspace.apply(tree)
            assert (project / "a.txt").read_bytes() == b"one\r\ntwo\r\nthree\r\n"
            await workspace.undo()
            assert git(project, "status", "--porcelain") == b""

    asyncio.run(check())


def test_verification_gets_the_tree_alone(project: Path) -> None:
    async def check() -> None:
        async with await take(project) as workspace:
            tree = await edit(workspace, {"src/new.py": "x", "readme": None})
            fresh = await workspace.materialise(tree, project.parent / "v1")
            base = await workspace.materialise(workspace.start_tree, project.parent / "v2")
            with merged(fresh, project.parent / "m1") as root, merged(base, project.parent / "m2") as start:
                assert (root / "src/new.py").exists()
                assert not (root / "readme").exists()
                assert git(start, "status", "--porcelain") == b""

    asyncio.run(check())


# --- parts that lie elsewhere ------------------------------------------------------------------------


def test_submodules_that_were_fetched_are_there_and_others_are_told(project: Path) -> None:
    inner = make_project(project.parent / "inner", {"inner.txt": b"inner\n"})
    lib = make_project(project.parent / "lib", {"lib.txt": b"lib\n"})
    git(lib, "submodule", "add", "-q", str(inner), "inner")
    commit(lib, "Inner")
    git(project, "submodule", "add", "-q", str(lib), "vendor/lib")
    git(project, "submodule", "update", "--init", "--recursive", "-q")
    commit(project, "Submodule")
    clone = project.parent / "clone"
    git(project.parent, "clone", "-q", str(project), str(clone))

    async def check() -> None:
        async with await take(project, "a") as workspace:
            with merged(workspace.overlay, project.parent / "m") as root:
                assert (root / "vendor/lib/lib.txt").read_text() == "lib\n"
                assert (root / "vendor/lib/inner/inner.txt").read_text() == "inner\n"
                assert git(root, "status", "--porcelain") == b""
                (root / "vendor/lib/lib.txt").write_text("edited")
                assert await workspace.checkpoint() is None
            assert any("vendor/lib" in notice for notice in workspace.notices)
        async with await take(clone, "b") as workspace:
            assert any("vendor/lib is not in the workspace" in notice for notice in workspace.notices)
        git(clone, "submodule", "update", "--init", "-q")
        async with await take(clone, "c") as workspace:
            assert not any(notice.startswith("vendor/lib is not") for notice in workspace.notices)
            assert any("vendor/lib/inner is not" in notice for notice in workspace.notices)

    asyncio.run(check())


def test_lfs_files_come_from_the_persons_store(project: Path) -> None:
    content = b"large content\n" * 100
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    (project / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (project / "a.bin").write_text(pointer)
    (project / "b.bin").write_text(pointer.replace(digest, "0" * 64))
    commit(project, "LFS")
    store = project / ".git/lfs/objects" / digest[:2] / digest[2:4]
    store.mkdir(parents=True)
    (store / digest).write_bytes(content)

    async def check() -> None:
        async with await take(project) as workspace:
            with merged(workspace.overlay, project.parent / "m") as root:
                assert (root / "a.bin").read_bytes() == content
                assert git(root, "status", "--porcelain") == b""
                (root / "a.bin").write_bytes(b"changed")
                (root / "c").write_text("x")
                taken = await workspace.checkpoint()
                assert taken is not None
                assert taken.paths == ("c",)
            assert any("a.bin" in notice for notice in workspace.notices)
            assert any("b.bin is not in the workspace" in notice for notice in workspace.notices)

    asyncio.run(check())


def test_worktrees_shallow_and_packed_repositories_work(project: Path) -> None:
    for number in range(3):
        (project / "readme").write_text(f"{number}\n")
        commit(project, str(number))
    git(project, "gc", "-q")
    git(project, "pack-refs", "--all")
    git(project, "worktree", "add", "-q", "-b", "side", "../side")
    git(project.parent, "clone", "-q", "--depth", "1", f"file://{project}", "shallow")

    async def check() -> None:
        for name in ("side", "shallow"):
            place = project.parent / name
            (place / "new").write_text("x")
            async with await take(place, f"s-{name}") as workspace:
                assert workspace.root == place
                with merged(workspace.overlay, project.parent / "m") as root:
                    assert git(root, "status", "--porcelain") == b"?? new\n"
                    assert len(git(root, "log", "--format=%h").split()) == (4 if name == "side" else 1)
                tree = await edit(workspace, {"more": "y"})
                await workspace.commit(branch=f"pullwright/{name}", tree=tree, message="m")
                assert text(place, "rev-parse", f"pullwright/{name}^{{tree}}") == tree

    asyncio.run(check())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder.mkdir(), "not in a git repository"),
        (lambda folder: (folder.mkdir(), git(folder, "init", "-q")), "no commits yet"),
        (lambda folder: (folder.mkdir(), git(folder, "init", "-q", "--bare")), "bare"),
        (lambda folder: (folder.mkdir(), git(folder, "init", "-q", "--object-format=sha256")), "SHA-256"),
        (lambda folder: (folder.mkdir(), (folder / ".git").write_text("gitdir: /nowhere\n")), "not there"),
        (lambda folder: None, "does not exist"),
    ],
)
def test_what_is_no_usable_repository_is_said_plainly(tmp_path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "x")
    with pytest.raises(FixRepository, match=says):
        Repository.find(tmp_path / "x")


def test_a_cancelled_snapshot_leaves_no_process_and_no_session(project: Path) -> None:
    async def check() -> None:
        for after in (0.0, 0.002, 0.005, 0.01):
            task = asyncio.create_task(take(project, f"cancelled{after}"))
            await asyncio.sleep(after)
            task.cancel()
            try:
                await (await task).close()
            except asyncio.CancelledError:
                assert not (project.parent / f"cancelled{after}/attempt").exists()

    asyncio.run(check())
    assert not list((project.parent / "cache").rglob(".making*"))


def test_a_session_without_its_cache_is_opened_again(project: Path) -> None:
    async def check() -> None:
        workspace = await take(project)
        tree = await edit(workspace, {"new": "x"})
        await workspace.close()
        shutil.rmtree(project.parent / "cache")
        async with await reopen(project.parent / "session", project.parent / "cache", tree) as again:
            with merged(again.overlay, project.parent / "m") as root:
                assert (root / "new").read_text() == "x"
                assert (root / "readme").read_text() == "hello\n"

    asyncio.run(check())


def test_what_was_opened_as_the_wait_was_cancelled_is_let_go() -> None:
    let_go: list[str] = []

    async def check() -> None:
        begun = threading.Event()

        def work() -> str:
            begun.set()
            time.sleep(0.1)  # the cancellation comes meanwhile; the work ends well all the same
            return "opened"

        task = asyncio.create_task(opened_in_thread(work, let_go.append))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(check())
    assert let_go == ["opened"]
