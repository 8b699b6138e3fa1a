"""What preparing an environment came to."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pullwright.attempts.setup.layer import SetupLayer
from pullwright.protocol.policy import Access, Limits, NetworkPolicy

INSIDE = "/workspace"
"""Where a task's files lie inside its sandbox: the same in setup and in each attempt, for what is installed may name it."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn in this environment is run with; the fields are `TurnSpec`'s.

    `secrets` are values to redact. `hash` is another one when anything in it is (a report's environment). `notes` are for the
    person and the log: what setup left out, why secrets were withheld, that maintenance failed.
    """

    env: dict[str, str] = {}
    network: NetworkPolicy = NetworkPolicy()
    limits: Limits = Limits()
    access: Access = "workspace-write"
    base_root: Path | None = None
    backend: str = ""
    layer: SetupLayer | None = None
    secrets: tuple[str, ...] = ()
    hash: str = ""
    test_command: str = ""
    notes: tuple[str, ...] = ()
    at: str = INSIDE
