"""What a template's checks look at: the change, the log so far, what the clean runs said, and the files' objects.

Case.parts()       the changed paths, sorted into source, tests and runner configuration
Case.command()     how the tests are run, as the base says
Case.text(…)       a file of the base or of the change
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.attempts.clean_run import Work
from pullwright.attempts.composition import Parts, text_of
from pullwright.attempts.detection import detect, test_folders
from pullwright.attempts.testing import TestCommand
from pullwright.attempts.workloads.following import sorted_parts
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Event, VerificationRan, VerificationRun, Verified, WorkloadCheck
from pullwright.protocol.outcomes import Verdict
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git
from pullwright.workspace.objects import Entry, Objects


class Ruling(msgspec.Struct, frozen=True):
    """A template's own word on the change, and why; it goes over that of the clean runs."""

    verdict: Verdict
    why: str


class Findings(msgspec.Struct, frozen=True):
    """A template's checks, and its ruling where it has one."""

    checks: tuple[WorkloadCheck, ...]
    ruling: Ruling | None = None


class Case:
    """One change to be held against its template. `folder` is for scratch; whoever made it removes it."""

    def __init__(
        self, work: Work, asked: str, verified: Verified | None, recorder: Recorder, folder: Path, events: Sequence[Event]
    ) -> None:
        self.work = work
        self.asked = asked
        self.verified = verified
        self.recorder = recorder
        self.folder = folder
        self.events = events
        self._roots: tuple[Path, ...] | None = None
        self._parts: Parts | None = None

    @property
    def runs(self) -> dict[str, VerificationRun]:
        """This turn's clean runs by name."""
        turn = self.recorder.turn
        return {one.run.name: one.run for one in self.events if isinstance(one, VerificationRan) and one.turn == turn}

    @property
    def git(self) -> Git:
        """Git over the session's objects."""
        folder = self.work.workspace.folder
        return Git.own(folder / "git", objects=folder / "objects")

    def objects(self) -> Objects:
        """The session's objects, for one thread; the caller closes them."""
        return Objects(self.work.workspace.folder / "objects", self.git)

    async def settle(self) -> None:
        """Let git processes see the trees."""
        await self.work.workspace.summary(self.work.workspace.start_tree, self.work.tree)

    async def roots(self) -> tuple[Path, ...]:
        """The folders that together hold the base's files."""
        if self._roots is None:
            laid = await self.work.workspace.materialise(self.work.workspace.start_tree, self.folder / "base")
            self._roots = tuple(laid.lowers)
        return self._roots

    async def command(self) -> TestCommand | None:
        """How the base's tests are run; None where nothing says so."""
        work = self.work
        if work.command is not None:
            return work.command
        return await asyncio.to_thread(detect, await self.roots(), work.workspace.root, work.tools.env.get("PATH"))

    async def parts(self) -> Parts:
        """The changed paths by what they are to the tests."""
        if self._parts is None:
            await self.settle()
            self._parts = await in_thread(self._sorted, test_folders(await self.roots()))
        return self._parts

    def _sorted(self, folders: Sequence[str]) -> Parts:
        objects = self.objects()
        try:
            return sorted_parts(objects, self.work, folders)
        finally:
            objects.close()

    async def texts(self, entries: Sequence[Entry | None]) -> list[str]:
        """The text of each entry (at most 1 MiB), empty for none."""
        return await in_thread(self._texts, entries)

    def _texts(self, entries: Sequence[Entry | None]) -> list[str]:
        objects = self.objects()
        try:
            return [text_of(objects, entry) for entry in entries]
        finally:
            objects.close()

    async def text(self, tree: str, path: str) -> str | None:
        """A file's text in a tree; None when there is none."""
        data = await self.work.workspace.read_file(tree, path)
        return None if data is None else data.decode("utf-8", "replace")
