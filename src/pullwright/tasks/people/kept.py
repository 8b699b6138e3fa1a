"""What the use cases of people and projects need of a service."""

from __future__ import annotations

from typing import Protocol

from pullwright.log.sql.database import Database
from pullwright.tasks.vault import Vault


class Kept(Protocol):
    """Where rows are kept, and what seals. A `Service` is one."""

    @property
    def database(self) -> Database:
        """The rows."""
        ...

    @property
    def vault(self) -> Vault:
        """What seals credentials and secrets."""
        ...
