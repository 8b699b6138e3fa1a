"""The mirror: a bare copy of a repository's objects, one for each source, that checkouts borrow from.

    cache/mirrors/<key>/         a git folder of our own (our config, no hooks)
        lock                     held while objects come in
        whole/<commit>           everything that the commit needs is here

From a repository on this machine the objects come as hard links to its packs and loose objects (all of them are
immutable), or as copies on another file system: no process, and nothing is lost when the person's git prunes. From a URL they
come by `git fetch` over https or ssh.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pullwright.protocol.errors import FixRepository, TryAgainLater
from pullwright.workspace.git import Git, GitFailed, make_git_dir
from pullwright.workspace.locks import locked, take
from pullwright.workspace.repository import Repository

MOST_ALTERNATES = 20
PROTOCOLS = ("https", "http", "ssh")


class Mirror:
    """The mirror of one source (a repository's common git folder, or a URL). Blocking; safe with many at once."""

    def __init__(self, cache: Path, source: str) -> None:
        digest = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
        self.source = source
        self.folder = cache / "mirrors" / digest
        self.key = digest

    @property
    def objects(self) -> Path:
        """The folder of git objects."""
        return self.folder / "objects"

    def has(self, commit: str) -> bool:
        """Whether the commit and all that it needs are here."""
        return (self.folder / "whole" / commit).exists()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold it against eviction until the block has taken a checkout, which holds it from then on."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        held = take(self.folder.with_suffix(".using"), shared=True)
        try:
            yield
            os.utime(self.folder / "source")
        finally:
            held.release()

    def take_in(self, repository: Repository, commit: str) -> None:
        """Bring in what a local repository has, until `commit` is whole here. Incremental."""
        if self.has(commit):
            return
        self._make()
        with locked(self.folder / "lock"):
            if self.has(commit):
                return
            for store in stores(repository.objects):
                link_objects(store, self.objects)
            self._check(commit)
            self._note(commit)

    def fetch(self, refs: tuple[str, ...] = ("refs/heads/*", "refs/tags/*")) -> None:
        """Bring in a URL's refs. Raises `TryAgainLater` when it cannot be reached or refuses.

        Git uses the person's own credentials (global config and ssh), never the mirror's config.
        """
        if self.source.startswith("-") or "::" in self.source.partition("/")[0]:
            raise FixRepository(f"{self.source!r} is not a URL that Pullwright fetches from", fix="Use https:// or ssh.")
        self._make()
        git = Git.own(self.folder, protocols=PROTOCOLS, settings={f"protocol.{name}.allow": "always" for name in PROTOCOLS})
        person = {"HOME": os.environ.get("HOME", "/nonexistent")}
        for name in ("SSH_AUTH_SOCK", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"):
            if name in os.environ:
                person[name] = os.environ[name]
        specs = [f"+{ref}:{ref}" for ref in refs]
        with locked(self.folder / "lock"):
            try:
                git.call("fetch", "--quiet", "--prune", "--no-write-fetch-head", self.source, *specs, env=person)
            except GitFailed as error:
                raise TryAgainLater(f"{self.source} could not be fetched: {error.stderr[-300:]}") from None
            for commit in git.call("for-each-ref", "--format=%(objectname)", "refs/heads").decode().split():
                self._note(commit)

    def _make(self) -> None:
        if (self.folder / "source").exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.folder.with_suffix(".lock")):
            if (self.folder / "source").exists():
                return
            make_git_dir(self.folder)
            (self.folder / "whole").mkdir(exist_ok=True)
            (self.folder / "source").write_bytes(os.fsencode(self.source) + b"\n")

    def _note(self, commit: str) -> None:
        (self.folder / "whole" / commit).touch()

    def _check(self, commit: str) -> None:
        try:
            Git.own(self.folder).call("cat-file", "-e", f"{commit}^{{tree}}")
        except GitFailed:
            raise FixRepository(
                f"the objects of commit {commit} are not all there",
                fix="The clone may be partial or damaged: run `git fetch --refetch --no-filter` or `git fsck` in it.",
            ) from None


def stores(objects: Path) -> list[Path]:
    """An objects folder and those that it borrows from, as git would follow them."""
    found: list[Path] = []
    waiting = [objects]
    while waiting and len(found) < MOST_ALTERNATES:
        folder = waiting.pop(0)
        if folder in found or not folder.is_dir():
            continue
        found.append(folder)
        try:
            lines = (folder / "info/alternates").read_bytes().split(b"\n")
        except OSError:
            continue
        named = [os.fsdecode(line) for line in lines if line and not line.startswith((b"#", b'"'))]
        waiting.extend(Path(os.path.normpath(folder / name)) for name in named)
    return found


def link_objects(source: Path, target: Path) -> None:
    """Give an objects folder what another one has, by hard links or copies; what it borrows is not followed."""
    for entry in _scan(source):
        if len(entry.name) == 2 and entry.is_dir(follow_symlinks=False):
            _link_folder(source / entry.name, target / entry.name, loose=True)
    # A pack is used once its index is there, so the indexes come last.
    _link_folder(source / "pack", target / "pack", loose=False)


def _link_folder(source: Path, target: Path, *, loose: bool) -> None:
    entries = list(_scan(source))
    if not loose:
        entries = [entry for entry in entries if entry.name.endswith((".pack", ".rev", ".idx"))]
        entries.sort(key=lambda entry: entry.name.endswith(".idx"))
    if entries:
        target.mkdir(exist_ok=True)
    present = {entry.name for entry in _scan(target)}
    for entry in entries:
        if entry.name not in present and (not loose or len(entry.name) == 38):
            _link(Path(entry.path), target / entry.name)


def _scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return


def _link(source: Path, target: Path) -> None:
    try:
        if not stat.S_ISREG(source.lstat().st_mode):
            return
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        return  # the person's git has just packed it: it is in a pack that is linked too, or `_check` tells
    except FileExistsError:
        return
    except OSError:  # another file system, or the kernel's protected_hardlinks
        partial = target.with_name(f"tmp_{os.getpid()}_{target.name}")
        shutil.copyfile(source, partial, follow_symlinks=False)
        partial.chmod(0o444)
        partial.rename(target)
