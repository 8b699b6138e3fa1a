"""What a bundle holds.

manifest.json       Manifest: what it is about, and every other file with its size and digest
change.patch        base ─▶ change, with binary files
base.pack           the base commit's files, as git packs them; left out where they are too large, or not wanted
environment.json    what the runs were made in: test command, sandbox, toolchains (attempts/described.py)
recipe.json         how the four trees are composed, and what they are (Recipe)
verdict.json        the event `Verified`
events.jsonl        the turn's events that are evidence, as they were logged
report.json  report.md
outputs/N.txt       what each clean run printed
README.md
"""

from __future__ import annotations

import re

import msgspec

from pullwright.protocol.errors import FixSettings

FORMAT = "pullwright-bundle"
VERSION = 1
MANIFEST = "manifest.json"

LARGEST_PACK = 512 << 20
LARGEST: dict[str, int] = {
    MANIFEST: 1 << 20,
    "change.patch": 128 << 20,
    "base.pack": LARGEST_PACK,
    "environment.json": 1 << 20,
    "recipe.json": 16 << 20,
    "verdict.json": 32 << 20,
    "events.jsonl": 64 << 20,
    "report.json": 32 << 20,
    "report.md": 8 << 20,
    "README.md": 1 << 16,
}
"""The files that may be in a bundle, and the most bytes of each."""
LARGEST_OUTPUT = 4 << 20
MOST_OUTPUTS = 40
_OUTPUT = re.compile(r"outputs/[0-9]{1,4}\.txt", re.ASCII)
_OID = re.compile(r"[0-9a-f]{40}", re.ASCII)


class BundleRefused(FixSettings):
    """The file is no bundle of ours, or was changed after it was made. Nothing of it was used."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the bundle is refused: {why}", fix="Get it again from where it was made, and compare its SHA-256.")


def largest(name: str) -> int | None:
    """The most bytes that a file of this name may have; None for a name that has no place in a bundle."""
    return LARGEST_OUTPUT if _OUTPUT.fullmatch(name) else LARGEST.get(name)


class Digest(msgspec.Struct, frozen=True):
    """A file's size and SHA-256."""

    size: int
    sha256: str


class Side(msgspec.Struct, frozen=True):
    """A commit and its tree."""

    commit: str
    tree: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is about. `included` says that the base's files are in it."""

    format: str = FORMAT
    version: int = VERSION
    pullwright: str
    session: str
    turn: str
    asked: str
    base: Side
    change: Side
    included: bool
    verdict: str
    files: dict[str, Digest]

    def check(self) -> None:
        """Raises `BundleRefused` where it cannot be what we write."""
        if self.format != FORMAT or self.version != VERSION:
            raise BundleRefused(f"it is {self.format} {self.version}, and this Pullwright reads {FORMAT} {VERSION}")
        for side in (self.base, self.change):
            if not (_OID.fullmatch(side.commit) and _OID.fullmatch(side.tree)):
                raise BundleRefused("it names no git objects")
        needed = {"change.patch", "environment.json", "recipe.json", "verdict.json", "report.json"}
        if self.included:
            needed.add("base.pack")
        if missing := sorted(needed - self.files.keys()):
            raise BundleRefused(f"{missing[0]} is missing")
