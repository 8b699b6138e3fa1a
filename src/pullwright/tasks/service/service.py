"""What a running service holds: database, bells, blobs, vault, live frames, models. Every use case takes it first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.log.bells import Bells, open_bells
from pullwright.log.blobs import Blobs, open_blobs
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.sql.database import Database
from pullwright.log.sql.live import LiveHub
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.models import Models, following
from pullwright.tasks.store.migrations.migrate import migrate
from pullwright.tasks.vault import Vault, open_vault


def artifacts_at(session: str) -> str:
    """Where a session's artifacts lie in the blobs, without a slash at the end."""
    return f"sessions/{session}/artifacts"


class Service:
    """An open service, or a worker of one. Opened with `Service.open`, which brings the schema up to date and closes all."""

    def __init__(
        self, config: ServiceConfig, database: Database, bells: Bells, blobs: Blobs, vault: Vault, live: LiveHub
    ) -> None:
        self.config = config
        self.database = database
        self.bells = bells
        self.blobs = blobs
        self.vault = vault
        self.live = live
        self.models = Models(config.models, vault)

    @classmethod
    @asynccontextmanager
    async def open(cls, config: ServiceConfig) -> AsyncGenerator[Service]:
        """The service that `config` describes. Raises `FixSettings` for a database that is newer than this Pullwright."""
        try:
            config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise FixSettings(
                f"{config.data} cannot be the data folder: {error.strerror}", fix="Choose another --data."
            ) from None
        database = Database(config.database_url)
        try:
            await asyncio.to_thread(migrate, database)
            vault = await asyncio.to_thread(open_vault, config.data)
            async with open_bells(database, config.data / "bells") as bells, LiveHub.open(database, bells) as live:
                service = cls(config, database, bells, open_blobs(config.blobs_url), vault, live)
                async with following(service.models, database, bells):
                    yield service
        finally:
            await asyncio.to_thread(database.close)

    def tell(self, task_id: str, *, queue: bool = True) -> None:
        """Ring for whoever follows the task, or tasks at all; and (`queue`) for whoever admits turns."""
        for topic in (f"task:{task_id}", "tasks", *(["turns"] if queue else [])):
            self.bells.ring(topic)

    def artifacts(self, session: str, folder: Path | None = None) -> BlobArtifacts:
        """What is kept beside a session's log, read from where every worker reaches it. `folder`: the session's here."""
        folder = folder or self.config.data / "sessions" / session
        return BlobArtifacts(self.blobs, artifacts_at(session), folder / "artifacts")
