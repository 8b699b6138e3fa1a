"""A session's log as files: what a CLI run has, with no service beside it.

log.jsonl         one JSON line an event (lines.py)
log.generation    the newest writer's generation; locked by a writer for as long as it lives
log.torn          what a torn end was cut from the log, kept for a look
artifacts/        large things
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec

from pullwright.log import lines
from pullwright.log.artifacts import FolderArtifacts
from pullwright.protocol.errors import FixMachine, FixSettings, LogConflict
from pullwright.protocol.events import Event

POLL = 0.04
"""Seconds between looks at what another process may have appended."""

_LOCK_PATIENCE = 5.0


class FileLog:
    """`Log` on files. Opening costs a few system calls, however long the log is.

    An append is one `write`: it survives `kill -9` of the writer once it returns, and a batch that was torn is
    cut off whole by the next writer. Readers never see a part of a batch. Close it with `close`, or use `with`.
    """

    def __init__(self, folder: Path, session: str, fd: int, generation_fd: int) -> None:
        self.folder = folder
        self.path = folder / "log.jsonl"
        self.session = session
        self.artifacts = FolderArtifacts(folder / "artifacts")
        self._fd = fd
        self._generation_fd = generation_fd
        self._grown = asyncio.Event()
        self._end = 0
        self._seq = 0

    @classmethod
    def create(cls, folder: Path, session: str) -> Self:
        """A new, empty log in `folder`, which is made. Raises `FixSettings` when there is one already."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls._open(folder, session, os.O_CREAT | os.O_EXCL)

    @classmethod
    def open(cls, folder: Path, session: str = "") -> Self:
        """The log that lies in `folder`; `session` is the folder's name when empty. Raises `FixSettings` when there is none."""
        return cls._open(folder, session or folder.name, 0)

    @classmethod
    def _open(cls, folder: Path, session: str, flags: int) -> Self:
        mode = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
        try:
            fd = os.open(folder / "log.jsonl", mode | flags, 0o600)
        except FileExistsError:
            raise FixSettings(
                f"session {session} exists already", fix=f"resume it: pullwright sessions resume {session}"
            ) from None
        except (FileNotFoundError, NotADirectoryError):
            raise FixSettings(f"there is no session {session} in {folder}", fix="see: pullwright sessions list") from None
        generation_fd = os.open(folder / "log.generation", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return cls(folder, session, fd, generation_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files and give up the writer's claim. What was appended stays."""
        for fd in (self._fd, self._generation_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._generation_fd = -1

    # --- numbers ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """Bring `_end` and `_seq` up to date with the file."""
        size = os.fstat(self._fd).st_size
        if size != self._end:
            self._end, self._seq = lines.committed(self._fd, size)

    @property
    def last_seq(self) -> int:
        """The newest event's number; 0 when the log is empty."""
        self._look()
        return self._seq

    @property
    def generation(self) -> int:
        """The newest writer's generation; 0 when there was none."""
        return int(os.pread(self._generation_fd, 32, 0).strip() or b"0")

    def claim(self) -> int:
        """Become the one writer until `close` or this process's end; the generation to write with.

        Raises `LogConflict` while another living process is the writer.
        """
        try:
            fcntl.flock(self._generation_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fix = "wait until it ends, or interrupt it, then try again"
            raise LogConflict(f"another process is working on session {self.session}", fix=fix) from None
        generation = self.generation + 1
        self._set_generation(generation)
        return generation

    @property
    def claimed(self) -> bool:
        """Whether some other living process (or another opening of this log) is its writer just now."""
        with (self.folder / "log.generation").open("rb") as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _set_generation(self, generation: int) -> None:
        os.pwrite(self._generation_fd, b"%-20d\n" % generation, 0)

    # --- writing ---------------------------------------------------------------------------------

    async def append(self, events: Sequence[Event], *, expected_seq: int, generation: int) -> int:
        """See `Log.append`. Nothing is awaited between the check and the write, so cancelling is all or nothing."""
        if not events:
            return self.last_seq
        await self._lock()
        try:
            self._refuse(expected_seq, generation)
            self._mend()
            numbered = [
                event if event.seq == seq else msgspec.structs.replace(event, seq=seq)
                for seq, event in enumerate(events, expected_seq + 1)
            ]
            self._write(lines.batch(numbered))
            self._seq = expected_seq + len(numbered)
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._grown.set()
        return self._seq

    async def _lock(self) -> None:
        """Hold the file for one append. Others hold it for a write only, so a long wait means a stopped process."""
        waited = 0.0
        while True:
            try:
                return fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited > _LOCK_PATIENCE:
                    raise LogConflict(f"another process holds the log of session {self.session}") from None
                await asyncio.sleep(0.002)
                waited += 0.002

    def _refuse(self, expected_seq: int, generation: int) -> None:
        newest = self.generation
        if generation < newest:
            raise LogConflict(f"session {self.session} has a newer writer (generation {newest}, this one is {generation})")
        self._look()
        if self._seq != expected_seq:
            raise LogConflict(f"session {self.session} stands at event {self._seq}, not {expected_seq}: somebody else appended")
        if generation > newest:
            self._set_generation(generation)

    def _mend(self) -> None:
        """Cut what follows the last whole batch. Under the lock nobody is in the middle of a write, so it is torn."""
        size = os.fstat(self._fd).st_size
        if size == self._end:
            return
        with (self.folder / "log.torn").open("ab") as torn:
            torn.write(os.pread(self._fd, size - self._end, self._end) + b"\n")
        os.ftruncate(self._fd, self._end)

    def _write(self, data: bytes) -> None:
        """All of `data` or nothing. Raises `FixMachine` when the disk is full or broken."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._fd, left) :]
        except OSError as error:
            os.ftruncate(self._fd, self._end)
            fix = "make room on the disk of Pullwright's state folder, then resume the session"
            raise FixMachine(f"the log of session {self.session} cannot be written: {error.strerror}", fix=fix) from error
        self._end += len(data)

    async def sync(self) -> None:
        """Make everything appended and put so far survive a power cut."""
        await asyncio.to_thread(self._sync)

    def _sync(self) -> None:
        self.artifacts.sync()
        os.fdatasync(self._fd)

    # --- reading ---------------------------------------------------------------------------------

    def read(self, after: int = 0) -> Iterator[Event]:
        """See `Log.read`: the events that are in whole batches at the time of the call."""
        self._look()
        end, last = self._end, self._seq
        if after >= last:
            return iter(())
        start = lines.find(self._fd, end, after + 1) if after > 0 else 0
        return lines.events(self._fd, start, end, max(after, 0) + 1)

    async def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """See `Log.tail`. Own appends arrive at once, another process's within `POLL` seconds."""
        while True:
            self._grown.clear()
            for event in self.read(after):
                yield event
                after = event.seq
            if self._grown.is_set():
                continue
            try:
                async with asyncio.timeout(POLL):
                    await self._grown.wait()
            except TimeoutError:
                pass
