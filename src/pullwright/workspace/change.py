"""The change: commits on a new branch in the person's repository, made without touching anything else of theirs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.workspace import person
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.includes import read_global
from pullwright.workspace.objects import FOLDER, SUBMODULE, Objects
from pullwright.workspace.repository import Repository
from pullwright.workspace.trees import lookup

NO_COMMIT = "0" * 40
UNCOMMITTED = "Uncommitted changes at the start of the task"
DEFAULT_NAME, DEFAULT_EMAIL = "Pullwright", "pullwright@localhost"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The commit to make. Empty name and email: the person's.

    `sign` is a key as `git commit -S` takes one, or `true` for the person's `user.signingKey`; empty for no signature.
    """

    branch: str
    tree: str
    message: str
    name: str = ""
    email: str = ""
    co_author: str = ""
    sign: str = ""


def commit(repository: Repository, objects: Objects, git: Git, base: str, start_tree: str, wanted: Wanted) -> ChangeSummary:
    """Commit and make the branch; see `Workspace.commit`. Blocking."""
    ref = f"refs/heads/{wanted.branch}"
    foreign = Git.foreign(repository.git_dir)
    there = find_ref(foreign, ref)
    parent = base
    if start_tree != objects.commit_tree(base):
        parent = commit_tree(repository, git, start_tree, base, UNCOMMITTED, msgspec.structs.replace(wanted, co_author=""))
    if there:
        return _already(objects, git, there, base, start_tree, wanted)
    head = commit_tree(repository, git, wanted.tree, parent, wanted.message, wanted)
    hand_over(objects, head, repository.objects)
    try:
        foreign.call("update-ref", "-m", "pullwright: the change of a task", ref, head, NO_COMMIT)
    except GitFailed as error:
        raise FixRepository(
            f"branch {wanted.branch} could not be made: {error.stderr}", fix="Choose another branch name."
        ) from None
    return summary(git, wanted.branch, parent, head)


def find_ref(foreign: Git, ref: str) -> str:
    """The commit that a ref of the person's names, empty for none."""
    try:
        out = foreign.call("for-each-ref", "--format=%(refname) %(objectname)", ref).decode("utf-8", "surrogateescape")
    except GitFailed as error:
        raise FixRepository(f"the repository's branches cannot be read: {error.stderr}") from None
    return next((oid for name, _, oid in (line.partition(" ") for line in out.splitlines()) if name == ref), "")


def _already(objects: Objects, git: Git, there: str, base: str, start_tree: str, wanted: Wanted) -> ChangeSummary:
    """The branch from an earlier try at the same commit, or an error when it is something else."""
    try:
        kind, data = objects.read(there)
    except FixRepository:
        kind, data = b"", b""
    lines = data.partition(b"\n\n")[0].decode("utf-8", "replace").splitlines()
    parents = [line[7:] for line in lines if line.startswith("parent ")]
    if kind != b"commit" or lines[0] != f"tree {wanted.tree}" or len(parents) != 1:
        raise FixRepository(f"branch {wanted.branch} is already there", fix="Choose another branch name, or delete that one.")
    if parents[0] != base and (not objects.has_own(parents[0]) or objects.commit_tree(parents[0]) != start_tree):
        raise FixRepository(f"branch {wanted.branch} is already there", fix="Choose another branch name, or delete that one.")
    return summary(git, wanted.branch, parents[0], there)


def commit_tree(repository: Repository, git: Git, tree: str, parent: str, message: str, wanted: Wanted) -> str:
    """A commit object in the session's objects, made and signed as `wanted` says. Raises `FixSettings` where it cannot be."""
    name, email = person.identity(repository)
    name, email = wanted.name or name or DEFAULT_NAME, wanted.email or email or DEFAULT_EMAIL
    text = message.rstrip("\n") + "\n"
    if wanted.co_author:
        text += f"\nCo-authored-by: {wanted.co_author}\n"
    env = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }
    args = ["commit-tree", tree, "-p", parent, "-F", "-"]
    if wanted.sign:
        git, more, key = _signing(repository, git, wanted.sign)
        env.update(more)
        args.insert(1, f"-S{key}")
    try:
        return git.call(*args, stdin=text.encode("utf-8", "surrogateescape"), env=env).decode().strip()
    except GitFailed as error:
        if not wanted.sign:
            raise
        raise FixSettings(
            f"the commit could not be signed with {wanted.sign!r}: {error.stderr}",
            fix="See that `git config --global gpg.format` fits the key and that an agent holds it (`ssh-add`, `gpg-agent`), or "
            "turn signing off: `pullwright config set signature.sign ''`. The work is kept with the session.",
        ) from None


SIGNING = {
    "gpg.format": "openpgp",
    "gpg.program": "gpg",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.defaultkeycommand": "",
}
"""What git signs with where the person's global config says nothing."""

AGENTS = (
    *("HOME", "GNUPGHOME", "GPG_TTY", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"),
)
"""What an agent that holds a key is found with, or asks the person for a passphrase."""


def _signing(repository: Repository, git: Git, sign: str) -> tuple[Git, dict[str, str], str]:
    """Git with the signing settings of the person's *global* config, the environment that their agent needs, and the key."""
    config = read_global(repository)
    settings = {key: config.get(key) or default for key, default in SIGNING.items()}
    settings["gpg.openpgp.program"] = config.get("gpg.openpgp.program") or settings["gpg.program"]
    env = {name: os.environ[name] for name in AGENTS if name in os.environ}
    # Nobody may be there to type a passphrase: ssh-keygen asks the program that always fails, and not the terminal.
    env["SSH_ASKPASS_REQUIRE"] = "force"
    own = Git.own(git.git_dir, objects=Path(git.env["GIT_OBJECT_DIRECTORY"]), settings=settings)
    key = config.get("user.signingkey", "") if sign.lower() == "true" else sign
    if not key:
        raise FixSettings(
            "the commit could not be signed: git's user.signingKey names no key",
            fix="Name one: `git config --global user.signingKey …`, or `pullwright config set signature.sign …`.",
        )
    return own, env, key


def hand_over(objects: Objects, commit: str, target: Path) -> None:
    """Copy a commit and what it needs into the person's objects folder, from the leaves up. Only what is new is read.

    All that is new is the session's own; what is borrowed, the person has.
    """
    owner = target.stat()
    done: set[str] = set()

    def give(oid: str) -> None:
        packed = None if oid in done else objects.loose(oid)
        if packed is None:
            return
        done.add(oid)
        kind, data = objects.read(oid)
        if kind == b"tree":
            for entry in objects.read_tree(oid).values():
                if entry.mode != SUBMODULE:
                    give(entry.oid)
        elif kind == b"commit":
            for line in data.partition(b"\n\n")[0].splitlines():
                word, _, named = line.partition(b" ")
                if word in (b"tree", b"parent"):
                    give(named.decode("ascii"))
        _place(packed, target / oid[:2], oid[2:], owner)

    give(commit)


def _place(packed: bytes, folder: Path, name: str, owner: os.stat_result) -> None:
    if (folder / name).exists():
        return
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        _own(folder, owner)
    fd, partial = tempfile.mkstemp(prefix="tmp_obj_", dir=folder)
    try:
        with open(fd, "wb") as out:
            out.write(packed)
            out.flush()
            os.fsync(out.fileno())
        Path(partial).chmod(0o444)
        _own(Path(partial), owner)
        Path(partial).rename(folder / name)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _own(path: Path, owner: os.stat_result) -> None:
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def summary(git: Git, branch: str, base: str, head: str) -> ChangeSummary:
    """What `head` changes over `base`."""
    files, added, removed = count(git, base, head)
    return ChangeSummary(branch=branch, base=base, head=head, files=files, added=added, removed=removed)


def count(git: Git, old: str, new: str) -> tuple[tuple[str, ...], int, int]:
    """Paths that differ, lines added, lines removed (binary files count no lines)."""
    out = git.call("diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", old, new)
    files: list[str] = []
    added = removed = 0
    for line in out.split(b"\0"):
        plus, minus, path = [*line.split(b"\t", 2), b"", b""][:3]
        if path:
            files.append(path.decode("utf-8", "backslashreplace"))
            added += int(plus) if plus.isdigit() else 0
            removed += int(minus) if minus.isdigit() else 0
    return tuple(files), added, removed


def read_file(objects: Objects, tree: str, path: bytes) -> bytes | None:
    """A file's content in a tree."""
    entry = lookup(objects, tree, path)
    if entry is None or entry.mode in (FOLDER, SUBMODULE):
        return None
    return objects.read_blob(entry.oid)


def all_paths(objects: Objects, tree: str) -> tuple[str, ...]:
    """All file paths of a tree, sorted."""
    found: list[str] = []

    def walk(oid: str, below: bytes) -> None:
        for name, entry in objects.read_tree(oid).items():
            if entry.mode == FOLDER:
                walk(entry.oid, below + name + b"/")
            else:
                found.append(os.fsdecode(below + name))

    walk(tree, b"")
    return tuple(sorted(found))
