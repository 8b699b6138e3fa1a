"""What environments need of a service: a part of `tasks.service.Service`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.tasks.vault import Vault


class Config(Protocol):
    """Where this machine's own data and caches lie, and the backend of sandboxes (empty: the platform's)."""

    @property
    def data(self) -> Path:
        """This machine's own data."""
        ...

    @property
    def cache(self) -> Path:
        """What can be made again."""
        ...

    @property
    def backend(self) -> str:
        """Of sandboxes; empty: the platform's."""
        ...


class Premises(Protocol):
    """A service, as environments see it."""

    @property
    def config(self) -> Config:
        """Where things lie."""
        ...

    @property
    def database(self) -> Database:
        """The rows."""
        ...

    @property
    def blobs(self) -> Blobs:
        """What every worker reaches."""
        ...

    @property
    def vault(self) -> Vault:
        """What is sealed."""
        ...
