"""The clone: fetched and pushed over real git, with a credential that nothing shows, and merged by plumbing."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from forges.git_server import Repositories, git_app, serving
from pullwright.protocol.errors import AskAdministrator, FixRepository, FixSettings, PullwrightError, TryAgainLater
from pullwright.workspace.clone import BranchMoved, Clone, Credential, MergeConflict, Person, PushRefused
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import snapshot
from repositories import commit, git, make_project, text

pytestmark = pytest.mark.anyio

TOKEN = "s3cret-t0ken"
CREDENTIAL = Credential(username="x-access-token", password=TOKEN)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Served:
    """A forge's git server with one repository, `acme/shop`, and the checkout that it was made from."""

    def __init__(self, repositories: Repositories, address: str, work: Path) -> None:
        self.repositories, self.address, self.work = repositories, address, work
        self.url = f"{address}/acme/shop.git"
        self.bare = repositories.path("acme/shop")

    def commit(self, branch: str, files: dict[str, bytes]) -> str:
        """A further commit on a branch of the forge."""
        git(self.work, "switch", "-q", branch) if branch == "main" else git(self.work, "switch", "-q", "-C", branch, "main")
        for name, data in files.items():
            (self.work / name).write_bytes(data)
        head = commit(self.work, f"Change {', '.join(files)}")
        git(self.work, "push", "-q", "-f", str(self.bare), f"{branch}:{branch}")
        git(self.work, "switch", "-q", "main")
        return head


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    work = make_project(tmp_path / "work", {"a.txt": b"one\ntwo\nthree\n", "b.txt": b"b\n"})
    repositories = Repositories(tmp_path / "served")
    repositories.create("acme/shop", work)
    with serving(git_app(repositories, lambda _slug, _user, password, _writes: password == TOKEN)) as address:
        yield Served(repositories, address, work)


async def fetched(served: Served, folder: Path) -> Clone:
    clone = Clone(folder)
    await clone.fetch(served.url, CREDENTIAL)
    return clone


async def test_a_task_can_start_from_it(served: Served, tmp_path: Path) -> None:
    served.commit("feature", {"c.txt": b"c\n"})
    git(served.work, "tag", "v1")
    git(served.work, "push", "-q", str(served.bare), "v1")
    clone = await fetched(served, tmp_path / "clone")
    main = text(served.work, "rev-parse", "main")
    assert await clone.resolve("main") == await clone.resolve("v1") == await clone.resolve(main) == main
    assert await clone.resolve("feature") == text(served.work, "rev-parse", "feature")
    assert Repository.find(clone.folder).head == main
    async with await snapshot(
        clone.folder, ref="main", local=False, cache=tmp_path / "cache", folder=tmp_path / "s"
    ) as workspace:
        assert workspace.base == main
    with pytest.raises(FixRepository, match="nowhere"):
        await clone.resolve("nowhere")
    with pytest.raises(FixRepository):
        await clone.resolve("0" * 40)


async def test_a_fetch_follows_the_remote_and_keeps_what_attempts_made(served: Served, tmp_path: Path) -> None:
    served.commit("feature", {"c.txt": b"c\n"})
    clone = await fetched(served, tmp_path / "clone")
    await clone.git.run("update-ref", "refs/heads/pullwright/1", await clone.resolve("feature"))
    git(served.work, "push", "-q", str(served.bare), ":feature")
    head = served.commit("main", {"a.txt": b"four\n"})
    await clone.fetch(served.url, CREDENTIAL)
    assert await clone.resolve("main") == Repository.find(clone.folder).head == head
    assert await clone.resolve("pullwright/1")
    with pytest.raises(FixRepository):
        await clone.resolve("feature")


async def test_those_who_ask_at_once_share_one_fetch(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = Clone._over

    async def counted(self: Clone, *args: object) -> bytes:
        calls.append(str(args[3]))
        return await real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Clone, "_over", counted)
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(Clone(tmp_path / "clone").fetch(served.url, CREDENTIAL, default="main"))
    assert 1 <= calls.count("fetch") <= 2  # one may have begun before the others asked


async def test_one_branch_is_pushed_under_a_lease(served: Served, tmp_path: Path) -> None:
    clone = await fetched(served, tmp_path / "clone")
    main = await clone.resolve("main")
    one = await clone.merge(main, main, "squash", "One", Person(when=1.0))
    two = await clone.merge(one, one, "squash", "Two", Person(when=2.0))
    push = {"branch": "pullwright/1", "commit": one, "lease": ""}
    await clone.push(served.url, CREDENTIAL, **push)
    await clone.push(served.url, CREDENTIAL, **push)  # again, as after a crash: it is there
    assert await clone.remote_head(served.url, CREDENTIAL, "pullwright/1") == one
    await clone.push(served.url, CREDENTIAL, branch="pullwright/1", commit=two, lease=one)
    with pytest.raises(BranchMoved):
        await clone.push(served.url, CREDENTIAL, branch="pullwright/1", commit=one, lease=one)
    with pytest.raises(BranchMoved):
        await clone.push(served.url, CREDENTIAL, branch="main", commit=two, lease="")
    assert [ref for _, ref, _ in served.repositories.pushed] == ["refs/heads/pullwright/1"] * 2
    assert await clone.remote_head(served.url, CREDENTIAL, "nothing") == ""


async def test_a_protected_branch_says_so(served: Served, tmp_path: Path) -> None:
    clone = await fetched(served, tmp_path / "clone")
    main = await clone.resolve("main")
    served.repositories.protected.add(("acme/shop", "main"))
    new = await clone.merge(main, main, "squash", "One")
    with pytest.raises(PushRefused, match="protected branch hook declined") as refused:
        await clone.push(served.url, CREDENTIAL, branch="main", commit=new, lease=main)
    assert refused.value.fix


@pytest.mark.parametrize(
    ("url", "credential", "kind"),
    [
        ("{}/acme/shop.git", Credential(username="x", password="wr0ng-t0ken"), AskAdministrator),
        ("{}/acme/shop.git", None, AskAdministrator),
        ("{}/acme/none.git", CREDENTIAL, FixRepository),
        ("http://127.0.0.1:9/acme/shop.git", CREDENTIAL, TryAgainLater),
        ("http://x:wr0ng-t0ken@127.0.0.1:9/acme/shop.git", None, FixSettings),
        ("http://forge.example/acme/shop.git", CREDENTIAL, FixSettings),
        ("ext::sh -c 'touch /tmp/owned'", None, FixSettings),
        ("--upload-pack=touch", None, FixSettings),
        ("file:///etc", None, FixSettings),
        ("/etc", None, FixSettings),
        ("ssh://git@forge.example/a.git", None, FixSettings),
    ],
)
async def test_failures_say_what_to_do_and_show_no_secret(
    served: Served, tmp_path: Path, url: str, credential: Credential | None, kind: type[PullwrightError]
) -> None:
    with pytest.raises(kind) as failed:
        await Clone(tmp_path / "clone").fetch(url.format(served.address), credential)
    said = f"{failed.value} {failed.value.fix} {failed.value!r}"
    assert TOKEN not in said
    assert "wr0ng" not in said


async def test_the_credential_is_in_no_file_and_no_command_line(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    real = subprocess.Popen

    def watched(argv: list[str], **more: object) -> object:
        lines.append(" ".join(argv))
        return real(argv, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", watched)
    clone = await fetched(served, tmp_path / "clone")
    main = await clone.resolve("main")
    await clone.push(served.url, CREDENTIAL, branch="x", commit=main, lease="")
    hidden = [TOKEN, CREDENTIAL.header.removeprefix("Basic ")]
    assert len(lines) > 3
    assert not [line for line in lines if any(secret in line for secret in hidden)]
    files = [path.read_bytes() for path in clone.folder.rglob("*") if path.is_file()]
    assert not [data for data in files if any(secret.encode() in data for secret in hidden)]
    assert TOKEN not in repr(CREDENTIAL)


async def test_a_redirect_does_not_take_the_credential_along(served: Served, tmp_path: Path) -> None:
    seen: list[str] = []

    def thief(environ: dict[str, str], start: object) -> list[bytes]:
        seen.append(environ.get("HTTP_AUTHORIZATION", ""))
        start("200 OK", [("Content-Type", "application/x-git-upload-pack-advertisement")])  # type: ignore[operator]
        return [b"001e# service=git-upload-pack\n0000000eversion 2\n000cls-refs\n0000"]

    with serving(thief) as thiefs:  # type: ignore[arg-type]

        def moved(environ: dict[str, str], start: object) -> list[bytes]:
            start("301 Moved", [("Location", f"{thiefs}{environ['PATH_INFO']}?{environ['QUERY_STRING']}")])  # type: ignore[operator]
            return [b""]

        with serving(moved) as address:  # type: ignore[arg-type]
            with pytest.raises(FixSettings, match="301"):
                await Clone(tmp_path / "clone").fetch(f"{address}/acme/shop.git", CREDENTIAL)
            assert seen == []
            # The control: git with a plain header hands it over, with what it asks next.
            header = f"http.extraHeader=Authorization: {CREDENTIAL.header}"
            git(tmp_path, "-c", header, "ls-remote", f"{address}/acme/shop.git", check=False)
    assert CREDENTIAL.header in seen


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_the_methods_of_merging(served: Served, tmp_path: Path, method: str) -> None:
    served.commit("feature", {"a.txt": b"one\ntwo\nthree\nfour\n"})
    (served.work / "b.txt").write_bytes(b"B\n")
    git(served.work, "switch", "-q", "feature")
    (served.work / "c.txt").write_bytes(b"c\n")
    git(served.work, "add", "c.txt")
    git(served.work, "commit", "-q", "-m", "Second of the feature")
    git(served.work, "push", "-q", str(served.bare), "feature")
    git(served.work, "checkout", "-q", "-f", "main")
    served.commit("main", {"a.txt": b"zero\none\ntwo\nthree\n"})
    clone = await fetched(served, tmp_path / "clone")
    base, head = await clone.resolve("main"), await clone.resolve("feature")
    joined = await clone.merge(base, head, method, "Both", Person("Ada", "ada@example.org", 1_800_000_000.0))  # type: ignore[arg-type]
    again = await clone.merge(base, head, method, "Both", Person("Ada", "ada@example.org", 1_800_000_000.0))  # type: ignore[arg-type]
    assert joined == again
    assert (await clone.git.run("show", f"{joined}:a.txt")) == b"zero\none\ntwo\nthree\nfour\n"
    assert (await clone.git.run("show", f"{joined}:c.txt")) == b"c\n"
    subjects = (await clone.git.run("log", "--first-parent", "--format=%s", f"{base}..{joined}")).decode().splitlines()
    assert subjects == (["Second of the feature", "Change a.txt"] if method == "rebase" else ["Both"])
    parents = (await clone.git.run("log", "-1", "--format=%P", joined)).decode().split()
    assert (parents == [base, head]) == (method == "merge")
    assert await clone.contains(joined, base)
    await clone.push(served.url, CREDENTIAL, branch="main", commit=joined, lease=base)
    assert await clone.remote_head(served.url, CREDENTIAL, "main") == joined


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_conflicts_name_their_files(served: Served, tmp_path: Path, method: str) -> None:
    served.commit("feature", {"a.txt": b"ours\n", "b.txt": b"new b\n"})
    served.commit("main", {"a.txt": b"theirs\n"})
    clone = await fetched(served, tmp_path / "clone")
    base, head = await clone.resolve("main"), await clone.resolve("feature")
    with pytest.raises(MergeConflict) as conflict:
        await clone.merge(base, head, method, "Both")  # type: ignore[arg-type]
    assert conflict.value.paths == await clone.conflicts(base, head) == ("a.txt",)
    assert await clone.conflicts(base, base) == ()


async def test_commits_are_handed_over_in_a_bundle(served: Served, tmp_path: Path) -> None:
    clone, other = await fetched(served, tmp_path / "clone"), await fetched(served, tmp_path / "other")
    main = await clone.resolve("main")
    new = await clone.merge(main, main, "squash", "New")
    await clone.bundle(main, new, tmp_path / "change.bundle")
    assert await other.unbundle(tmp_path / "change.bundle") == new
    assert await other.contains(new, main)
    with pytest.raises(FixRepository, match="bundle"):
        await Clone(tmp_path / "empty").unbundle(tmp_path / "change.bundle")
    (tmp_path / "broken").write_bytes(b"no bundle")
    with pytest.raises(FixRepository):
        await other.unbundle(tmp_path / "broken")


async def test_a_lock_of_a_killed_git_is_taken_away(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = await fetched(served, tmp_path / "clone")
    monkeypatch.setattr("pullwright.workspace.clone.STALE", 0.1)
    (clone.git_dir / "refs/remotes/origin/main.lock").write_bytes(b"")
    head = served.commit("main", {"a.txt": b"five\n"})
    await clone.fetch(served.url, CREDENTIAL)
    assert await clone.resolve("main") == head


async def test_many_fetches_leave_few_packs(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.workspace.clone.MOST_PACKS", 4)
    clone = await fetched(served, tmp_path / "clone")
    kept: list[str] = []
    packs = clone.git_dir / "objects/pack"
    for number in range(8):
        main = await clone.resolve("main")
        commit = await clone.merge(main, main, "squash", f"An attempt's own {number}")
        clone.git.call("update-ref", f"refs/heads/pullwright/{number}", commit)
        clone.git.call("pack-objects", "-q", str(packs / "pack"), stdin=f"{commit}\n".encode())
        clone.git.call("prune-packed", "-q")
        kept.append(commit)
    assert len(list(packs.glob("*.pack"))) >= 8
    await clone.fetch(served.url, CREDENTIAL)
    assert len(list(packs.glob("*.pack"))) <= 4
    for commit in kept:
        assert await clone.resolve(commit) == commit


async def test_a_folder_is_a_remote_only_when_asked(tmp_path: Path) -> None:
    work = make_project(tmp_path / "work")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare.git")
    clone = Clone(tmp_path / "clone")
    with pytest.raises(FixRepository, match="no commits yet"):
        await clone.fetch(str(tmp_path / "bare.git"), None, local=True)
    git(work, "push", "-q", str(tmp_path / "bare.git"), "main")
    await clone.fetch(f"file://{tmp_path}/bare.git", None, local=True)
    main = await clone.resolve("main")
    with pytest.raises(FixSettings):
        await clone.push(str(tmp_path / "bare.git"), None, branch="x", commit=main, lease="")
    await clone.push(str(tmp_path / "bare.git"), None, branch="x", commit=main, lease="", local=True)
    assert await clone.remote_head(str(tmp_path / "bare.git"), None, "x", local=True) == main


async def test_the_same_pushed_at_once_is_a_success_for_all(tmp_path: Path) -> None:
    work = make_project(tmp_path / "work")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare.git")
    git(work, "push", "-q", str(tmp_path / "bare.git"), "main")
    clone = Clone(tmp_path / "clone")
    await clone.fetch(str(tmp_path / "bare.git"), None, local=True)
    main = await clone.resolve("main")
    for number in range(4):
        push = {"branch": f"x{number}", "commit": main, "lease": "", "local": True}
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(clone.push(str(tmp_path / "bare.git"), None, **push))
