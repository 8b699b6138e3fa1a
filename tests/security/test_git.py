"""Git on the host runs, reads and writes nothing of a repository's choice.

Each attack is first shown to work: with plain git in the same repository, or with the one guard taken away.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pullwright.attempts.facts import gather
from pullwright.protocol.errors import FixRepository, PullwrightError
from pullwright.protocol.policy import NetworkPolicy
from pullwright.workspace.git import DANGEROUS, FOREIGN_VERBS, Git, make_git_dir
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import Workspace, snapshot
from repositories import commit, git, make_project, merged, text


class World:
    """A project with something planted, a program that leaves a mark when it is run, and a secret outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = folder / "owned"
        self.program = folder / "evil"
        self.program.write_text(f"#!/bin/sh\ntouch {self.mark}\ncat 2>/dev/null\nexit 0\n")
        self.program.chmod(0o755)
        self.command = folder / "evil-command"  # the same, for where git would wait for it to speak
        self.command.write_text(f"#!/bin/sh\ntouch {self.mark}\nexit 1\n")
        self.command.chmod(0o755)
        self.secret = folder / "secret"
        self.secret.write_text("the secret\n")
        self.project = make_project(folder / "project")

    def owned(self) -> bool:
        """Whether the planted program ran since the last time."""
        found = self.mark.exists()
        self.mark.unlink(missing_ok=True)
        return found

    def config(self, key: str, value: str) -> None:
        git(self.project, "config", key, value)

    async def whole_way(self, *, edit: Callable[[Path], None] | None = None) -> Workspace:
        """Everything that Pullwright does with a project on the host, once."""
        gather(self.project, network=NetworkPolicy(), access="workspace-write")
        workspace = await snapshot(
            self.project, ref=None, local=True, cache=self.folder / "cache", folder=self.folder / "session"
        )
        with merged(workspace.overlay, self.folder / "merged") as root:
            (root / "readme").write_text("changed by the agent\n")
            (root / "data.bin").write_bytes(b"\0\1agent\n")
            if edit is not None:
                edit(root)
            await workspace.checkpoint()
        await workspace.diff(workspace.start_tree, workspace.tree)
        await workspace.diff(workspace.start_tree, workspace.tree, stat=True)
        await workspace.commit(
            branch="pullwright/change-1", tree=workspace.tree, message="A change", co_author="B <b@example.org>"
        )
        await workspace.apply(workspace.tree)
        await workspace.restore(workspace.start_tree)
        await workspace.close()
        return workspace


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def plain(project: Path, *lines: str) -> None:
    """Plain git in the project, as a person or a careless program would run it; failures do not matter."""
    env = {**os.environ, "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x", "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x"}
    for line in lines:
        subprocess.run(f"git {line}", shell=True, cwd=project, env=env, capture_output=True, timeout=30, stdin=subprocess.DEVNULL)


def plant_hooks(world: World) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit", "post-commit", "post-merge"):
        shutil.copy(world.program, world.project / ".git/hooks" / name)


def plant_hooks_path(world: World) -> None:
    (world.project / "tracked-hooks").mkdir()
    shutil.copy(world.program, world.project / "tracked-hooks/reference-transaction")
    commit(world.project, "Hooks")
    world.config("core.hooksPath", "tracked-hooks")


def plant_fsmonitor(world: World) -> None:
    world.config("core.fsmonitor", str(world.program))


def plant_filter(kind: str) -> Callable[[World], None]:
    def plant(world: World) -> None:
        (world.project / ".gitattributes").write_text("* filter=evil\n")
        commit(world.project, "Attributes")
        world.config(f"filter.evil.{kind}", str(world.program))
        (world.project / "readme").write_text("an edit that git must look at\n")

    return plant


def plant_info_attributes(world: World) -> None:
    (world.project / ".git/info/attributes").write_text("* filter=evil\n")
    world.config("filter.evil.clean", str(world.program))
    (world.project / "readme").write_text("an edit that git must look at\n")


def plant_include(world: World) -> None:
    (world.folder / "included").write_text(f"[core]\n\tfsmonitor = {world.program}\n")
    world.config("include.path", str(world.folder / "included"))


def plant_include_if(world: World) -> None:
    (world.project / "included").write_text(f"[core]\n\tfsmonitor = {world.program}\n")
    world.config("includeIf.gitdir:/**.path", "../included")


def plant_worktree_config(world: World) -> None:
    world.config("extensions.worktreeConfig", "true")
    git(world.project, "config", "--worktree", "core.fsmonitor", str(world.program))


def plant_textconv(world: World) -> None:
    (world.project / ".gitattributes").write_text("* diff=evil\n")
    commit(world.project, "Attributes")
    world.config("diff.evil.textconv", str(world.program))
    (world.project / "readme").write_text("an edit\n")


def plant_diff_command(world: World) -> None:
    plant_textconv(world)
    git(world.project, "config", "--unset", "diff.evil.textconv")
    world.config("diff.evil.command", str(world.program))


def plant_external_diff(world: World) -> None:
    world.config("diff.external", str(world.program))
    (world.project / "readme").write_text("an edit\n")


def plant_signing(world: World) -> None:
    world.config("gpg.program", str(world.program))
    world.config("commit.gpgSign", "true")


def plant_show_signature(world: World) -> None:
    raw = git(world.project, "cat-file", "commit", "HEAD").decode()
    head, _, body = raw.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    name = git(world.project, "hash-object", "-t", "commit", "-w", "--stdin", stdin=f"{head}\n{signature}\n\n{body}".encode())
    git(world.project, "update-ref", "HEAD", name.decode().strip())
    world.config("gpg.program", str(world.program))
    world.config("log.showSignature", "true")


def plant_alias(world: World) -> None:
    for verb in ("st", "read"):
        world.config(f"alias.{verb}", f"!{world.program}")


def plant_pager(world: World) -> None:
    world.config("core.pager", str(world.program))
    world.config("pager.status", "true")
    world.config("pager.log", "true")


def plant_lazy_fetch(world: World) -> None:
    """A partial clone whose missing objects come from a remote that is a command."""
    world.config("core.repositoryFormatVersion", "1")
    world.config("extensions.partialClone", "origin")
    world.config("remote.origin.promisor", "true")
    world.config("remote.origin.url", f"ext::{world.command}")
    world.config("protocol.ext.allow", "always")
    name = text(world.project, "rev-parse", "HEAD:readme")
    (world.project / ".git/objects" / name[:2] / name[2:]).unlink()


def plant_pack_objects_hook(world: World) -> None:
    """Told by the repository itself git ignores it; by the command line it runs, which the control shows."""
    world.config("uploadpack.packObjectsHook", str(world.program))


ATTACKS: dict[str, tuple[Callable[[World], None], tuple[str, ...]]] = {
    "hooks": (plant_hooks, ("checkout -b other", "commit --allow-empty -m x", "checkout main")),
    "core.hooksPath": (plant_hooks_path, ("branch other",)),
    "core.fsmonitor": (plant_fsmonitor, ("status",)),
    "filter clean": (plant_filter("clean"), ("add -A",)),
    "filter smudge": (plant_filter("smudge"), ("checkout -f HEAD -- .",)),
    "filter process": (plant_filter("process"), ("add -A",)),
    "info/attributes": (plant_info_attributes, ("add -A",)),
    "include": (plant_include, ("status",)),
    "includeIf": (plant_include_if, ("status",)),
    "worktree config": (plant_worktree_config, ("status",)),
    "textconv": (plant_textconv, ("diff",)),
    "diff command": (plant_diff_command, ("diff",)),
    "diff.external": (plant_external_diff, ("diff",)),
    "gpg.program": (plant_signing, ("commit --allow-empty -m x",)),
    "log.showSignature": (plant_show_signature, ("log -1",)),
    "alias": (plant_alias, ("st",)),
    "lazy fetch": (plant_lazy_fetch, ("cat-file -p HEAD:readme",)),
    "pack objects hook": (
        plant_pack_objects_hook,
        (
            "-c uploadpack.packObjectsHook=../evil clone -q --no-local . ../copy",
            "-c uploadpack.packObjectsHook=$PWD/../evil fetch . HEAD",
        ),
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_that_was_planted_runs(world: World, name: str) -> None:
    plant, lines = ATTACKS[name]
    plant(world)
    world.owned()
    control = world.folder / "control"
    shutil.copytree(world.project, control, symlinks=True)
    if name == "pack objects hook":  # honoured from protected config only: the global one stands in
        (Path(os.environ["HOME"]) / ".gitconfig").write_text(f"[uploadpack]\n\tpackObjectsHook = {world.program}\n")
    plain(control, *lines)
    assert world.owned(), "the attack does not work with plain git: it shows nothing"
    if name == "lazy fetch":
        with pytest.raises(FixRepository, match="cannot be checked out"):
            asyncio.run(world.whole_way())
    else:
        asyncio.run(world.whole_way())
    assert not world.owned()


def _control_value(key: str) -> bool:
    return DANGEROUS[key] in ("", "false", "cat", "/dev/null")


@pytest.mark.parametrize("key", [key for key in DANGEROUS if _control_value(key)])
def test_every_dangerous_key_is_overridden(world: World, key: str) -> None:
    """With `Git.foreign` git reads the repository's config, but our value is the one that counts."""
    world.config(key, str(world.program))
    assert text(world.project, "config", key) == str(world.program)
    env = Git.foreign(world.project / ".git").env
    seen = subprocess.run(["git", "config", key], env=env, cwd=world.project, capture_output=True, text=True).stdout
    assert seen.strip() == DANGEROUS[key]


@pytest.mark.parametrize("verb", ["status", "diff", "log", "fetch", "add", "checkout", "submodule", "commit", "cat-file"])
def test_what_uses_filters_or_fetches_is_refused_in_a_foreign_folder(world: World, verb: str) -> None:
    assert verb not in FOREIGN_VERBS
    with pytest.raises(FixRepository):
        Git.foreign(world.project / ".git").call(verb)


def test_the_reference_transaction_hook_does_not_see_our_branch(world: World) -> None:
    plant_hooks(world)
    head = text(world.project, "rev-parse", "HEAD")
    git(world.project, "update-ref", "refs/heads/control", head)
    assert world.owned()
    Git.foreign(world.project / ".git").call("update-ref", "refs/heads/ours", head, "0" * 40)
    assert text(world.project, "rev-parse", "ours") == head
    assert not world.owned()


def test_replaced_objects_are_not_believed(world: World) -> None:
    blob = text(world.project, "rev-parse", "HEAD:readme")
    other = git(world.project, "hash-object", "-w", "--stdin", stdin=b"replaced\n").decode().strip()
    git(world.project, "replace", blob, other)
    assert git(world.project, "cat-file", "-p", "HEAD:readme") == b"replaced\n"

    async def check() -> None:
        async with await snapshot(
            world.project, ref="HEAD", local=False, cache=world.folder / "c", folder=world.folder / "s"
        ) as workspace:
            assert await workspace.read_file(workspace.start_tree, "readme") == b"hello\n"

    asyncio.run(check())


@pytest.mark.parametrize("url", ["ext::sh -c touch% {mark}", "--upload-pack=touch {mark}", "-u{mark}", "fd::7", "file:///etc"])
def test_a_url_that_is_a_command_is_not_fetched(world: World, url: str) -> None:
    url = url.replace("{mark}", str(world.mark))
    if url.startswith("ext::"):
        plain(world.project, f"-c protocol.ext.allow=always fetch '{url}'")
        assert world.owned()
    if url.startswith("--upload-pack"):
        plain(world.project, f"fetch '{url}' .")
        assert world.owned()
    with pytest.raises(PullwrightError):
        Mirror(world.folder / "cache", url).fetch()
    assert not world.owned()


def test_a_submodule_with_a_command_for_a_url_runs_nothing(world: World) -> None:
    lib = make_project(world.folder / "lib")
    git(world.project, "submodule", "add", "-q", str(lib), "vendor/lib")
    modules = (world.project / ".gitmodules").read_text()
    evil = modules.replace(str(lib), f"ext::{world.command}")
    (world.project / ".gitmodules").write_text(evil)
    commit(world.project, "Submodule")
    control = world.folder / "control"
    git(world.folder, "clone", "-q", str(world.project), str(control))
    plain(control, "-c protocol.ext.allow=always submodule update --init")
    assert world.owned()
    asyncio.run(world.whole_way())
    assert not world.owned()


# --- what the agent can plant in its own files ----------------------------------------------------


def links_out(root: Path) -> None:
    (root / "link").symlink_to("/etc")
    (root / "src").rename(root / "moved")
    (root / "src").symlink_to(root.parent)


def test_a_link_out_of_the_tree_is_kept_as_a_link(world: World) -> None:
    def edit(root: Path) -> None:
        (root / "out").symlink_to(world.secret)
        (root / "folder").symlink_to(world.folder)
        assert (root / "out").read_text() == "the secret\n"  # the control: followed, it would be read

    async def check() -> None:
        workspace = await world.whole_way(edit=edit)
        patch = git(world.project, "show", "--format=", "pullwright/change-1")
        assert b"the secret" not in patch
        assert text(world.project, "ls-tree", "pullwright/change-1", "out").startswith("120000 blob")
        assert text(world.project, "ls-tree", "pullwright/change-1", "folder").startswith("120000 blob")
        assert workspace.root == world.project

    asyncio.run(check())


@pytest.mark.parametrize("kind", ["symlink", "gitfile", "folder", "hooks", "config", "alternates"])
def test_the_agents_git_folder_is_never_used(world: World, kind: str) -> None:
    evil = make_project(world.folder / "evil-repository")
    git(evil, "config", "core.fsmonitor", str(world.program))

    def edit(root: Path) -> None:
        dot = root / ".git"
        if kind in ("symlink", "gitfile", "folder"):
            shutil.rmtree(dot)
        if kind == "symlink":
            dot.symlink_to(evil / ".git")
        elif kind == "gitfile":
            dot.write_text(f"gitdir: {evil}/.git\n")
        elif kind == "folder":
            shutil.copytree(evil / ".git", dot)
        elif kind == "hooks":
            (dot / "hooks").mkdir()
            shutil.copy(world.program, dot / "hooks/post-index-change")
        elif kind == "config":
            with (dot / "config").open("a") as file:
                file.write(f"[core]\n\tfsmonitor = {world.program}\n")
        elif kind == "alternates":
            (dot / "objects/info/alternates").write_text(f"{evil}/.git/objects\n")
            with (dot / "config").open("a") as file:
                file.write(f"[core]\n\tfsmonitor = {world.program}\n")
        plain(root, "status", "add -A", "reset --hard")
        assert world.owned()
        (root / "readme").write_text("changed again\n")

    asyncio.run(world.whole_way(edit=edit))
    assert not world.owned()
    assert text(world.project, "show", "pullwright/change-1:readme") == "changed again"
    assert b".git" not in git(world.project, "ls-tree", "--name-only", "pullwright/change-1").split()


@pytest.mark.parametrize("name", [".git", ".GIT", ".Git", "git~1", ".git ", ".git\u200c", ".git::$INDEX_ALLOCATION"])
def test_no_name_that_a_file_system_takes_for_git_is_part_of_a_change(world: World, name: str) -> None:
    def edit(root: Path) -> None:
        (root / "src" / name / "hooks").mkdir(parents=True)
        (root / "src" / name / "config").write_text("[core]\n\tfsmonitor = evil\n")

    asyncio.run(world.whole_way(edit=edit))
    listed = git(world.project, "ls-tree", "-r", "-z", "--name-only", "pullwright/change-1").decode().split("\0")
    assert not any("config" in path for path in listed)


@pytest.mark.parametrize("name", [b"..", b".git", b"a/b", b"."])
def test_a_tree_with_a_name_that_leads_out_is_not_laid_out(world: World, name: bytes) -> None:
    blob = text(world.project, "rev-parse", "HEAD:readme")
    inner = git(
        world.project, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=b"100644 owned\0" + bytes.fromhex(blob)
    )
    data = b"40000 %s\0%s" % (name, bytes.fromhex(inner.decode().strip()))
    tree = git(world.project, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=data).decode().strip()

    async def check() -> None:
        async with await snapshot(
            world.project, ref=None, local=False, cache=world.folder / "c", folder=world.folder / "s"
        ) as workspace:
            with pytest.raises(FixRepository):
                await workspace.materialise(tree, world.folder / "out/deep")
            with pytest.raises(FixRepository):
                await workspace.apply(tree)

    asyncio.run(check())
    assert not list(world.folder.rglob("owned"))


def test_apply_writes_through_no_link(world: World) -> None:
    """The person's folder has become a link since: what would be written lies elsewhere, so it is refused."""
    outside = world.folder / "outside"
    outside.mkdir()

    async def check() -> None:
        workspace = await snapshot(world.project, ref=None, local=True, cache=world.folder / "c", folder=world.folder / "s")
        with merged(workspace.overlay, world.folder / "m") as root:
            (root / "src/new.py").write_text("x")
            await workspace.checkpoint()
        shutil.rmtree(world.project / "src")
        (world.project / "src").symlink_to(outside)
        (world.project / "src/control").write_text("a plain write follows the link")
        assert (outside / "control").exists()
        with pytest.raises(FixRepository):
            await workspace.apply(workspace.tree)
        await workspace.close()

    asyncio.run(check())
    assert [path.name for path in outside.iterdir()] == ["control"]


def test_linked_objects_are_files_only(world: World) -> None:
    """A pack or loose object that is a link to a person's file does not come into the mirror."""
    objects = world.project / ".git/objects"
    (objects / "pack/pack-1.idx").symlink_to(world.secret)
    (objects / "aa").mkdir(exist_ok=True)
    (objects / "aa" / ("b" * 38)).symlink_to(world.secret)
    mirror = Mirror(world.folder / "cache", str(world.project / ".git"))
    repository = Repository.find(world.project)
    mirror.take_in(repository, repository.head)
    assert not list(mirror.objects.rglob("pack-1.idx"))
    assert not (mirror.objects / "aa" / ("b" * 38)).exists()


def test_a_git_folder_of_ours_has_no_hooks_and_converts_nothing(tmp_path: Path) -> None:
    make_git_dir(tmp_path / "git", bare=False)
    assert not (tmp_path / "git/hooks").exists()
    assert b"!filter" in (tmp_path / "git/info/attributes").read_bytes()
