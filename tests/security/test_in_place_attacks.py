"""In the person's own folder: nothing that the agent writes there is run by the person's git, and configuration stays as it is.

Each attack is made without a sandbox, too, in a copy: then the person's next git command runs what was planted.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from users import USERS, place, run_as

from pullwright.protocol.errors import FixRepository, TryAgainLater
from pullwright.protocol.policy import Access
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec
from pullwright.workspace import look as looking
from pullwright.workspace.inplace import InPlace, open_in_place
from repositories import commit, git, make_project

PLANT = r"""printf '#!/bin/sh\ntouch %s\ncat\nexit 0\n' "$MARK" > evil; chmod +x evil; """
"""A program that leaves a mark. What follows it gets the person's git to run it."""

AS_REPOSITORY = 'git init -q "$d" && git -C "$d" config core.fsmonitor "$PWD/evil"'


class Attack(NamedTuple):
    """What the agent runs in the project, and what the person does next."""

    name: str
    line: str
    then: str


COMMITS = "git commit -q --allow-empty -m x"
ATTACKS = (
    Attack("a hook", "cp evil .git/hooks/pre-commit", COMMITS.replace("commit", "-c core.hooksPath=.git/hooks commit")),
    Attack("git's configuration", 'git config core.fsmonitor "$PWD/evil"', "git status"),
    Attack("another .git", 'mv .git old; cp -r old .git; git config core.fsmonitor "$PWD/evil"', "git status"),
    Attack("a hook in the tree", "rm -f tools/hooks/pre-commit; cp evil tools/hooks/pre-commit", COMMITS),
    Attack("another folder of hooks", "mv tools old; mkdir -p tools/hooks; cp evil tools/hooks/pre-commit", COMMITS),
    Attack("a folder of hooks that is not there", "mkdir -p no/hooks; cp evil no/hooks/pre-commit", COMMITS),
    Attack("an included file", 'printf "[core]\\nfsmonitor = %s/evil\\n" "$PWD" >> conf/git', "git status"),
    Attack("another included file", 'printf "[core]\\nfsmonitor = %s/evil\\n" "$PWD" > x; mv x conf/git', "git status"),
    Attack("its folder", 'mv conf old; mkdir conf; printf "[core]\\nfsmonitor = %s/evil\\n" "$PWD" > conf/git', "git status"),
    Attack("a filter's program", "cp evil tools/clean", "echo x > a.cleaned; git add a.cleaned"),
    Attack("a submodule's .git", f"d=sub; rm -f sub/.git; {AS_REPOSITORY}", "git status"),
    Attack("another submodule", f"d=sub; mv sub old; {AS_REPOSITORY}", "git status"),
    Attack("a submodule never fetched", f"d=lib; {AS_REPOSITORY}", "git status"),
    Attack("another one", f"d=lib; rmdir lib; mkdir lib; {AS_REPOSITORY}", "git status"),
    Attack("one that was removed", f"d=gone; {AS_REPOSITORY}", "git status"),
)  # fmt: skip

CONFIGURATION = (
    ".claude/settings.json",
    ".github/agents/a.agent.md",
    ".mcp.json",
    ".pullwright/config.toml",
    ".vscode/tasks.json",
)


class World:
    """A project whose own git runs a lot of its tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = folder / "mark"
        files = dict.fromkeys(CONFIGURATION, b"theirs\n")
        files |= {"AGENTS.md": b"hello\n", "conf/git": b"[user]\nname = Ada\n", ".gitattributes": b"*.cleaned filter=ours\n"}
        files |= {"tools/clean": b"#!/bin/sh\ncat\n", "tools/hooks/pre-commit": b"#!/bin/sh\n", "src/main": b"x\n"}
        self.template = make_project(folder / "template", files)
        for name in ("sub", "lib", "gone"):
            other = make_project(folder / name)
            git(self.template, "submodule", "add", "-q", str(other), name)
        commit(self.template, "More")
        git(self.template, "submodule", "deinit", "-q", "-f", "lib", "gone")
        (self.template / "gone").rmdir()
        for key, value in (
            ("include.path", "../conf/git"),
            ("filter.ours.clean", "tools/clean"),
            ("user.email", "ada@example.org"),
        ):
            git(self.template, "config", key, value)
        (self.template / "tools/clean").chmod(0o755)

    def copy(self, name: str, *, hooks: str = "tools/hooks") -> Path:
        """A project of its own."""
        subprocess.run(["cp", "-a", str(self.template), str(self.folder / name)], check=True)
        git(self.folder / name, "config", "core.hooksPath", hooks)
        return self.folder / name

    def run(self, line: str, project: Path) -> bool:
        """Run a line as the person would, in the project; whether the planted program ran since the last time."""
        env = {**os.environ, "MARK": str(self.mark), "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["sh", "-c", line], cwd=project, env=env, capture_output=True, check=False, timeout=60)
        found = self.mark.exists()
        self.mark.unlink(missing_ok=True)
        return found

    def opened(self, files: InPlace, access: Access = "workspace-write"):
        """A sandbox on the project."""
        env = {"MARK": str(self.mark), "PATH": "/usr/bin:/bin"}
        spec = SandboxSpec(folder=self.folder / "attempt", tree=files.mounted, at=str(files.root), access=access, env=env)
        return backend("linux").open(spec)

    async def inside(self, files: InPlace, line: str, access: Access = "workspace-write") -> str:
        """Run a line in a sandbox on the project; what it put out."""
        async with self.opened(files, access) as sandbox:
            return (await sandbox.exec(Command(argv=("sh", "-c", line)))).output.decode(errors="replace")

    def open(self, project: Path):
        return open_in_place(project, cache=self.folder / "cache", folder=self.folder / f"session-{project.name}")


def test_each_attack_works_without_a_sandbox(tmp_path: Path) -> None:
    """The control: the person's git does run what was planted."""
    world = World(tmp_path)
    for number, (name, line, then) in enumerate(ATTACKS):
        project = world.copy(f"project-{number}", hooks="no/hooks" if "no/hooks" in line else "tools/hooks")
        assert not world.run(then, project), name
        world.run(PLANT + line, project)
        assert world.run(then, project), name


@pytest.mark.parametrize("user", USERS)
def test_the_persons_git_runs_nothing_that_the_agent_wrote(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            world = World(folder)
            for hooks in ("tools/hooks", "no/hooks"):
                project = world.copy(f"project-{hooks[:2]}", hooks=hooks)
                async with await world.open(project) as files, world.opened(files) as sandbox:
                    for name, line, then in ATTACKS:
                        command = Command(argv=("sh", "-c", f"{PLANT}{line}; echo end"))
                        said = (await sandbox.exec(command)).output.decode(errors="replace")
                        assert "end" in said, name
                        assert (project / "evil").exists(), said
                        assert not world.run(then, project), f"{name}: {said}"
                        assert await files.guarded(), name
                assert not (project / "gone").exists()
                assert (project / "no").exists() == (hooks != "no/hooks")

        run_as(user, body)


@pytest.mark.parametrize("user", USERS)
def test_configuration_is_read_only_and_git_is_read(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            world = World(folder)
            project = world.copy("project")
            async with await world.open(project) as files:
                harm = "; ".join(f"echo evil > {name}; rm -rf {name}; mv {Path(name).parent} old" for name in CONFIGURATION)
                said = await world.inside(files, f"{harm}; mv .github moved; echo more >> AGENTS.md; echo new > .github/workflow")
                assert said.count("Read-only file system") >= 2 * len(CONFIGURATION), said
                assert all((project / name).read_text() == "theirs\n" for name in CONFIGURATION)
                assert (project / "AGENTS.md").read_text() == "hello\nmore\n"
                assert (project / ".github/workflow").read_text() == "new\n"
                said = await world.inside(files, "git status --short && git log --oneline && git diff && echo well")
                assert "well" in said, said
                assert " M AGENTS.md" in said
                made = await files.checkpoint()
                assert made is not None
                assert {"AGENTS.md", ".github/workflow"} <= set(made.paths)
                said = await world.inside(files, "echo x > src/main; echo x > .github/more; echo x > tools/x", "read-only")
                assert said.count("Read-only file system") == 3, said
            linked = folder / "linked"
            git(project, "worktree", "add", "-q", "-b", "other", str(linked))
            async with await world.open(linked) as files:
                said = await world.inside(files, "git status --short && git log --oneline other && echo well; rm .git; mv .git x")
                assert "well" in said, said
                assert (linked / ".git").is_file()

        run_as(user, body)


def test_configuration_that_is_new_is_told_and_a_lost_mount_too() -> None:
    with place("root" if os.geteuid() == 0 else "ordinary") as folder:

        async def body() -> None:
            world = World(folder)
            project = make_project(folder / "project", {"src/x": b"x\n", ".mcp.json": b"{}\n"})
            async with await world.open(project) as files:
                await world.inside(files, "mkdir .claude .vscode; echo 1 > .claude/settings.json; echo 1 > .vscode/tasks.json")
                assert await files.checkpoint() is not None
                told = [notice for notice in files.notices if "read it before" in notice]
                assert [notice.split()[0] for notice in told] == [".claude/settings.json", ".vscode/tasks.json"]
                assert not await files.guarded()  # what is there now is to be protected, too
                assert {".claude", ".vscode"} <= set(files.mounted.protect)
                assert await files.guarded()
                nested = "cd src && git init -q . && git config core.fsmonitor /evil; cp -r .git ../bare; git init -q ../new"
                await world.inside(files, nested + "; touch ../bare/x ../new/x")
                await files.checkpoint()
                told = [notice.split()[0] for notice in files.notices if "became a git repository" in notice]
                assert sorted(told) == ["bare", "src"]
                assert any(notice.startswith("new/ is not part") for notice in files.notices)
                (project / "saved").write_text("{ }\n")
                (project / "saved").rename(project / ".mcp.json")  # as an editor saves
                assert not await files.guarded()

        run_as("root" if os.geteuid() == 0 else "ordinary", body)


def test_credentials_in_gits_configuration_are_not_seen_inside(tmp_path: Path) -> None:
    world = World(tmp_path)
    project = world.copy("project")
    git(project, "config", "remote.origin.url", "https://ada:hunter2@forge.test/a.git")
    git(project, "config", "http.https://forge.test/.extraheader", "AUTHORIZATION: basic c2VjcmV0")
    git(project, "config", "-f", ".git/modules/sub/config", "remote.origin.url", "https://t0ken@forge.test/b.git")
    linked = tmp_path / "linked"
    git(project, "worktree", "add", "-q", "-b", "other", str(linked))
    looks = "cat $(git rev-parse --git-common-dir)/config $(git rev-parse --git-common-dir)/modules/*/config; git remote -v"

    async def body(folder: Path) -> str:
        async with await world.open(folder) as files:
            return await world.inside(files, looks)

    for folder in (project, linked):
        said = asyncio.run(body(folder))
        assert "https://forge.test/a.git (fetch)" in said
        assert not [secret for secret in ("hunter2", "t0ken", "c2VjcmV0") if secret in said]
    assert b"hunter2" in git(project, "config", "remote.origin.url"), "the person's own is as it was"


def test_what_cannot_be_protected_is_refused() -> None:
    with place("root" if os.geteuid() == 0 else "ordinary") as folder:

        async def body() -> None:
            world = World(folder)
            project = make_project(folder / "project")
            (project / "real").mkdir()
            (project / "hooks").symlink_to("real")
            for key, value in (("core.hooksPath", "hooks"), ("core.hooksPath", "."), ("include.path", "../not-there")):
                git(project, "config", key, value)
                with pytest.raises(FixRepository):
                    await world.open(project)
                git(project, "config", "--unset", key)
            (project / ".git").rename(folder / "moved")
            (project / ".git").symlink_to(folder / "moved")
            with pytest.raises(FixRepository):
                await world.open(project)

        run_as("root" if os.geteuid() == 0 else "ordinary", body)


RENAME_EXCHANGE = 2


def swapping(first: Path, second: Path, done: threading.Event) -> None:
    """What a command in the background can do: let two names change places all the time."""
    libc = ctypes.CDLL(None, use_errno=True)
    while not done.is_set():
        libc.renameat2(-100, os.fsencode(first), -100, os.fsencode(second), RENAME_EXCHANGE)


def test_a_link_that_is_swapped_in_shows_no_file_of_the_persons(tmp_path: Path) -> None:
    """A folder and a link to the person's home change places while the files are read. Git's own `add` falls for it."""
    secret, project = tmp_path / "home", make_project(tmp_path / "project")
    for folder, text in ((secret, "PRIVATE KEY\n"), (project / "d", "mine\n")):
        folder.mkdir()
        (folder / "key").write_text(text)
    (project / "l").symlink_to(secret)
    done = threading.Event()
    swapper = threading.Thread(target=swapping, args=(project / "d", project / "l", done))
    swapper.start()
    try:
        asyncio.run(_looks(project, tmp_path))
        for _ in range(2000):
            git(project, "update-index", "--add", "d/key", check=False)
            if b"PRIVATE" in git(project, "show", ":d/key", check=False):
                break
            git(project, "update-index", "--force-remove", "d/key", check=False)
        else:
            raise AssertionError("git did not fall for it: this shows nothing")
    finally:
        done.set()
        swapper.join()


async def _looks(project: Path, folder: Path) -> None:
    async with await open_in_place(project, cache=folder / "cache", folder=folder / "session") as files:
        seen: set[str] = set()
        for _ in range(40):
            try:
                await files.looked()
            except TryAgainLater:
                continue
            seen |= set(await files.paths(files.tree))
        assert "d/key" in seen
    store = {"GIT_DIR": str(folder / "session/git"), "GIT_OBJECT_DIRECTORY": str(folder / "session/objects")}
    everything = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], env={**os.environ, **store}, capture_output=True, check=True
    ).stdout
    assert b"mine" in everything
    assert b"PRIVATE" not in everything


def test_a_file_that_grows_without_bounds_is_not_read_when_going_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint holds it small; then it is larger than any memory, and full of holes."""
    project = make_project(tmp_path / "project")

    async def body() -> None:
        async with await open_in_place(project, cache=tmp_path / "cache", folder=tmp_path / "session") as files:
            (project / "grows").write_text("small\n")
            assert await files.checkpoint(["grows"])
            os.truncate(project / "grows", 1 << 40)
            started = files.start_tree
            done = await files.restore(started)
            assert done.kept == ("grows",)
            (project / "grows").unlink()

    asyncio.run(body())


def test_a_crowd_at_the_root_is_not_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "CROWD", 100)
    project = make_project(tmp_path / "project")

    async def body() -> None:
        async with await open_in_place(project, cache=tmp_path / "cache", folder=tmp_path / "session") as files:
            (project / "folder").mkdir()
            (project / "folder/new").write_text("new\n")
            for number in range(150):
                (project / f"file-{number}").write_text("x")
            made = await files.checkpoint()
            assert made
            assert made.paths == ("folder/new",)
            assert any("150 new files at the root" in notice for notice in files.notices)

    asyncio.run(body())


def test_thousands_of_files_do_not_drown_the_person_in_notices(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")

    async def body() -> None:
        async with await open_in_place(project, cache=tmp_path / "cache", folder=tmp_path / "session") as files:
            (project / ".vscode").mkdir()
            for number in range(300):
                (project / f".vscode/{number}.json").write_text("x")
                with (project / f"huge-{number}").open("wb") as file:
                    file.truncate(33 << 20)
            assert await files.checkpoint()
            assert len(files.notices) < 30
            assert any("292 more such files" in notice for notice in files.notices)
            assert any("292 more files are not part" in notice for notice in files.notices)

    asyncio.run(body())
