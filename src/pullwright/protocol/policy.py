"""What may be done: approval modes, access, network rules, limits, budgets.

ApprovalMode    who is asked before an effect         suggest | auto-edit | full-auto
Access          what the sandbox may write            read-only | workspace-write | full-access
Effect          what one tool call can do             read | edit | execute | ask
NetworkPolicy   what the sandbox may reach            off, or rules (tunnel | intercept) and host ports
Limits          memory, processes, CPU, disk of a sandbox
Budget          ceilings in money, tokens, steps, time of a turn
"""

from __future__ import annotations

from typing import Literal

import msgspec

ApprovalMode = Literal["suggest", "auto-edit", "full-auto"]
Access = Literal["read-only", "workspace-write", "full-access"]
Effect = Literal["read", "edit", "execute", "ask"]
"""`read` changes nothing; `edit` changes files of the workspace; `execute` runs a command that can
change something; `ask` needs a person. Whether an effect asks first is decided in `agent.permissions`."""

Mode = Literal["ask", "code"]
"""A task's mode: `ask` answers with cited files and makes no branch; `code` changes."""


class NetworkRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One allowed destination.

    `host` is an exact name or `*.suffix` (which does not match the bare suffix). A `tunnel` sees host,
    port and SNI only; an `intercept` opens TLS with the attempt's own CA and can so check `methods` and
    `paths` (prefixes) and add `headers` (injected credentials, never visible inside).
    `allow_private` lets the name resolve to a private address (a company mirror).
    """

    host: str
    ports: tuple[int, ...] = (443, 80)
    kind: Literal["tunnel", "intercept"] = "tunnel"
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    allow_private: bool = False


class NetworkPolicy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sandbox may reach. No rules and no host ports: the network is off.

    `presets` are names that are turned into rules when the sandbox opens (`registries` asks pip, npm,
    cargo and apt for their configured hosts). `host_ports` are services on the host's loopback that are
    let in, port by port, under the same number on the sandbox's own loopback.
    """

    rules: tuple[NetworkRule, ...] = ()
    presets: tuple[str, ...] = ()
    host_ports: tuple[int, ...] = ()

    @property
    def off(self) -> bool:
        """True when nothing outside the sandbox can be reached."""
        return not (self.rules or self.presets or self.host_ports)


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ceilings of one sandbox. Bytes, counts, cores; None means no limit of that kind."""

    memory_bytes: int | None = 4 << 30
    processes: int | None = 1024
    cpus: float | None = None
    disk_bytes: int | None = 8 << 30


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ceilings of one turn. A soft ceiling (`soft` times the hard one) asks, or tells the model where nobody
    can be asked; a hard one stops and keeps the work. Money in US dollars, time in seconds."""

    usd: float | None = None
    tokens: int | None = None
    steps: int | None = 200
    seconds: float | None = None
    soft: float = 0.8
