"""A proof as one file: run again elsewhere it says the same, and what was changed in it is refused or told."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample import FILES, FIX, TESTS, Sample, edit, write  # pyright: ignore

from pullwright.attempts.bundle.contents import MANIFEST, BundleRefused, Digest, Manifest
from pullwright.attempts.bundle.making import make_bundle
from pullwright.attempts.bundle.reading import open_bundle
from pullwright.attempts.bundle.replaying import Order, Replayed, replay
from pullwright.models.mock.script import Answer
from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.workspace.repository import Repository

NEW = TESTS + "\n    def test_more(self):\n        self.assertEqual(add(1, 1), 2)\n"


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Path]:
    """A verified change with a binary file, and its bundle."""
    sample = Sample(tmp_path_factory.mktemp("proved"), {**FILES, ".gitattributes": "*.py text\n"})
    (sample.project / "data.bin").write_bytes(bytes(range(256)))
    sample.git("add", "-A")
    sample.git("commit", "-qm", "Data")
    calls = (FIX, write("test_calc.py", NEW), write("note.md", "No newline at the end"))
    sample.turn([Answer(calls=calls), Answer(text="Fix add.")], verify=True, test_command="python3 -m unittest")
    return sample, bundled(sample, "proof.tar.gz")


def bundled(sample: Sample, name: str, **options: Any) -> Path:
    target = sample.folder / name
    with sample.log() as log:
        make_bundle(log.read(), log.artifacts, Repository.find(sample.project), target, **options)
    return target


def replayed(path: Path, folder: Path, **options: Any) -> Replayed:
    (folder / "bundle").mkdir()
    bundle = open_bundle(path, folder / "bundle")
    order = Order(bundle=bundle, scratch=folder, cache=folder / "cache", machine=os.environ, **options)
    return asyncio.run(replay(order))


def test_a_bundle_alone_gives_the_same_verdict_again(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    found = replayed(proved[1], tmp_path)
    assert (found.same, found.verified.verdict, found.differences) == (True, "verified", ())
    assert set(found.verified.red_to_green) == {"test_calc.py::AddTest::test_adds", "test_calc.py::AddTest::test_more"}


def test_without_the_bases_files_a_clone_is_needed_and_enough(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    sample, whole = proved
    brief = bundled(sample, "brief.tar.gz", largest_base=0)
    assert brief.stat().st_size < whole.stat().st_size
    (tmp_path / "a").mkdir()
    with pytest.raises(FixSettings, match="not its files"):
        replayed(brief, tmp_path / "a")
    (tmp_path / "b").mkdir()
    assert replayed(brief, tmp_path / "b", repository=sample.project).same
    other = Sample(tmp_path / "other")
    (tmp_path / "c").mkdir()
    with pytest.raises(FixRepository, match="does not have the base"):
        replayed(brief, tmp_path / "c", repository=other.project)


def test_the_same_proof_is_the_same_bytes(proved: tuple[Sample, Path]) -> None:
    sample, first = proved
    assert bundled(sample, "again.tar.gz").read_bytes() == first.read_bytes()


def test_a_session_without_a_verified_change_has_no_bundle(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    sample.turn([Answer(calls=(FIX,)), Answer(text="Fix add.")])
    with pytest.raises(FixSettings, match="no change of this session was verified"):
        bundled(sample, "proof.tar.gz")


def test_what_differs_is_told(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    def lie(files: dict[str, bytes]) -> None:
        for name in ("verdict.json", MANIFEST):
            files[name] = files[name].replace(b'"verdict": "verified"', b'"verdict": "contradicted"')
        files["verdict.json"] = files["verdict.json"].replace(b"test_adds", b"test_lies")

    found = replayed(rewritten(proved[1], tmp_path / "lie.tar.gz", lie), tmp_path)
    assert not found.same
    assert found.verified.verdict == "verified"
    told = "\n".join(found.differences)
    assert "the verdict was contradicted" in told
    assert "test_adds: went from red to green now, and not then" in told
    assert "test_lies: went from red to green then, and not now" in told


# --- manipulated ---------------------------------------------------------------------------------


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]


def packed(target: Path, files: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(target, "w:gz", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        for entry in more:
            tar.addfile(entry)
    return target


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The bundle with something changed, and all digests made to fit."""
    files = contents(source)
    change(files)
    manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    digests = {name: Digest(len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items() if name != MANIFEST}
    files[MANIFEST] = msgspec.json.encode(msgspec.structs.replace(manifest, files=digests))
    return packed(target, files)


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry


def test_a_changed_byte_is_noticed_anywhere(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    files = contents(proved[1])
    for name in files:
        changed = {**files, name: files[name][:-2] + bytes([files[name][-2] ^ 1]) + files[name][-1:]}
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        with pytest.raises(BundleRefused):
            open_bundle(packed(tmp_path / "changed.tar.gz", changed), folder)


@pytest.mark.parametrize(
    "extra",
    [
        link("report.md", tarfile.SYMTYPE),
        link("outputs/1.txt", tarfile.LNKTYPE),
        link("../outside", tarfile.REGTYPE),
        link("/etc/evil", tarfile.REGTYPE),
        link("evil.sh", tarfile.REGTYPE),
        link("outputs", tarfile.DIRTYPE),
        link("change.patch", tarfile.CHRTYPE),
        link("x" * 150, tarfile.REGTYPE),
    ],
    ids=lambda entry: entry.name[:20],
)
def test_links_paths_and_strange_members_are_refused(proved: tuple[Sample, Path], tmp_path: Path, extra: tarfile.TarInfo) -> None:
    files = contents(proved[1])
    files.pop(extra.name, None)
    (tmp_path / "in").mkdir()
    with pytest.raises(BundleRefused):
        open_bundle(packed(tmp_path / "evil.tar.gz", files, extra), tmp_path / "in")
    assert not (tmp_path / "outside").exists()


def test_a_bomb_a_cut_and_rubbish_are_refused(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    whole = proved[1].read_bytes()
    bomb = packed(tmp_path / "bomb.tar.gz", {"README.md": b"\0" * (70 << 10)})
    twice = gzip.decompress(whole)[:-1024]
    for number, data in enumerate((b"", b"rubbish", whole[: len(whole) // 2], bomb.read_bytes(), gzip.compress(twice + twice))):
        path, folder = tmp_path / f"{number}.tar.gz", tmp_path / str(number)
        path.write_bytes(data)
        folder.mkdir()
        with pytest.raises(BundleRefused):
            open_bundle(path, folder)


def test_another_file_than_the_named_one_is_refused(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="SHA-256"):
        open_bundle(proved[1], tmp_path, sha256="0" * 64)


Change = Callable[[dict[str, bytes]], object]


def _replaced(name: str, old: bytes, new: bytes) -> Change:
    return lambda files: files.update({name: files[name].replace(old, new)})


def _cut(name: str, at: int) -> Change:
    return lambda files: files.update({name: files[name][:at]})


def _patch(old: bytes, new: bytes) -> Change:
    return _replaced("change.patch", old, new)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_patch(b"+    return a + b", b"+    return b + a"), "gives the tree"),
        (_patch(b"note.md", b".git/hooks/x"), "does not fit"),
        (_patch(b"note.md", b"../../../evil.md"), "does not fit"),
        (_cut("base.pack", -30), "not what git takes"),
        (_cut("base.pack", 12), "not what git takes"),
        (_replaced(MANIFEST, b'"commit": "', b'"commit": "../'), "no git objects"),
    ],
)
def test_what_fits_its_digests_and_not_itself_is_refused(
    proved: tuple[Sample, Path], tmp_path: Path, change: Change, why: str
) -> None:
    with pytest.raises(BundleRefused, match=why):
        replayed(rewritten(proved[1], tmp_path / "evil.tar.gz", change), tmp_path)
    assert not list(tmp_path.rglob("evil.md"))


def test_a_hostile_test_command_and_path_stay_inside(proved: tuple[Sample, Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("host")

    def evil(files: dict[str, bytes]) -> None:
        environment = msgspec.json.decode(files["environment.json"])
        environment["at"] = "/etc"
        environment["command"]["line"] = f"cat {secret}; touch {tmp_path}/escaped; python3 -m unittest"
        files["environment.json"] = msgspec.json.encode(environment)

    found = replayed(rewritten(proved[1], tmp_path / "evil.tar.gz", evil), tmp_path)
    assert not (tmp_path / "escaped").exists()
    assert any(each.startswith("at was /etc") for each in found.differences)


def test_a_contradicted_change_replays_as_contradicted(tmp_path: Path) -> None:
    sample = Sample(tmp_path / "s")
    calls = (edit("calc.py", "a - b", "5"),)
    sample.turn([Answer(calls=calls), Answer(text="Fixed.")], verify=True, test_command="python3 -m unittest")
    found = replayed(bundled(sample, "proof.tar.gz"), tmp_path)
    assert (found.same, found.verified.verdict) == (True, "contradicted")
