"""Images unpacked into the cache, each once, by digest.

cache/roots/<digest>/root     the root file system
cache/roots/<digest>/meta     bytes on disk; written last
cache/roots/<digest>.lock     held shared while it is in use, alone by who makes or evicts it
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from pullwright.protocol.errors import FixMachine, FixSettings
from pullwright.tasks.environments.images.archive import Archive, open_archive
from pullwright.tasks.environments.images.layering import Rooting
from pullwright.tasks.environments.images.manifest import Contents, LayerFile, contents
from pullwright.workspace.blocking import current_job, in_thread
from pullwright.workspace.locks import PAUSE, try_take
from pullwright.workspace.removal import remove_tree

PIECE = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Image(msgspec.Struct, frozen=True):
    """An unpacked image: its root file system and its digest."""

    root: Path
    digest: str


class _Meta(msgspec.Struct, frozen=True):
    size: int
    digest: str


async def unpacked(path: Path, cache: Path, say: Callable[[str], None]) -> Image:
    """The root file system of the image at a path, unpacked when it is not there yet. Raises `FixSettings`, `FixMachine`."""
    found = await in_thread(_known, path, cache)
    if found is None:
        say(f"unpacking the image {path.name}\n")
        found = await in_thread(_unpacked, path, cache)
    return found


def _known(path: Path, cache: Path) -> Image | None:
    """An image whose file was unpacked before, and has not changed since: a tar need not be read for that."""
    try:
        digest = _note(path, cache).read_text()
        home = cache / "roots" / digest.removeprefix("sha256:")
        os.utime(home / "meta")
    except OSError:
        return None
    return Image(home / "root", digest)


def _note(path: Path, cache: Path) -> Path:
    status = (path / "index.json").stat() if path.is_dir() else path.stat()
    facts = repr((str(path), status.st_ino, status.st_size, status.st_mtime_ns))
    return cache / "roots" / f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.known"


def _unpacked(path: Path, cache: Path) -> Image:
    archive = open_archive(path)
    try:
        found = contents(archive)
        home = cache / "roots" / found.digest.removeprefix("sha256:")
        home.parent.mkdir(parents=True, exist_ok=True)
        while not (home / "meta").exists():
            alone = try_take(home.with_name(f"{home.name}.lock"))
            if alone is None:
                current_job().check()
                time.sleep(PAUSE)
                continue
            try:
                if not (home / "meta").exists():
                    _make(archive, found, home)
            finally:
                alone.release()
    finally:
        archive.close()
    _note(path, cache).write_text(found.digest)
    return Image(home / "root", found.digest)


def _make(archive: Archive, found: Contents, home: Path) -> None:
    for left in home.parent.glob(f".making-{home.name}-*"):  # we hold the lock: whoever made these was killed
        remove_tree(left)
    making = Path(tempfile.mkdtemp(prefix=f".making-{home.name}-", dir=home.parent))
    try:
        making.chmod(0o755)
        root = making / "root"
        root.mkdir(mode=0o755)
        rooting = Rooting(root)
        try:
            for layer in found.layers:
                with _plain(archive, layer) as stream:
                    rooting.lay(stream)
        finally:
            rooting.close()
        if not (root / "usr").is_dir() or (root / "usr").is_symlink():
            raise FixSettings("the image is no root file system: it has no usr", fix="Use an image that programs run in.")
        (making / "meta").write_bytes(msgspec.json.encode(_Meta(rooting.size, found.digest)))
        making.rename(home)
    except BaseException:
        remove_tree(making)
        raise


class _Hashing:
    """A stream that is digested as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes."""
        data = self._stream.read(size)
        self.digest.update(data)
        return data

    def finish(self, wanted: str) -> None:
        """Read what is left. Raises `FixSettings` when all of it is not what it should be."""
        while self.read(PIECE):
            current_job().check()
        if f"sha256:{self.digest.hexdigest()}" != wanted:
            raise FixSettings(f"the image is damaged: {wanted} has other content", fix="Save it again.")


@contextmanager
def _plain(archive: Archive, layer: LayerFile) -> Generator[IO[bytes]]:
    """A layer's tar, uncompressed; leaving the block without an error checks its digest."""
    try:
        file = archive.open(layer.name)
    except KeyError:
        raise FixSettings(f"the image is not whole: {layer.name} is not there", fix="Save it again.") from None
    with file, tempfile.TemporaryFile() as spool:
        start = file.read(4)
        file.seek(0)
        packed = _Hashing(file)
        if start.startswith(_ZSTD):
            with _unzstd(packed, spool) as stream:
                plain = _Hashing(stream)
                yield cast(IO[bytes], plain)
                if layer.plain:
                    plain.finish(layer.digest)
        else:
            stream = gzip.GzipFile(fileobj=cast(IO[bytes], packed)) if start.startswith(_GZIP) else cast(IO[bytes], packed)
            plain = _Hashing(cast(IO[bytes], stream))
            try:
                yield cast(IO[bytes], plain)
                if layer.plain:
                    plain.finish(layer.digest)
            except (gzip.BadGzipFile, EOFError) as error:
                raise FixSettings(f"the image is damaged: {error}", fix="Save it again.") from None
        if not layer.plain:
            packed.finish(layer.digest)


@contextmanager
def _unzstd(packed: _Hashing, spool: IO[bytes]) -> Generator[IO[bytes]]:
    """Through the host's zstd, which Python cannot do yet."""
    program = shutil.which("zstd")
    if program is None:
        raise FixMachine("the image's layers are packed with zstd, which is not installed", fix="Install it (apt install zstd).")
    while piece := packed.read(PIECE):
        spool.write(piece)
    spool.seek(0)
    process = subprocess.Popen([program, "-dcq"], stdin=spool, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
