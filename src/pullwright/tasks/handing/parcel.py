"""A session as one file: a gzipped tar of its log, its artifacts and what `workspace.shipping` ships.

    parcel.json     what it is: session, base, branch, and what shall be done next
    log.jsonl       the events, one a line
    artifacts/…     what the events name
    files/…         the workspace: its state, checkpoints, objects

What comes from outside is read with bounds: plain files of these names alone, so many and so large at most.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from pullwright.log.blobs.blobs import check_name
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Event, SessionStarted, decode

VERSION = 1
MOST_BYTES = 4 << 30
MOST_FILES = 200_000
LONGEST_LOG = 512 << 20
_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
FIX = "Make it with `pullwright task push` or `task pull` of the same version."


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a parcel is. `base` is the commit that the session stands on, `ref` the branch that it was taken from; `prompt`
    is what shall be done next (empty: nothing new), `model` with which model class."""

    session: str
    base: str
    ref: str = ""
    title: str = ""
    prompt: str = ""
    model: str = ""
    version: int = VERSION


class Parcel(msgspec.Struct, frozen=True):
    """A parcel that was unpacked into `folder`."""

    folder: Path
    manifest: Manifest
    events: tuple[Event, ...]

    @property
    def artifacts(self) -> Path:
        """The folder of its artifacts."""
        return self.folder / "artifacts"

    @property
    def files(self) -> Path:
        """The folder of what was shipped."""
        return self.folder / "files"


def write(target: Path, manifest: Manifest, lines: Iterable[bytes], artifacts: Path, files: Path) -> None:
    """Pack a parcel (blocking). `artifacts` and `files` are folders, there or not."""
    with tarfile.open(target, "w:gz", compresslevel=1) as tar:
        _add(tar, "parcel.json", msgspec.json.encode(manifest))
        _add(tar, "log.jsonl", b"".join(line + b"\n" for line in lines))
        for name, folder in (("artifacts", artifacts), ("files", files)):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                    _add_file(tar, f"{name}/{path.relative_to(folder)}", path)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    info = tarfile.TarInfo(name)
    info.size = path.stat().st_size
    with path.open("rb") as file:
        tar.addfile(info, file)


def read(source: Path, folder: Path) -> Parcel:
    """Unpack a parcel into the new folder `folder` (blocking). Raises `FixSettings` for what is none."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            _unpack(tar, folder)
        manifest = msgspec.json.decode((folder / "parcel.json").read_bytes(), type=Manifest)
        events = tuple(_events(folder / "log.jsonl"))
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise FixSettings(f"this is no session's parcel: {error}", fix=FIX) from None
    if manifest.version != VERSION:
        raise FixSettings(f"the parcel is of version {manifest.version}, not {VERSION}", fix=FIX)
    _check(manifest, events)
    return Parcel(folder, manifest, events)


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    total = 0
    for count, member in enumerate(_members(tar), 1):
        total += member.size
        if count > MOST_FILES or total > MOST_BYTES:
            raise ValueError(f"it holds more than {MOST_FILES} files or {MOST_BYTES >> 30} GiB")
        name = check_name(member.name)
        if not member.isreg() or not (name in ("parcel.json", "log.jsonl") or name.startswith(("artifacts/", "files/"))):
            raise ValueError(f"{member.name[:100]!r} does not belong in it")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = tar.extractfile(member)
        assert content is not None
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        yield member


def _events(path: Path) -> Iterator[Event]:
    if path.stat().st_size > LONGEST_LOG:
        raise ValueError("its log is too long")
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                yield decode(line)


def _check(manifest: Manifest, events: tuple[Event, ...]) -> None:
    """The log is whole, and of that session, whose id names folders and nothing else."""
    if not _SESSION.fullmatch(manifest.session):
        raise FixSettings("the parcel's session is none", fix=FIX)
    first = events[0] if events else None
    if not isinstance(first, SessionStarted) or first.session != manifest.session:
        raise FixSettings("the parcel's log is not that of its session", fix=FIX)
    if any(event.seq != seq for seq, event in enumerate(events, 1)):
        raise FixSettings("the parcel's log lacks events", fix=FIX)


def take_apart(parcel: Parcel, put: Callable[[str, Path], None]) -> None:
    """Hand each file below `artifacts/` and `files/` to `put`, by its name in the parcel."""
    for top in (parcel.artifacts, parcel.files):
        for path in sorted(top.rglob("*")):
            if path.is_file():
                put(str(path.relative_to(parcel.folder)), path)
