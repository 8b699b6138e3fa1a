"""Moving the branch that the person has checked out on by one commit, and their index with it: as `git commit -- paths` does.

The index is locked as git locks it, so that a git of the person's waits or fails meanwhile. Only the entries of the committed
paths are changed in it: what else they staged stays staged. No hook runs.

    lock ─▶ new index beside the old ─▶ advance.json ─▶ branch, by compare-and-swap ─▶ new index in place

What a kill leaves in the middle, `tidy` finishes or takes back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace import person
from pullwright.workspace.change import NO_COMMIT, find_ref
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.objects import Entry
from pullwright.workspace.repository import Repository

NAME = "advance.json"
UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")
"""While one of these is there, git itself refuses a commit of only some paths."""


class _Note(msgspec.Struct):
    """What `advance.json` holds: the lock that we made, its inode, and where the branch goes."""

    git_dir: str
    inode: int
    ref: str
    new: str


def check(repository: Repository) -> None:
    """Raise `FixRepository` where something is under way that such a commit would tear apart."""
    for name in UNDER_WAY:
        if (repository.git_dir / name).exists():
            what = name.removesuffix("_HEAD").lower().replace("_", "-")
            raise FixRepository(
                f"a {what} is under way in {repository.root}",
                fix=f"Finish it or `git {what} --abort`, or commit to a new branch.",
            )


def advance(repository: Repository, folder: Path, commit: str, entries: Mapping[bytes, Entry | None]) -> None:
    """Let HEAD's branch (or a detached HEAD) go from `repository.head` to `commit`, which changes `entries` only.

    Raises `FixRepository` when another git is at work there, or has moved the branch; nothing was changed then.
    """
    ref = f"refs/heads/{repository.branch}" if repository.branch else "HEAD"
    with _locked_index(repository) as lock:
        _write_index(repository, folder, lock, entries)
        note = folder / NAME
        _keep(note, _Note(str(repository.git_dir), lock.stat().st_ino, ref, commit))
        try:
            foreign = Git.foreign(repository.git_dir)
            foreign.call("update-ref", "-m", "pullwright: commit", "--no-deref", ref, commit, repository.head)
        except GitFailed as error:
            note.unlink()
            raise FixRepository(f"{repository.branch or 'HEAD'} was moved meanwhile: {error.stderr}", fix="Try again.") from None
        lock.rename(repository.git_dir / "index")
        note.unlink()


def tidy(folder: Path) -> None:
    """Finish or take back what a kill has left of an `advance`."""
    note = folder / NAME
    try:
        left = msgspec.json.decode(note.read_bytes(), type=_Note)
    except FileNotFoundError:
        return
    git_dir = Path(left.git_dir)
    lock = git_dir / "index.lock"
    with contextlib.suppress(FileNotFoundError):
        if lock.stat().st_ino == left.inode:
            if _stands(git_dir, left.ref) == left.new:
                lock.rename(git_dir / "index")
            else:
                lock.unlink()
    note.unlink()


def _stands(git_dir: Path, ref: str) -> str:
    foreign = Git.foreign(git_dir)
    if ref != "HEAD":
        return find_ref(foreign, ref)
    return foreign.call("rev-parse", "--verify", "--quiet", "HEAD", codes=(0, 1)).decode().strip()


@contextlib.contextmanager
def _locked_index(repository: Repository) -> Iterator[Path]:
    """The person's index, locked while the block runs; the lock's file is what is to become the index."""
    lock = repository.git_dir / "index.lock"
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise FixRepository(
            f"another git is at work in {repository.root}", fix=f"Wait until it is done. If none runs, remove {lock}."
        ) from None
    inode = lock.stat().st_ino
    try:
        yield lock
    finally:
        with contextlib.suppress(FileNotFoundError):
            if lock.stat().st_ino == inode:
                lock.unlink()


def _write_index(repository: Repository, folder: Path, lock: Path, entries: Mapping[bytes, Entry | None]) -> None:
    """Write the index with these entries into the lock's file. Their times stay unknown: git reads those files once more."""
    index = repository.git_dir / "index"
    scratch = folder / "advance"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder / "git", scratch, ignore=shutil.ignore_patterns("objects"))
    try:
        for path in (index, *repository.git_dir.glob("sharedindex.*")):
            shutil.copyfile(path, scratch / path.name)
        settings = {"core.splitIndex": "false", "core.untrackedCache": "false", **person.reading_settings(repository)}
        (scratch / "objects").mkdir()
        git = Git.own(scratch, objects=folder / "objects", index=scratch / "index", settings=settings)
        lines = [
            b"%s %s\t%s\0" % ((b"0", NO_COMMIT.encode(), path) if entry is None else (entry.mode, entry.oid.encode(), path))
            for path, entry in sorted(entries.items(), key=lambda item: item[1] is not None)
        ]
        git.call("update-index", "--add", "--replace", "-z", "--index-info", stdin=b"".join(lines))
        status = index.stat()
        with (scratch / "index").open("rb") as new, lock.open("wb") as out:
            shutil.copyfileobj(new, out)
            out.flush()
            os.fsync(out.fileno())
        if os.geteuid() == 0:
            os.chown(lock, status.st_uid, status.st_gid)
        lock.chmod(status.st_mode & 0o777)
        # An entry is only believed when its file is older than the index; a younger one would hide edits of the same moment.
        os.utime(lock, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _keep(note: Path, content: _Note) -> None:
    with note.open("wb") as file:
        file.write(msgspec.json.encode(content))
        file.flush()
        os.fsync(file.fileno())
