"""A commit signed with the person's own key and their own git settings; a failure says what to do and loses nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.workspace.change import SIGNING
from pullwright.workspace.includes import is_own, read_global
from pullwright.workspace.person import identity
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import Workspace, snapshot
from repositories import git, make_project, text

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def ssh_key(folder: Path, passphrase: str = "") -> Path:
    """A new key; the path of its public half."""
    folder.mkdir(mode=0o700, exist_ok=True)
    key = folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "ada", "-f", key], check=True)
    return key.with_suffix(".pub")


def say(home: Path, config: str, name: str = ".gitconfig") -> None:
    """The person's own git config."""
    (home / name).write_text(config)


async def work(project: Path) -> tuple[Workspace, str]:
    """A workspace in which a file was changed, and its tree."""
    workspace = await snapshot(project, ref=None, local=True, cache=project.parent / "cache", folder=project.parent / "session")
    (workspace.overlay.upper / "new").write_text("new\n")
    await workspace.checkpoint()
    return workspace, workspace.tree


def commit(project: Path, sign: str) -> str:
    """The commit that a signed change makes."""

    async def make() -> str:
        workspace, tree = await work(project)
        async with workspace:
            return (await workspace.commit(branch="p/1", tree=tree, message="Change", sign=sign)).head

    return asyncio.run(make())


# --- signatures that hold ----------------------------------------------------------------------------


@needs_ssh
@pytest.mark.parametrize("sign", ["path", "true"])
def test_an_ssh_key_signs_what_git_then_verifies(project: Path, own_home: Path, tmp_path: Path, sign: str) -> None:
    public = ssh_key(own_home / ".ssh")
    say(own_home, f"[user]\n\tname = Ada\n\temail = ada@x.org\n\tsigningKey = {public}\n[gpg]\n\tformat = ssh\n")
    head = commit(project, str(public) if sign == "path" else "true")
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@x.org {public.read_text()}")
    args = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={allowed}")
    git(project, *args, "verify-commit", head)
    allowed.write_text(f"ada@x.org {ssh_key(own_home / 'other').read_text()}")
    assert subprocess.run(["git", *args, "verify-commit", head], cwd=project, capture_output=True).returncode != 0
    assert text(project, "log", "-1", "--format=%an <%ae>", head) == "Ada <ada@x.org>"
    assert text(project, "show", f"{head}:new") == "new"


@pytest.fixture
def gpg_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A GnuPG folder with a key; short, for the agent's socket lies in it."""
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "Ada <ada@x.org>", "ed25519", "sign", "0"]
    subprocess.run(make, check=True, capture_output=True)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@needs_gpg
def test_a_gpg_key_signs_what_git_then_verifies(project: Path, own_home: Path, gpg_home: Path) -> None:
    say(own_home, "[user]\n\tname = Ada\n\temail = ada@x.org\n")
    head = commit(project, "ada@x.org")
    git(project, "verify-commit", head)
    assert gpg_home.is_dir()


# --- failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "sign"),
    [
        ("[gpg]\n\tformat = ssh\n", "/no/such/key.pub"),
        ('[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tprogram = /no/such/program\n', "key"),
        ("[gpg]\n\tprogram = false\n", "ABCDEF"),
        ("[gpg]\n\tformat = nonsense\n", "ABCDEF"),
        ("", "true"),
    ],
)
def test_what_cannot_be_signed_is_said_and_loses_nothing(project: Path, own_home: Path, config: str, sign: str) -> None:
    say(own_home, config)

    async def check() -> None:
        workspace, tree = await work(project)
        async with workspace:
            with pytest.raises(FixSettings, match="could not be signed") as found:
                await workspace.commit(branch="p/1", tree=tree, message="Change", sign=sign)
            assert "sign" in found.value.fix
            say(own_home, "")
            assert not text(project, "branch", "--list", "p/1")
            assert workspace.tree == tree
            made = await workspace.commit(branch="p/1", tree=tree, message="Change")
            assert text(project, "show", f"{made.head}:new") == "new"

    asyncio.run(check())


@needs_ssh
def test_a_passphrase_is_never_waited_for(project: Path, own_home: Path) -> None:
    public = ssh_key(own_home / ".ssh", passphrase="secret")
    say(own_home, "[gpg]\n\tformat = ssh\n")
    with pytest.raises(FixSettings, match="could not be signed") as found:
        commit(project, str(public))
    assert "ssh-add" in found.value.fix


# --- whose settings ----------------------------------------------------------------------------------


def test_the_repository_chooses_no_program_to_sign_with(project: Path, own_home: Path, tmp_path: Path) -> None:
    mark = tmp_path / "owned"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    evil.chmod(0o755)
    for key in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"):
        git(project, "config", key, str(evil))
    git(project, "commit", "-q", "-S", "--allow-empty", "-m", "plain git runs it", check=False)
    assert mark.exists()
    mark.unlink()
    with pytest.raises(FixSettings):
        commit(project, "nobody@x.org")
    assert not mark.exists()


def test_identity_and_signing_follow_the_persons_includes_as_git_does(project: Path, own_home: Path) -> None:
    git(project, "remote", "add", "origin", "https://example.org/ada/thing.git")
    say(
        own_home,
        f"""[user]
\tname = First
\temail = first@x.org
[include]
\tpath = always
[includeIf "gitdir:{project.parent}/"]
\tpath = ~/here
[includeIf "gitdir:project/"]
\tpath = named
[includeIf "gitdir:/elsewhere/"]
\tpath = elsewhere
[includeIf "gitdir/i:{str(project).upper()}/"]
\tpath = {own_home}/upper
[includeIf "onbranch:ma*"]
\tpath = branch
[includeIf "onbranch:other"]
\tpath = elsewhere
[includeIf "hasconfig:remote.*.url:https://example.org/**"]
\tpath = remote
[commit]
\tgpgSign = true
""",
    )
    for name in ("always", "here", "named", "upper", "branch", "remote"):
        say(own_home, f"[user]\n\tname = {name}\n\tsigningKey = {name}\n[gpg]\n\tprogram = {name}\n[x]\n\t{name} = 1\n", name)
    say(own_home, "[user]\n\tname = Elsewhere\n[x]\n\telsewhere = 1\n", "elsewhere")
    say(own_home, "[include]\n\tpath = loop\n[x]\n\tloop = 1\n", "loop")
    with (own_home / "always").open("a") as file:
        file.write("[include]\n\tpath = loop\n")
    found = read_global(Repository.find(project))
    keys = ("x.always", "x.here", "x.named", "x.upper", "x.branch", "x.remote", "x.elsewhere", "user.name", "gpg.program")
    for key in keys:
        (own_home / "loop").write_text("")  # git stops at a loop; here it only ends
        assert found.get(key, "") == text_or_nothing(project, key), key
    assert found["x.loop"] == "1"
    assert identity(Repository.find(project)) == ("remote", "first@x.org")


def text_or_nothing(project: Path, key: str) -> str:
    """The value that plain git has for a key."""
    return git(project, "config", "--get", key, check=False).decode().strip()


def test_only_the_persons_own_files_are_included(project: Path, own_home: Path) -> None:
    inside = project / "config"
    shared = own_home / "shared"
    for path in (inside, shared):
        path.write_text("[gpg]\n\tprogram = evil\n")
    link = own_home / "link"
    link.symlink_to(inside)
    say(own_home, f"[include]\n\tpath = {inside}\n[include]\n\tpath = {shared}\n[include]\n\tpath = {link}\n")
    assert read_global(Repository.find(project))["gpg.program"] == "evil"  # while `shared` is the person's alone
    shared.chmod(0o666)
    assert "gpg.program" not in read_global(Repository.find(project))
    assert git(project, "config", "--get", "gpg.program").strip() == b"evil"
    if os.geteuid() == 0:
        shared.chmod(0o644)
        os.chown(shared, 4711, 4711)
        assert not is_own(shared, project)
    assert not is_own(own_home / "none", project)
    assert set(SIGNING) >= {"gpg.program", "gpg.format", "gpg.ssh.program"}
