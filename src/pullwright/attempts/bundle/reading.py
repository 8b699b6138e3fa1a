"""Opening a bundle that somebody handed over: nothing in it is believed before it was counted and digested.

open_bundle(path, folder) -> Bundle       its files, laid out below the new folder `folder` under names of ours
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec

from pullwright.attempts.bundle import archive
from pullwright.attempts.bundle.contents import MANIFEST, BundleRefused, Digest, Manifest
from pullwright.attempts.described import Described
from pullwright.attempts.planning import Recipe
from pullwright.attempts.report import Report
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Verified

Kind = TypeVar("Kind")


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """An opened bundle. `folder` holds its files; `sha256` is the whole file's."""

    folder: Path
    sha256: str
    manifest: Manifest
    environment: Described
    recipe: Recipe
    verified: Verified
    report: Report

    @property
    def patch(self) -> bytes:
        """What was changed."""
        return (self.folder / "change.patch").read_bytes()

    @property
    def pack(self) -> Path | None:
        """The base's files; None where only the repository has them."""
        return self.folder / "base.pack" if self.manifest.included else None


def open_bundle(path: Path, folder: Path, *, sha256: str = "") -> Bundle:
    """Read a bundle. `sha256` is what the whole file must digest to, where that is known. Blocking.

    Raises `BundleRefused` for anything that is not as it was written, `FixSettings` when there is no such file.
    """
    try:
        with path.open("rb") as stream:
            whole = hashlib.file_digest(stream, "sha256").hexdigest()
            if sha256 and whole != sha256.lower():
                raise BundleRefused(f"its SHA-256 is {whole}")
            stream.seek(0)
            found = {member.name: _lay_out(member, folder) for member in archive.read(stream)}
    except OSError as error:
        raise FixSettings(f"{path} cannot be read: {error.strerror}", fix="Name the bundle's file.") from None
    if MANIFEST not in found:
        raise BundleRefused("it has no manifest")
    manifest = _decode(folder, MANIFEST, Manifest)
    manifest.check()
    del found[MANIFEST]
    for name in sorted(found.keys() | manifest.files.keys()):
        if found.get(name) != manifest.files.get(name):
            raise BundleRefused(f"{name} is not the file that the manifest names")
    bundle = Bundle(
        folder=folder,
        sha256=whole,
        manifest=manifest,
        environment=_decode(folder, "environment.json", Described),
        recipe=_decode(folder, "recipe.json", Recipe),
        verified=_decode(folder, "verdict.json", Verified),
        report=_decode(folder, "report.json", Report),
    )
    if (bundle.verified.verdict, bundle.verified.turn) != (manifest.verdict, manifest.turn):
        raise BundleRefused("its verdict is not the one that the manifest names")
    return bundle


def _lay_out(member: archive.Member, folder: Path) -> Digest:
    """Write one file; its name was looked up in a list of ours, and leads nowhere else."""
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for piece in member.pieces():
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return Digest(size, digest.hexdigest())


def _decode(folder: Path, name: str, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode((folder / name).read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise BundleRefused(f"{name} cannot be read: {error}") from None
