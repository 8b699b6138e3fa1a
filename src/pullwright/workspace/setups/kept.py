"""The setup layers in the cache, one for each key.

    cache/setups/
        <key>/tree/        ignored and untracked paths, over any commit's checkout
        <key>/home/        what was made in the sandbox's home
        <key>/fits/        trees of commits that it was seen to hide nothing of
        <key>/meta         what is known of it; written last
        <key>.lock         held shared by whoever has it mounted, alone by who makes or evicts it
        .making-<key>-*    one that is being made; removed by the next maker when its own was killed

A layer is made beside its place and renamed, and never changed after. Blocking; safe with many processes at once.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import msgspec

from pullwright.protocol.errors import TryAgainLater
from pullwright.workspace import eviction
from pullwright.workspace.locks import Held, take, try_take
from pullwright.workspace.removal import remove_tree

OLD_SECONDS = 30 * 24 * 3600.0
"""Notes beside the layers (of inputs and failures) go after this: they are made anew when they are needed."""


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a layer. `size` in bytes on disk; `commit` and `tree` are those that setup ran on.

    `frontier` are the topmost paths that it has beside tracked ones; `excludes` those of them that are never part of a change
    (installed packages, caches), as ignore patterns. `dropped` are the tracked paths that setup changed, for which it is not
    kept. `bins` are folders of programs, as paths inside; `env` variables that belong to them. `trusted`: its inputs were the
    trusted base's. `below` is the key of the layer that it lies over, empty for none.
    """

    size: int
    commit: str
    tree: str
    frontier: tuple[bytes, ...] = ()
    excludes: bytes = b""
    dropped: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    env: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    trusted: bool = False
    below: str = ""
    seconds: float = 0.0


class Layer:
    """A layer in use: it holds still until `release`."""

    def __init__(self, folder: Path, meta: Meta, held: Held) -> None:
        self.folder = folder
        self.meta = meta
        self._held = held

    @property
    def key(self) -> str:
        """What it is kept under."""
        return self.folder.name

    @property
    def tree(self) -> Path:
        """The paths beside tracked ones."""
        return self.folder / "tree"

    @property
    def home(self) -> Path:
        """The sandbox's home."""
        return self.folder / "home"

    def fits(self, tree: str) -> bool:
        """Whether it is known that nothing of the tree is hidden by it."""
        return tree == self.meta.tree or (self.folder / "fits" / tree).exists()

    def note_fit(self, tree: str) -> None:
        """Remember that; what goes wrong is passed over."""
        try:
            (self.folder / "fits" / tree).touch()
        except OSError:
            return

    def release(self) -> None:
        """No longer in use; it may be evicted from now on."""
        self._held.release()


class Setups:
    """The layers below `cache`."""

    def __init__(self, cache: Path, most_bytes: int = eviction.MOST_BYTES) -> None:
        self._cache = cache
        self.folder = cache / "setups"
        self.most_bytes = most_bytes

    def find(self, key: str) -> Layer | None:
        """The layer of that key, held; None when there is none, or somebody is making it now."""
        home = self.folder / key
        if not (home / "meta").exists():
            return None
        held = try_take(home.with_name(f"{key}.lock"), shared=True)
        if held is None:
            return None
        meta = read_meta(home)
        if meta is None:
            held.release()
            return None
        os.utime(home / "meta")
        return Layer(home, meta, held)

    def alone(self, key: str) -> Held | None:
        """The right to make the layer of that key; None while another has it, or uses the layer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return try_take(self.folder / f"{key}.lock")

    def begin(self, key: str) -> Path:
        """A new folder in which to make a layer. Only for who has the right to; sweeps what killed makers left."""
        for left in self.folder.glob(".making-*"):
            whose = left.name.removeprefix(".making-").rpartition("-")[0]
            held = try_take(self.folder / f"{whose}.lock") if whose != key else None
            if whose == key or held is not None:
                remove_tree(left)
            if held is not None:
                held.release()
        old = time.time() - OLD_SECONDS
        for note in (*self.folder.glob("inputs/*"), *self.folder.glob("*.failed")):
            if note.stat().st_mtime < old:
                note.unlink(missing_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".making-{key}-", dir=self.folder))
        making.chmod(0o755)
        return making

    def put(self, key: str, made: Path, meta: Meta) -> None:
        """Keep the folder `made` (with `tree` and `home`) as the layer of that key. Only for who has the right to."""
        home = self.folder / key
        (made / "fits").mkdir()
        partial = made / "meta"
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(meta))
            file.flush()
            os.fsync(file.fileno())
        if home.exists():
            remove_tree(home)
        made.rename(home)

    def remove(self, key: str) -> bool:
        """Remove a layer; False when it is in use or not there."""
        return eviction.remove_checkout(self.folder / key)

    def evict(self, keep: str = "") -> None:
        """Remove what is least recently used and not in use, until the caches' bound is met."""
        eviction.evict(self._cache, self.most_bytes, self.folder / keep if keep else None)


def hold(folder: Path) -> Layer:
    """The layer that lies in a folder of the cache, held. Raises `TryAgainLater` when it was evicted meanwhile."""
    try:
        held = take(folder.with_name(f"{folder.name}.lock"), shared=True)
    except FileNotFoundError:
        held = None
    meta = read_meta(folder)
    if held is None or meta is None:
        if held is not None:
            held.release()
        raise TryAgainLater("the setup layer is not in the cache any more", fix="Try again: setup then runs anew.")
    return Layer(folder, meta, held)


def read_meta(folder: Path) -> Meta | None:
    """What is known of the layer in a folder; None where there is no whole one."""
    try:
        return msgspec.json.decode((folder / "meta").read_bytes(), type=Meta)
    except (OSError, msgspec.DecodeError):
        return None
