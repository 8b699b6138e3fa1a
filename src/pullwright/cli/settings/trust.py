"""Which projects' own configuration counts: by the project's path and the content of its `.pullwright` folder.

The files are read without following links and up to a bound, since whoever wrote the repository wrote them too.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from pullwright.cli.folders import Folders
from pullwright.protocol.errors import FixSettings

FOLDER = ".pullwright"
FILE = "config.toml"
LIMIT = 1 << 20


class ProjectFiles(msgspec.Struct, frozen=True):
    """A project's configuration as it lies there: name -> content, and the digest of all of it."""

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
    """The files below `.pullwright`, or None when there are none. Raises `FixSettings` for links and floods."""
    folder = project / FOLDER
    if not folder.is_dir() or folder.is_symlink():
        return None
    files: dict[str, bytes] = {}
    left = LIMIT
    for base, _folders, names in os.walk(folder):
        for name in sorted(names):
            path = Path(base, name)
            content = _read(path, left)
            left -= len(content) + 100
            files[str(path.relative_to(folder))] = content
    return ProjectFiles(project, files) if files else None


def _read(path: Path, limit: int) -> bytes:
    fix = f"remove it, or keep only plain files below {FOLDER}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FixSettings(f"{path} is not a plain file that can be read ({error.strerror})", fix=fix) from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FixSettings(f"{path} is not a plain file", fix=fix)
        content = file.read(max(limit, 0) + 1)
    if len(content) > limit:
        raise FixSettings(f"the files below {path.parent} are larger than {LIMIT >> 20} MiB", fix=fix)
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
