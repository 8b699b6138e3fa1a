"""Turns of one session on several machines: a log in a database, files and artifacts in blobs, a clone on each machine."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from pullwright.attempts.runner import run_turn
from pullwright.attempts.spec import TurnSpec
from pullwright.log.bells import Bells
from pullwright.log.blobs import open_blobs
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.inbox import MemoryInbox
from pullwright.log.sql.database import Database
from pullwright.log.sql.log import SqlLog
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, Script, Trouble
from pullwright.models.mock.server import MockServer, Received
from pullwright.protocol.events import Checkpointed, Event
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Outcome
from pullwright.workspace.clone import Clone
from pullwright.workspace.shipping import Shipper, has_landed, land

SESSION = "ses_elsewhere"


class Machine:
    """One machine. `shared` is what all have: the origin repository and the blobs."""

    def __init__(self, home: Path, shared: Path, database: str) -> None:
        self.clone = home / "clones/project"
        self.cache = home / "cache"
        self.folder = home / "sessions" / SESSION
        self.blobs = open_blobs(shared / "blobs")
        self.database = database
        self.requests: list[Received] = []
        if not self.clone.exists():
            self.folder.mkdir(parents=True)
            words = ["git", "clone", "-q", "--no-local", "--no-checkout", str(shared / "project"), str(self.clone)]
            subprocess.run(words, check=True)

    async def turn(self, answers: Sequence[Answer | Trouble], prompt: str = "") -> Outcome:
        """Take the session's turn up, wherever it stood, and run it to its end."""
        database = Database(self.database)
        try:
            return await self._turn(database, answers, prompt)
        finally:
            database.close()

    async def _turn(self, database: Database, answers: Sequence[Answer | Trouble], prompt: str) -> Outcome:
        shipper = Shipper(self.folder, self.blobs, f"{SESSION}/files")

        async def before(events: Sequence[Event]) -> None:
            if any(isinstance(event, Checkpointed) for event in events):
                await shipper.ship()

        artifacts = BlobArtifacts(self.blobs, f"{SESSION}/artifacts", self.folder / "artifacts")
        log = await SqlLog.open(database, SESSION, artifacts, Bells(), before=before)
        if log.last_seq and not (self.folder / "workspace.json").exists():
            await land(self.folder, self.blobs, f"{SESSION}/files", Clone(self.clone))
        await log.claim()
        async with MockServer(Script(answers)) as server:
            spec = TurnSpec(
                session=SESSION,
                turn=new_id("turn"),
                prompt=Prompt(id=new_id("inp"), text=prompt),
                project=self.clone,
                folder=self.folder,
                cache=self.cache,
                at="/workspace/project",
                ref="main",
                local=False,
                moved=has_landed(self.folder),
                model=ModelChoice(provider="vllm", model="scripted", wire="chat", base_url=server.url, retries=1),
            )
            try:
                return await run_turn(spec, log, MemoryInbox())
            finally:
                self.requests += server.requests
