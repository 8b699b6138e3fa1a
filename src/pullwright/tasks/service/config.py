"""What a service is started with: where things lie, which models there are, how much runs at once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pullwright import __version__
from pullwright.models.choice import ModelChoice
from pullwright.tasks.store.records import Retention


class ServiceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One service. All of its processes (server, workers) are started with the same `database`, `blobs` and vault key.

    `data` holds what this machine keeps: sockets, clones, and the session folders of attempts; `cache` what can be made
    again. `database` is a URL (empty: SQLite in `data`); `blobs` a folder or `s3://…` (empty: a folder in `data`). `models` maps
    the classes `fast` and `deep`, and each further `provider/model` that may be asked for, to its choice, unless an administrator
    set another (`service.models`). `slots` is how many
    attempts a worker runs at once, `user_slots` how many one user has running at once (0: no limit of its own). `patience` is for
    how many seconds a running turn waits for an answer before it gives its slot back. `webhook_networks` are those that
    notices may be sent to beside the open internet.
    """

    data: Path
    cache: Path
    models: dict[str, ModelChoice]
    database: str = ""
    blobs: str = ""
    public_url: str = ""
    prices: Path | None = None
    slots: int = 4
    user_slots: int = 0
    patience: float = 300.0
    backend: str = ""
    verify: bool = True
    silence: float = 30.0
    version: str = __version__
    keep: Retention = Retention()
    webhook_networks: tuple[str, ...] = ()

    @property
    def database_url(self) -> str:
        """The database, by URL."""
        return self.database or f"sqlite:///{self.data / 'pullwright.sqlite'}"

    @property
    def blobs_url(self) -> str:
        """Where blobs lie."""
        return self.blobs or str(self.data / "blobs")
