"""What every process of the run is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from pullwright.models.choice import ModelChoice
from pullwright.tasks.service.config import ServiceConfig

PROJECT = "shop"
MACHINES = 2
"""Workers 1 and 3 are on one machine, that is, they share a data folder; the second is on another."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The run. `tasks` is how many attempts each task has."""

    folder: Path
    database: str
    model_port: int
    server_port: int
    seconds: float
    tasks: tuple[int, ...]
    steps: int
    pause: float
    slots: int
    verify: bool

    def service(self, machine: int = 0) -> ServiceConfig:
        """The service as one machine's processes are started with."""
        choice = ModelChoice(
            provider="scripted",
            model="scripted",
            wire="responses",
            base_url=f"http://127.0.0.1:{self.model_port}/v1",
            key="sk-test-0123456789",
            retries=12,
        )
        return ServiceConfig(
            data=self.folder / f"machine-{machine}",
            cache=self.folder / f"cache-{machine}",
            blobs=str(self.folder / "blobs"),
            database=self.database,
            models={"fast": choice, "deep": choice},
            slots=self.slots,
            silence=6.0,
            verify=self.verify,
        )

    def save(self) -> Path:
        """Write it down for the processes."""
        path = self.folder / "plan.json"
        path.write_bytes(msgspec.json.encode(self, enc_hook=str))
        return path

    @staticmethod
    def load(path: Path) -> Plan:
        """What `save` wrote."""
        return msgspec.json.decode(path.read_bytes(), type=Plan, dec_hook=lambda _, value: Path(value))


def digest(line: bytes) -> str:
    """Of an event as it is stored, and as it is sent."""
    return hashlib.sha256(line).hexdigest()[:24]
