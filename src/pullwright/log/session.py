"""The folder of sessions: each one a folder with its log, artifacts, inbox and attempt."""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from pullwright.log.files import FileLog
from pullwright.log.replay import total
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Forked, InputReceived, SessionStarted, TurnFinished, decode, encode
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.usage import Spend

_HEAD = 20
_STARTED = b'\n{"type":"turn_started"'
_FINISHED = b'\n{"type":"turn_finished"'


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `pullwright sessions list`.

    `title` is the first prompt's first line. `outcome` is the last turn's type (`succeeded`…), `running` while a
    living process works on it, `interrupted` when a turn began and neither is so, empty before the first turn.
    Money and calls are of all finished turns. Times are seconds since 1970.
    """

    id: str
    project: str
    title: str
    started: float
    updated: float
    outcome: str
    events: int
    spend: Spend
    branch: str = ""
    scripted: bool = False


class Sessions:
    """The sessions below `folder` (`state/sessions`), one folder each, named by the session's id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, session: str = "") -> FileLog:
        """A new session's empty log; the caller claims, writes and closes it."""
        session = session or new_id("ses")
        return FileLog.create(self.path(session), session)

    def open(self, session: str) -> FileLog:
        """A session's log, by its id or the beginning of one. Raises `FixSettings` when there is none, or several."""
        return FileLog.open(self.path(self.resolve(session)))

    def path(self, session: str) -> Path:
        """The session's folder, there or not."""
        if not session or "/" in session or session.startswith("."):
            raise FixSettings(f"not a session's id: {session!r}", fix="see: pullwright sessions list")
        return self.folder / session

    def ids(self) -> list[str]:
        """All sessions, the last one written to first."""
        found: list[tuple[int, str]] = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found.append(((folder / "log.jsonl").stat().st_mtime_ns, folder.name))
        return [name for _, name in sorted(found, reverse=True)]

    def resolve(self, beginning: str = "") -> str:
        """The one session whose id begins so (or, after the prefix, contains it at its end); the newest for an empty string."""
        ids = self.ids()
        if not beginning:
            if ids:
                return ids[0]
            raise FixSettings("there are no sessions yet", fix='start one: pullwright exec "…"')
        if beginning in ids:
            return beginning
        matching = [name for name in ids if name.startswith(beginning) or name.endswith(beginning)]
        if len(matching) == 1:
            return matching[0]
        what = "several sessions match" if matching else "there is no session"
        raise FixSettings(f"{what} {beginning!r}", fix="see: pullwright sessions list")

    def list(self, limit: int = 50, project: str = "") -> list[SessionSummary]:
        """The newest sessions first. Reads the ends of each log only, and the lines that end turns."""
        found: list[SessionSummary] = []
        for session in self.ids():
            summary = self.summary(session)
            if summary and project in ("", summary.project):
                found.append(summary)
                if len(found) >= limit:
                    break
        return found

    def summary(self, session: str) -> SessionSummary | None:
        """What the ends of one log say; None when it does not begin as a session does."""
        with FileLog.open(self.path(session)) as log:
            started, title = _beginning(log)
            if started is None:
                return None
            ends, unfinished = _turns(log)
            change = next((end.outcome.change for end in reversed(ends) if end.outcome.change), None)
            return SessionSummary(
                id=session,
                project=started.project,
                title=title,
                started=started.time,
                updated=log.path.stat().st_mtime,
                outcome="running" if log.claimed else "interrupted" if unfinished else _kind(ends),
                events=log.last_seq,
                spend=total(end.outcome.spend for end in ends),
                branch=change.branch if change else "",
                scripted=any(end.outcome.scripted for end in ends),
            )

    async def fork(self, session: str, at: int | None = None) -> FileLog:
        """A new session that continues `session` from its event `at` (None: the newest): its events and artifacts copied.

        The caller claims, writes and closes the log. Files are not restored here: the state's `tree` says which.
        """
        with self.open(session) as parent:
            at = parent.last_seq if at is None else at
            if not 1 <= at <= parent.last_seq:
                raise FixSettings(f"{parent.session} has no event {at}", fix=f"--at takes 1 to {parent.last_seq}")
            child = self.create()
            if parent.artifacts.folder.is_dir():
                shutil.copytree(parent.artifacts.folder, child.artifacts.folder, dirs_exist_ok=True)
            copied = [event for event in parent.read() if event.seq <= at]
            forked = Forked(parent=parent.session, at=at, time=round(time.time(), 6))
            await child.append([*copied, forked], expected_seq=0, generation=0)
            return child

    def delete(self, session: str, remove: Callable[[Path], object] = shutil.rmtree) -> None:
        """Remove a session and all that it kept. Raises `LogConflict` while somebody works on it.

        `remove` removes its folder; what an attempt left there may be of any depth and mode (`workspace.removal.remove_tree`).
        """
        session = self.resolve(session)
        with FileLog.open(self.path(session)) as log:
            log.claim()
        remove(self.path(session))

    def export(self, session: str, target: Path) -> Path:
        """Write a session to `target`: `.jsonl` for the events alone, `.tar.gz` with its artifacts; replaces atomically."""
        session = self.resolve(session)
        draft = target.with_name(f".{os.getpid()}-{target.name}")
        try:
            with FileLog.open(self.path(session)) as log, draft.open("wb") as file:
                if target.suffix == ".jsonl":
                    file.writelines(encode(event) + b"\n" for event in log.read())
                else:
                    _pack(log, file)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return target


def _beginning(log: FileLog) -> tuple[SessionStarted | None, str]:
    """The first event, and the first prompt's first line, looked for in the first events only."""
    started, title = None, ""
    for event in itertools.islice(log.read(), _HEAD):
        if isinstance(event, SessionStarted):
            started = event
        elif isinstance(event, InputReceived) and isinstance(event.input, Prompt):
            title = event.input.text.strip().partition("\n")[0][:120]
            break
    return started, title


def _turns(log: FileLog) -> tuple[list[TurnFinished], bool]:
    """How each turn ended, and whether one began after the last end. Finds the lines without reading the others."""
    if not log.last_seq:
        return [], False
    ends: list[TurnFinished] = []
    with log.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        at = 0
        while (found := text.find(_FINISHED, at)) >= 0:
            at = text.find(b"\n", found + 1)
            if at < 0:
                break
            event = decode(text[found + 1 : at])
            if isinstance(event, TurnFinished):
                ends.append(event)
        return ends, text.rfind(_STARTED) > text.rfind(_FINISHED)


def _kind(ends: list[TurnFinished]) -> str:
    return str(ends[-1].outcome.__struct_config__.tag) if ends else ""


def _pack(log: FileLog, file: BinaryIO) -> None:
    import tarfile

    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        tar.add(log.path, f"{log.session}/log.jsonl")
        for name in log.artifacts.names():
            tar.add(log.artifacts.path(name), f"{log.session}/artifacts/{name}")
