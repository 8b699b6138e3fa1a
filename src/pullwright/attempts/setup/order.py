"""What is run to set up, where, and with what; and the key under which its layer is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from pullwright.attempts.setup.inputs import Files
from pullwright.protocol.policy import Limits, NetworkPolicy
from pullwright.sandbox.toolchains import Toolchains

FORMAT = 1
"""Another one when layers are made in another way."""


class SetupOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A script to be run over a commit of the repository at `project`.

    `at` is the workspace's path inside, the same as later for the attempts: what is installed may name it. `env` are the
    environment's variables, `secrets` those of this script alone; `hidden` values (with those) are redacted and searched for.
    `root_name` says which base root `base_root` is. `files` are paths whose content is part of the key. `trust` is empty
    where the set-up inputs are the trusted base's, else their digest. `below` is the layer that a maintenance script works
    over: its layer then holds for this commit alone.
    """

    project: Path
    commit: str
    cache: Path
    at: str
    script: str
    tools: Toolchains
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    hidden: dict[str, str] = {}
    network: NetworkPolicy = NetworkPolicy()
    limits: Limits = Limits()
    backend: str = ""
    base_root: Path | None = None
    root_name: str = "host"
    seconds: float = 1800.0
    files: tuple[str, ...] = ()
    trust: str = ""
    below: Path | None = None

    def key(self, locks: Files, tree: str) -> str:
        """What the layer is kept under: all that decides what the script makes, but no secret's value."""
        rules = [msgspec.structs.replace(rule, headers=()) for rule in self.network.rules]
        facts = (
            FORMAT,
            self.script,
            self.root_name,
            _host() if self.base_root is None else "",
            self.at,
            self.backend,
            sorted(self.env.items()),
            sorted(self.secrets),
            [msgspec.to_builtins(rule) for rule in rules],
            self.network.presets,
            self.network.host_ports,
            self.files,
            sorted(locks.items()),
            self.trust,
            sorted(str(mount.path) for mount in self.tools.mounts),
            (self.below.name, tree) if self.below is not None else (),
        )
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _host() -> str:
    """Which system the host is."""
    try:
        return Path("/etc/os-release").read_text(errors="replace")
    except OSError:
        return ""
