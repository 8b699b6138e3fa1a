"""Images become root file systems, layer by layer; a hostile one reaches nothing outside of its own."""

from __future__ import annotations

import asyncio
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from oci import Entry, layer, layout, packed, saved, special  # pyright: ignore

from pullwright.protocol.errors import FixMachine, FixSettings, TryAgainLater
from pullwright.tasks.environments.images import layering
from pullwright.tasks.environments.images.pulling import pulled
from pullwright.tasks.environments.images.unpacked import Image, unpacked

USR: Entry = ("usr", None)


def unpack(path: Path, cache: Path) -> Image:
    return asyncio.run(unpacked(path, cache, lambda _: None))


def root_of(tmp_path: Path, *layers: bytes) -> Path:
    """The root of an image of those layers."""
    return unpack(layout(tmp_path / "image", layers), tmp_path / "cache").root


def tree(root: Path) -> dict[str, str]:
    """All paths with their content, `/` for folders."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        found[name] = f"-> {path.readlink()}" if path.is_symlink() else "/" if path.is_dir() else path.read_text()
    return found


BASE = layer(
    USR, ("usr/bin/sh", b"sh"), ("bin", "usr/bin"), ("etc/a", b"a"), ("etc/b", b"b"), ("opt/x/one", b"1"), ("opt/x/two", b"2")
)


def test_layers_lie_over_each_other_with_whiteouts(tmp_path: Path) -> None:
    opt: tuple[Entry, ...] = (("opt/x/three", b"3"), ("opt/x/.wh..wh..opq", b""))
    over = layer(("etc/.wh.a", b""), ("etc/b", b"new b"), *opt, ("bin/ls", b"ls"), ("etc/.wh.none", b""))
    assert tree(root_of(tmp_path, BASE, over)) == {
        "usr": "/", "usr/bin": "/", "usr/bin/sh": "sh", "usr/bin/ls": "ls", "bin": "-> usr/bin",
        "etc": "/", "etc/b": "new b", "opt": "/", "opt/x": "/", "opt/x/three": "3",
    }  # fmt: skip


def test_every_form_of_an_image_is_the_same_root(tmp_path: Path) -> None:
    layers = [BASE, layer(("etc/c", b"c")), BASE]
    cache = tmp_path / "cache"
    folder = unpack(layout(tmp_path / "image", layers), cache)
    plain = unpack(layout(tmp_path / "plain", layers, packed=False), cache)
    tar = unpack(packed(tmp_path / "image", tmp_path / "image.tar"), cache)
    docker = unpack(saved(tmp_path / "docker.tar", layers), cache)
    assert folder == tar, "the same image, by digest"
    assert tree(folder.root) == tree(plain.root) == tree(docker.root)
    assert unpack(tmp_path / "docker.tar", cache) == docker
    assert stat.S_IMODE((folder.root / "usr/bin/sh").stat().st_mode) == 0o755
    assert (folder.root / "usr/bin/sh").stat().st_mtime == 1_000_000_000
    assert not list(cache.glob("roots/.making-*"))


HOSTILE: dict[str, tuple[Entry, ...]] = {
    "dots": (("../../outside", b"harm"),),
    "dots inside": (("usr/../../outside", b"harm"),),
    "below a file": (("etc/file", b"x"), ("etc/file/below", b"harm")),
    "links in circles": (("a", "b"), ("b", "a"), ("a/x", b"harm")),
    "a hard link to a folder": (special("h", tarfile.LNKTYPE, "usr"),),
    "a hard link to nothing": (special("h", tarfile.LNKTYPE, "not/there"),),
    "a hard link by dots": (special("h", tarfile.LNKTYPE, "../../../outside"),),
    "a whiteout of the folder": (("etc/.wh..", b""),),
    "a far too long name": (("n" * 300, b"x"),),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("untouched")
    with pytest.raises(FixSettings):
        root_of(tmp_path, layer(USR, *HOSTILE[name]))
    assert (tmp_path / "outside").read_text() == "untouched"
    assert [path.name for path in tmp_path.glob("cache/roots/*") if path.suffix != ".lock"] == [], "nothing half is kept"


def test_links_are_followed_inside_the_root_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("untouched")
    entries: list[Entry] = [USR, ("away", str(outside)), ("up", "../../../../.."), ("etc", None)]
    entries += [("away/file", b"in"), (f"up{outside}/other", b"in"), ("etc/away", "/away"), ("etc/away/third", b"in")]
    entries += [special("hard", tarfile.LNKTYPE, "away/file"), ("passwd", "/etc/passwd"), ("passwd", b"own")]
    root = root_of(tmp_path, layer(*entries), layer(("up/.wh.nothing", b""), ("away/.wh..wh..opq", b"")))
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"file": "untouched"}
    assert (root / "passwd").read_text() == "own"
    assert (root / "hard").read_text() == "in"
    assert not list((root / str(outside).lstrip("/")).iterdir()), "opaque: inside the root as well"


def test_nothing_but_files_folders_and_links_is_made(tmp_path: Path) -> None:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    odd = [special(f"dev{number}", kind) for number, kind in enumerate(kinds)]
    root = root_of(
        tmp_path, layer(USR, *odd, special("suid", tarfile.REGTYPE, mode=0o6755, size=3), ("d", None), ("d", b"now a file"))
    )
    assert tree(root) == {"usr": "/", "suid": "xxx", "d": "now a file"}
    assert stat.S_IMODE((root / "suid").stat().st_mode) == 0o755
    assert (root / "suid").stat().st_uid == os.geteuid()


def test_floods_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layering, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(layering, "MOST_ENTRIES", 50)
    with pytest.raises(FixSettings, match="unpacks to more"):
        root_of(tmp_path / "a", layer(USR, ("zeros", bytes(2 << 20))))
    with pytest.raises(FixSettings, match="more than 50 files"):
        root_of(tmp_path / "b", layer(USR, *((f"f{number}", b"") for number in range(60))))
    with pytest.raises(FixSettings, match="header is far too large"):
        root_of(tmp_path / "c", layer(USR, special("pax", tarfile.XHDTYPE, size=2 << 20)))


def _wrong_layer(image: Path) -> None:
    blob = max((image / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blob.write_bytes(blob.read_bytes()[:-20] + b"0" * 20)


def _no_layer(image: Path) -> None:
    max((image / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size).unlink()


def _linked_blob(image: Path) -> None:
    blob = max((image / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blob.unlink()
    blob.symlink_to("/etc/shadow")


@pytest.mark.parametrize("harm", [_wrong_layer, _no_layer, _linked_blob, lambda image: (image / "index.json").write_text("[")])
def test_a_damaged_image_is_refused(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    image = layout(tmp_path / "image", [BASE, layer(("big", os.urandom(4096)))])
    harm(image)
    with pytest.raises(FixSettings):
        unpack(image, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("roots/*/meta"))


def test_what_is_no_image_for_this_machine_says_so(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="not made for linux/"):
        unpack(layout(tmp_path / "other", [BASE], machine="vax"), tmp_path / "cache")
    with pytest.raises(FixSettings, match="it has no usr"):
        root_of(tmp_path, layer(("etc", None)))
    (tmp_path / "text").write_text("hello")
    with pytest.raises(FixSettings, match="is no image"):
        unpack(tmp_path / "text", tmp_path / "cache")


def test_a_registry_is_asked_by_a_tool_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(reference: str) -> Path:
        return asyncio.run(pulled(reference, tmp_path / "cache", lambda _: None))

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(FixMachine, match="nothing is installed that could pull it"):
        pull("python:3.12")
    for wrong in ("--help", "a b", "$(x)", "../x", "HTTP://x"):
        with pytest.raises(FixSettings):
            pull(wrong)
    image = packed(layout(tmp_path / "image", [BASE]), tmp_path / "image.tar")
    skopeo = tmp_path / "bin/skopeo"
    skopeo.parent.mkdir()
    skopeo.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nexec /bin/cp {image} "${{5#oci-archive:}}"\n')
    skopeo.chmod(0o755)
    path = pull("python:3.12")
    assert pull("python:3.12") == path
    assert (tmp_path / "asked").read_text().count("docker://python:3.12") == 1
    assert tree(unpack(path, tmp_path / "cache").root)["usr/bin/sh"] == "sh"
    skopeo.write_text("#!/bin/sh\necho no such host >&2\nexit 1\n")
    with pytest.raises(TryAgainLater, match="no such host"):
        pull("python:3.13")
