"""A session's files where every worker can reach them: what `reopen` needs goes up with each checkpoint, and lands elsewhere.

    PREFIX/workspace.json           the workspace's state, as on the machine that shipped it
    PREFIX/journal/TIME-DIGEST      a stretch of the journal: whole records
    PREFIX/loose/DIGEST             small objects that are in no journal (a fork's, a start's with uncommitted state), as a record
    PREFIX/objects/NAME             a large object, as its loose file
    PREFIX/packs/NAME               a pack or its index

All but the first are named by what is in them, and objects are what their names say: a worker that comes back from the dead
can add to it, and spoil nothing. Ignored files, and whatever runs, stay behind.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import write_alternates
from pullwright.workspace.journal import NAME as JOURNAL
from pullwright.workspace.journal import pack, records
from pullwright.workspace.objects import PIECE
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import make_parts
from pullwright.workspace.workspace import STATE, State

if TYPE_CHECKING:
    from pullwright.workspace.clone import Clone

MEMO = "shipped.json"
"""In the session's folder: what of it has been shipped, so that another process does not begin anew."""
AT_ONCE = 8
"""Names that are fetched side by side."""
SETTLED = 100_000_000
"""Nanoseconds after which a folder's time would tell of another change."""

NOTED = 16
"""Times that something was shipped until the memo says so: what it does not know of is shipped once more, and does no harm."""

_FANOUT = re.compile("[0-9a-f]{2}")


class Store(Protocol):
    """Where it goes (`log.blobs.Blobs` is one): bytes by name; a put replaces atomically, a missing name is a `KeyError`."""

    def put(self, name: str, data: bytes) -> None:
        """Keep `data`."""
        ...

    def put_file(self, name: str, path: Path) -> None:
        """Keep a file's content, which does not change any more."""
        ...

    def get(self, name: str) -> bytes:
        """What is kept."""
        ...

    def fetch_file(self, name: str, path: Path) -> None:
        """Write what is kept to `path`."""
        ...

    def names(self, prefix: str) -> Sequence[str]:
        """All names that begin so."""
        ...


class Memo(msgspec.Struct):
    """How far the journal was shipped (and what it held until there), when last, and which loose objects and packs were."""

    prefix: str
    at: int = 0
    held: str = ""
    last: int = 0
    files: list[str] = []


class Shipper:
    """Ships the workspace of the session in `folder` to `prefix` of a store."""

    def __init__(self, folder: Path, blobs: Store, prefix: str) -> None:
        self.folder = folder
        self.prefix = prefix.strip("/")
        self._blobs = blobs
        self._lock = asyncio.Lock()
        self._state = b""
        self._unnoted = 0
        self._begin(Memo(self.prefix))

    def _begin(self, memo: Memo) -> None:
        """Nothing of this workspace was looked at yet, but by whoever left the memo."""
        self._memo = memo
        self._files = set(memo.files)
        self._read = self._inode = 0
        self._held = hashlib.sha256()
        self._journalled: set[str] = set()
        self._looked: dict[str, int] = {}

    async def ship(self) -> None:
        """Bring up what is new since the last time; nothing where there is no workspace yet. Costs what is new.

        Once it returns, `land` gives every tree that was checkpointed before it began.
        """
        async with self._lock:
            await in_thread(self._ship)

    def _ship(self) -> None:
        try:
            state = (self.folder / STATE).read_bytes()
            journal = (self.folder / JOURNAL).stat()
        except FileNotFoundError:
            return
        if self._state != state or self._inode != journal.st_ino or journal.st_size < self._read:
            self._begin(_recalled(self.folder, self.prefix))  # the first time, or there is another workspace in the folder
            self._inode = journal.st_ino
        changed = self._ship_journal(journal.st_size)
        changed |= self._ship_files(state)
        self._unnoted += changed
        if self._unnoted >= NOTED:
            _note(self.folder, self._memo)
            self._unnoted = 0
        if state != self._state:
            self._blobs.put(f"{self.prefix}/{STATE}", state)
            self._state = state

    def _ship_journal(self, size: int) -> bool:
        """What the journal has gained; a record that is just being written waits for the next time."""
        if size == self._read:
            return False
        with (self.folder / JOURNAL).open("rb") as file:
            file.seek(self._read)
            data = file.read()
        memo, start, end = self._memo, self._read, 0
        for record in records(data):
            self._journalled.update(record.names)
            end = record.end
        if start == 0 and hashlib.sha256(data[: memo.at]).hexdigest() != memo.held:
            memo.at = 0  # of another journal than this one
        self._held.update(data[:end])
        self._read += end
        new = data[max(memo.at - start, 0) : end]
        if not new:
            return False
        memo.last = max(time.time_ns(), memo.last + 1)
        self._blobs.put(f"{self.prefix}/journal/{memo.last:020d}-{_digest(new)}", new)
        memo.at, memo.held = self._read, self._held.hexdigest()
        return True

    def _ship_files(self, state: bytes) -> bool:
        """Objects that are in no journal: large ones and packs as the files that they are, small ones together."""
        small: dict[str, bytes] = {}
        found = list(self._new_files())
        for kind, name, path in found:
            if kind == "objects" and path.stat().st_size <= PIECE:
                small[name] = path.read_bytes()
            else:
                self._blobs.put_file(f"{self.prefix}/{kind}/{name}", path)
        if small:
            start_tree = msgspec.json.decode(state, type=State).start_tree
            record = pack(start_tree, small)
            self._blobs.put(f"{self.prefix}/loose/{_digest(record)}", record)
        self._files.update(name for _, name, _ in found)
        self._memo.files += [name for _, name, _ in found]
        return bool(found)

    def _new_files(self) -> Iterator[tuple[str, str, Path]]:
        objects = self.folder / "objects"
        with os.scandir(objects) as entries:
            folders = [entry for entry in entries if _FANOUT.fullmatch(entry.name) or entry.name == "pack"]
        for folder in folders:
            changed = folder.stat().st_mtime_ns
            if self._looked.get(folder.name) == changed:
                continue
            if time.time_ns() - changed > SETTLED:
                self._looked[folder.name] = changed
            for path in sorted(Path(folder.path).iterdir(), key=lambda path: path.suffix == ".idx"):
                is_pack = folder.name == "pack"
                name = path.name if is_pack else folder.name + path.name
                wanted = path.suffix in (".pack", ".idx", ".rev") if is_pack else len(name) == 40
                if wanted and name not in self._journalled and name not in self._files:
                    yield ("packs" if is_pack else "objects"), name, path


async def land(folder: Path, blobs: Store, prefix: str, clone: Clone) -> bool:
    """Make the session's folder anew from what was shipped, so that `reopen(folder, cache, tree)` gives each checkpoint's files.

    `clone` is this machine's own, and has the session's base commit. What the folder held of another workspace goes. Says False,
    and does nothing, when nothing was shipped yet. When it says True, the model must be told that ignored files and processes
    are gone (`TurnSpec.moved`); `has_landed` says so, too, until they are laid out. A land that was cut short is done again.
    """
    return await in_thread(_land, folder, blobs, prefix.strip("/"), clone.folder)


def has_landed(folder: Path) -> bool:
    """Whether the folder was made anew by `land`, and no tree has been laid out in it since."""
    return (folder / STATE).exists() and State.load(folder).landed


def _land(folder: Path, blobs: Store, prefix: str, clone: Path) -> bool:
    try:
        state = msgspec.json.decode(blobs.get(f"{prefix}/{STATE}"), type=State)
    except KeyError:
        return False
    for name in (STATE, MEMO, JOURNAL):
        (folder / name).unlink(missing_ok=True)
    for name in ("attempt", "objects", "git"):
        remove_tree(folder / name)
    repository = Repository.find(clone)
    make_parts(folder)
    write_alternates(folder / "objects", (repository.objects,))
    names = blobs.names(f"{prefix}/")
    memo = Memo(prefix)
    _land_journal(folder, blobs, [name for name in names if name.startswith((f"{prefix}/loose/", f"{prefix}/journal/"))], memo)
    files = [name for name in names if name.startswith((f"{prefix}/objects/", f"{prefix}/packs/"))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        memo.files = list(pool.map(partial(_land_file, folder / "objects", blobs), files))
    _note(folder, memo)
    state.root, state.below, state.layer, state.landed = str(repository.root), state.base_tree, 0, True
    state.save(folder)
    return True


def _land_journal(folder: Path, blobs: Store, names: Sequence[str], memo: Memo) -> None:
    """One journal of all stretches. The loose ones come first: the last record names the newest tree."""
    ordered = sorted(names, key=lambda name: ("/journal/" in name, name))
    draft = folder / f"{JOURNAL}.new"
    held = hashlib.sha256()
    with ThreadPoolExecutor(AT_ONCE) as pool, draft.open("wb") as file:
        for data in pool.map(blobs.get, ordered):
            file.write(data)
            held.update(data)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    with draft.open("rb") as file:
        whole = max((record.end for record in records(file.read())), default=0)
    if whole != size:
        raise FixRepository(f"the checkpoints of {folder.name} are damaged where they were kept", fix="Restore the blobs.")
    draft.rename(folder / JOURNAL)
    memo.at, memo.held = size, held.hexdigest()
    stamps = [name.rpartition("/")[2].partition("-")[0] for name in ordered if "/journal/" in name]
    memo.last = int(stamps[-1]) if stamps else 0


def _land_file(objects: Path, blobs: Store, name: str) -> str:
    kind, _, own = name.rpartition("/")
    path = objects / "pack" / own if kind.endswith("/packs") else objects / own[:2] / own[2:]
    path.parent.mkdir(exist_ok=True)
    blobs.fetch_file(name, path)
    path.chmod(0o444)
    return own


def _recalled(folder: Path, prefix: str) -> Memo:
    try:
        memo = msgspec.json.decode((folder / MEMO).read_bytes(), type=Memo)
    except (FileNotFoundError, msgspec.DecodeError):
        return Memo(prefix)
    return memo if memo.prefix == prefix else Memo(prefix)


def _note(folder: Path, memo: Memo) -> None:
    draft = folder / f"{MEMO}.new"
    draft.write_bytes(msgspec.json.encode(memo))
    draft.rename(folder / MEMO)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]
