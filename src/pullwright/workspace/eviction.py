"""The bound on the caches: mirrors, checkouts, setup layers and images together, the least recently used and unused go first.

A checkout in use is locked by its user; a mirror is in use as long as a checkout of it is there, or somebody is about to make
one. What a mirror shares with the person's repository by hard links costs nothing, and does not count.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from pullwright.protocol.errors import TryAgainLater
from pullwright.workspace.locks import take, try_take
from pullwright.workspace.removal import remove_tree

MOST_BYTES = 20 << 30
"""What all of them together may hold before some go."""


class _Meta(msgspec.Struct):
    size: int


class Part(NamedTuple):
    """A checkout, layer, image or mirror: its last use, the bytes that its removal would free, its lock; a mirror's checkouts."""

    used: float
    size: int
    path: Path
    lock: Path
    checkouts: Path | None = None

    def remove(self) -> bool:
        """Remove it, unless it is in use."""
        held = try_take(self.lock)
        if held is None:
            return False
        try:
            if self.checkouts is not None and any(self.checkouts.glob("*/meta")):
                return False
            return _remove(self.path)
        finally:
            held.release()


def evict(cache: Path, most_bytes: int = MOST_BYTES, keep: Path | None = None) -> None:
    """Remove what is least recently used and not in use, until the bound is met; never `keep`. Blocking."""
    parts = sorted(_parts(cache))
    total = sum(part.size for part in parts)
    for part in parts:
        if total <= most_bytes:
            return
        if part.size and part.path != keep and part.remove():
            total -= part.size


def held_bytes(cache: Path) -> int:
    """What the caches hold now."""
    return sum(part.size for part in _parts(cache))


@contextmanager
def pinned(folder: Path | None) -> Iterator[None]:
    """Hold what is kept in the caches with `folder` in it (an image's root) while the block runs; other folders need nothing.

    Raises `TryAgainLater` when it was evicted meanwhile.
    """
    home = folder.parent if folder is not None else None
    if home is None or not (lock := home.with_name(f"{home.name}.lock")).exists():
        yield
        return
    held = take(lock, shared=True)
    try:
        if not (home / "meta").exists():
            raise TryAgainLater("what was prepared is not in the cache any more", fix="Try again: it is then made anew.")
        os.utime(home / "meta")
        yield
    finally:
        held.release()


def remove_checkout(home: Path) -> bool:
    """Remove a checkout (or what else is kept in this way); False when it is in use or not there."""
    return _checkout(home, 0.0, 0).remove()


def _parts(cache: Path) -> Iterator[Part]:
    for pattern in ("checkouts/*/*/meta", "setups/*/meta", "roots/*/meta"):
        yield from _homes(cache, pattern)
    for source in (cache / "mirrors").glob("*/source"):
        try:
            used, size = source.stat().st_mtime, sum(map(_own_bytes, source.parent.glob("objects/*/*")))
        except OSError:
            continue
        mirror = source.parent
        yield Part(used, size, mirror, mirror.with_suffix(".using"), cache / "checkouts" / mirror.name)


def _homes(cache: Path, pattern: str) -> Iterator[Part]:
    for meta in cache.glob(pattern):
        try:
            size = msgspec.json.decode(meta.read_bytes(), type=_Meta).size
            yield _checkout(meta.parent, meta.stat().st_mtime, size)
        except (OSError, msgspec.DecodeError):
            continue


def _checkout(home: Path, used: float, size: int) -> Part:
    return Part(used, size, home, home.with_name(home.name + ".lock"))


def _own_bytes(path: Path) -> int:
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_blocks * 512 if status.st_nlink == 1 else 0


def _remove(path: Path) -> bool:
    going = Path(tempfile.mkdtemp(prefix=".going-", dir=path.parent))
    try:
        path.rename(going / "home")
    except OSError:
        return False
    finally:
        remove_tree(going)
    return True
