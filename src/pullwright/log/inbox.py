"""Inputs from outside: each is given out once, by id; of two answers to one question the first wins.

Inbox            what a turn takes its inputs from
├── Line         those in memory
│   └── MemoryInbox  within one process
└── FileInbox    durable; any process may put
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import msgspec

from pullwright.protocol.inputs import Answer, Input, Interrupt

POLL = 0.04
"""Seconds between looks at what another process may have put."""

_decoder = msgspec.json.Decoder(Input)


class Inbox(Protocol):
    """Where a turn's inputs come from."""

    def take(self) -> list[Input]:
        """All inputs that are new, oldest first. Each is given out once."""
        ...

    async def wait(self, timeout: float | None) -> Input | None:
        """Take the oldest new input, waiting for one at most `timeout` seconds (None: for ever); None when none came."""
        ...

    def put_back(self, received: Collection[str]) -> int:
        """Make inputs new again that were given out but whose ids are not in `received` (the log's); how many.

        For the beginning of a turn: what an earlier one took and did not come to use, or died with, is not lost. An interrupt
        is not put back: it was meant for what ran then.
        """
        ...


class Line:
    """Inputs that came, in order, each given out once: what inboxes that hold theirs in memory have in common."""

    def __init__(self) -> None:
        self._new: list[Input] = []
        self._ids: set[str] = set()
        self._given: list[Input] = []
        self._came = asyncio.Event()

    def take(self) -> list[Input]:
        """See `Inbox.take`."""
        taken, self._new = self._new, []
        self._given += taken
        self._came.clear()
        return taken

    async def wait(self, timeout: float | None) -> Input | None:
        """See `Inbox.wait`."""
        try:
            async with asyncio.timeout(timeout):
                while not self._new:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return None
        taken = self._new.pop(0)
        self._given.append(taken)
        return taken

    def put_back(self, received: Collection[str]) -> int:
        """See `Inbox.put_back`."""
        back = [given for given in self._given if given.id not in received and not isinstance(given, Interrupt)]
        self._given = []
        self._new = [*back, *self._new]
        return len(back)


class MemoryInbox(Line):
    """Inputs of this process alone."""

    def __init__(self) -> None:
        super().__init__()
        self._answered: set[str] = set()

    def put(self, given: Input) -> bool:
        """Add an input. False when it was there already, or when its question is answered."""
        if given.id in self._ids or (isinstance(given, Answer) and given.question in self._answered):
            return False
        if isinstance(given, Answer):
            self._answered.add(given.question)
        self._ids.add(given.id)
        self._new.append(given)
        self._came.set()
        return True


class FileInbox:
    """Inputs as files in a folder: durable, and open to other processes.

        new/KEY.json       waits to be taken
        taken/KEY.json     was given out
        answers/KEY.json   the first answer to a question

    KEY is a digest of the id, so that an id from outside is never a path. One process takes; any may put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new = folder / "new"
        self._taken = folder / "taken"
        self._answers = folder / "answers"
        for part in (self._new, self._taken, self._answers):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, given: Input) -> bool:
        """Add an input, durably. False when it was there already, or when its question is answered by another."""
        key = _key(given.id)
        draft = self.folder / f".{os.getpid()}-{key}"
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(given))
            file.flush()
            os.fsync(file.fileno())
        try:
            if isinstance(given, Answer) and not self._first(given, draft):
                return False
            if (self._taken / f"{key}.json").exists():
                return False
            os.link(draft, self._new / f"{key}.json")
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def _first(self, answer: Answer, draft: Path) -> bool:
        """Whether this is the answer that counts: the first, or that one put again."""
        kept = self._answers / f"{_key(answer.question)}.json"
        try:
            os.link(draft, kept)
        except FileExistsError:
            return _decoder.decode(kept.read_bytes()).id == answer.id
        return True

    def take(self) -> list[Input]:
        """See `Inbox.take`. A file that is not an input is put aside as `.unreadable`."""
        taken = [self._give(path) for path in self._waiting()]
        return [given for given in taken if given is not None]

    def _waiting(self) -> list[Path]:
        with os.scandir(self._new) as found:
            entries = [(entry.stat().st_mtime_ns, entry.path) for entry in found if entry.name.endswith(".json")]
        return [Path(path) for _, path in sorted(entries)]

    def _give(self, path: Path) -> Input | None:
        """Mark one file as taken and read it; None when it was given out before or cannot be read."""
        kept = self._taken / path.name
        if kept.exists():
            path.unlink()
            return None
        path.rename(kept)
        try:
            return _decoder.decode(kept.read_bytes())
        except msgspec.DecodeError:
            kept.rename(kept.with_suffix(".unreadable"))
            return None

    async def wait(self, timeout: float | None) -> Input | None:
        """See `Inbox.wait`; looks every `POLL` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for path in self._waiting():
                        if given := self._give(path):
                            return given
                    await asyncio.sleep(POLL)
        except TimeoutError:
            return None

    def put_back(self, received: Collection[str]) -> int:
        """See `Inbox.put_back`."""
        count = 0
        for path in sorted(self._taken.glob("*.json")):
            try:
                given = _decoder.decode(path.read_bytes())
            except msgspec.DecodeError:
                continue
            if given.id not in received and not isinstance(given, Interrupt):
                path.rename(self._new / path.name)
                count += 1
        return count

    def drop(self, given: Input) -> None:
        """What was taken is used in another way: no later turn gets it."""
        (self._taken / f"{_key(given.id)}.json").unlink(missing_ok=True)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
