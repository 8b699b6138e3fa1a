"""A parcel from outside: plain files of known names, a whole log, objects that are what they are called; nothing else gets in."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from pathlib import Path

import msgspec
import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Event, Noticed, SessionStarted, encode
from pullwright.tasks.handing.checking import check_objects
from pullwright.tasks.handing.parcel import Manifest, read, take_apart, write
from pullwright.workspace.git import make_git_dir
from pullwright.workspace.journal import pack

EVENTS: tuple[Event, ...] = (
    SessionStarted(seq=1, session="ses_1", project="p", pullwright="0"),
    Noticed(seq=2, level="info", text="x"),
)
MANIFEST = Manifest(session="ses_1", base="b" * 40, prompt="go on")


def made(folder: Path, events: tuple[Event, ...] = EVENTS, manifest: Manifest = MANIFEST) -> Path:
    (folder / "artifacts/outputs").mkdir(parents=True, exist_ok=True)
    (folder / "artifacts/outputs/1.txt").write_bytes(b"out")
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files/workspace.json").write_bytes(b"{}")
    target = folder / "parcel.tar.gz"
    write(target, manifest, map(encode, events), folder / "artifacts", folder / "files")
    return target


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    parcel = read(made(tmp_path), tmp_path / "in")
    assert (parcel.manifest, parcel.events) == (MANIFEST, EVENTS)
    found: dict[str, bytes] = {}
    take_apart(parcel, lambda name, path: found.update({name: path.read_bytes()}))
    assert found == {"artifacts/outputs/1.txt": b"out", "files/workspace.json": b"{}"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../out", tarfile.REGTYPE),
        ("/etc/out", tarfile.REGTYPE),
        ("artifacts/../../out", tarfile.REGTYPE),
        ("artifacts/.hidden", tarfile.REGTYPE),
        ("other.txt", tarfile.REGTYPE),
        ("artifacts/link", tarfile.SYMTYPE),
        ("artifacts/hard", tarfile.LNKTYPE),
        ("artifacts/fifo", tarfile.FIFOTYPE),
        ("artifacts/outputs/1.txt", tarfile.REGTYPE),
    ],
)
def test_what_does_not_belong_is_refused_and_nothing_is_written_outside(tmp_path: Path, name: str, kind: bytes) -> None:
    good = tmp_path / "good"
    good.mkdir()
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(made(good), "r:gz") as source, tarfile.open(bad, "w:gz") as target:
        for member in source.getmembers():
            target.addfile(member, source.extractfile(member))
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, "/etc/passwd", 3 if kind == tarfile.REGTYPE else 0
        target.addfile(info, io.BytesIO(b"bad"))
    with pytest.raises(FixSettings):
        read(bad, tmp_path / "in" / "deep")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "in/out").exists()


@pytest.mark.parametrize(
    "events",
    [
        (),
        EVENTS[1:],
        (EVENTS[0], msgspec.structs.replace(EVENTS[1], seq=3)),
        (msgspec.structs.replace(EVENTS[0], session="ses_2"),),
    ],
)
def test_a_log_that_is_not_whole_or_another_sessions_is_refused(tmp_path: Path, events: tuple[Event, ...]) -> None:
    with pytest.raises(FixSettings):
        read(made(tmp_path, events), tmp_path / "in")


def test_what_is_no_parcel_or_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a tar")
    with pytest.raises(FixSettings):
        read(tmp_path / "x", tmp_path / "in")
    with pytest.raises(FixSettings, match="version 9"):
        read(made(tmp_path, manifest=msgspec.structs.replace(MANIFEST, version=9)), tmp_path / "in2")


def blob(text: bytes) -> tuple[str, bytes]:
    """A blob's name and its loose file."""
    whole = b"blob %d\0%s" % (len(text), text)
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest(), zlib.compress(whole)


@pytest.mark.parametrize("kind", ["journal", "loose", "objects"])
def test_an_object_that_is_not_what_it_is_called_is_refused(tmp_path: Path, kind: str) -> None:
    make_git_dir(tmp_path / "git")
    oid, data = blob(b"good")
    _, other = blob(b"evil")
    for name, content, good in (("a", data, True), ("b", other, False), ("c", data[:-3], False), ("d", b"junk", False)):
        folder = tmp_path / name / kind
        folder.mkdir(parents=True)
        (folder / (oid if kind == "objects" else "1-x")).write_bytes(
            content if kind == "objects" else pack("0" * 40, {oid: content})
        )
        if good:
            check_objects(tmp_path / name, tmp_path / "git")
        else:
            with pytest.raises(FixSettings):
                check_objects(tmp_path / name, tmp_path / "git")


@pytest.mark.parametrize("session", ["../../out", "/etc/out", "ses_1/../ses_2", "ses_1/artifacts", ".", "ses_1@2", ""])
def test_a_session_names_no_folder_but_its_own(tmp_path: Path, session: str) -> None:
    begun: tuple[Event, ...] = (SessionStarted(seq=1, session=session, project="p", pullwright="0"),)
    with pytest.raises(FixSettings, match="session"):
        read(made(tmp_path, begun, msgspec.structs.replace(MANIFEST, session=session)), tmp_path / "in")
