"""Which projects' own configuration counts: by the project's path and the content of its files that configure an agent.

`protocol/extensions.py` says which files these are. They are read without following links and up to a bound, since whoever wrote
the repository wrote them too, and once: what was hashed is what is used.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pullwright.cli.folders import Folders
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.extensions import EXTENSIONS, OURS, Extension

FILE = f"{OURS}/config.toml"
LIMIT = 4 << 20
MOST = 2000
"""Bytes of all these files, and names looked at to find them."""


_FIX = "remove what is no configuration of an agent, and links"


class ProjectFiles(msgspec.Struct, frozen=True):
    """A project's configuration as it lies there: path below the root -> content, and the digest of all of it."""

    project: Path
    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents, lengths included; the same for the same files."""
        import hashlib

        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(b"%d %s %d " % (len(os.fsencode(name)), os.fsencode(name), len(content)))
            digest.update(content)
        return digest.hexdigest()


def project_files(project: Path) -> ProjectFiles | None:
    """The files that configure an agent, or None when there are none. Raises `FixSettings` for floods, and for links below
    `.pullwright`; elsewhere a link is somebody else's and is passed over."""
    files: dict[str, bytes] = {}
    left, looked = LIMIT, 0
    for extension in EXTENSIONS:
        for name in _names(project, extension):
            looked += 1
            if looked > MOST:
                raise FixSettings(f"there are more than {MOST} files in {project / extension.path}", fix=_FIX)
            if name in files or not extension.holds(name):
                continue
            content = _read(project / name, left, ours=name.startswith(f"{OURS}/"))
            if content is not None:
                left -= len(content) + 100
                files[name] = content
    return ProjectFiles(project, files) if files else None


def _names(project: Path, extension: Extension) -> Iterator[str]:
    """Paths below the root of what may be the extension's files. Nothing is reached through a link."""
    top = project / extension.path
    if os.path.realpath(top) != os.path.join(os.path.realpath(project), extension.path):  # noqa: PTH118 - as realpath
        if extension.path == FILE and top.is_symlink():
            yield FILE  # told as a mistake
        return
    if top.is_file():
        yield extension.path
        return
    for looked, (base, folders, names) in enumerate(os.walk(top)):
        if looked > MOST:
            raise FixSettings(f"there are more than {MOST} folders in {top}", fix=_FIX)
        folders.sort()
        yield from (str(Path(base, name).relative_to(project)) for name in sorted(names))


def _read(path: Path, limit: int, *, ours: bool) -> bytes | None:
    """A plain file's content; None for anything else that is not below `.pullwright`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if ours:
            raise FixSettings(f"{path} is not a plain file that can be read ({error.strerror})", fix=_FIX) from None
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            if ours:
                raise FixSettings(f"{path} is not a plain file", fix=_FIX)
            return None
        content = file.read(max(limit, 0) + 1)
    if len(content) > limit:
        raise FixSettings(f"the files that configure an agent are larger than {LIMIT >> 20} MiB, at {path}", fix=_FIX)
    return content


class Trust:
    """The record of what the person has trusted: `state/trust.json`, project path -> digest."""

    def __init__(self, folders: Folders) -> None:
        self.path = folders.state / "trust.json"

    def __contains__(self, files: ProjectFiles) -> bool:
        """True when exactly these files were trusted for this project."""
        return self.all().get(str(files.project)) == files.digest

    def all(self) -> dict[str, str]:
        """Project path -> digest of what was trusted there. A damaged record counts as none."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, str])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def add(self, files: ProjectFiles) -> None:
        """Trust these files, as they are now."""
        self._write(self.all() | {str(files.project): files.digest})

    def revoke(self, project: Path) -> bool:
        """Forget a project; False when it was not trusted."""
        known = self.all()
        if known.pop(str(project), None) is None:
            return False
        self._write(known)
        return True

    def _write(self, known: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(known))
        fresh.replace(self.path)
