"""What an environment may ask for, by who writes it. A project's administrators are not the machine's.

never              the whole machine as the sandbox's access; a backend that does not isolate
server's alone     services of the worker's own loopback (`host_ports`), names that lead to private addresses (`allow_private`)
"""

from __future__ import annotations

from pullwright.protocol.errors import FixSettings, Forbidden
from pullwright.sandbox.backends import NAMES
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.store.records import EnvironmentSpec

ISOLATING = tuple(name for name in NAMES if name not in ("folder", "seatbelt"))


def check_isolated(spec: EnvironmentSpec) -> None:
    """Raises `FixSettings` for an environment in which a task would not be isolated."""
    if spec.access == "full-access":
        raise FixSettings("a task's sandbox is never the whole machine", fix="Use workspace-write or read-only.")
    if spec.backend and spec.backend not in ISOLATING:
        raise FixSettings(f"{spec.backend!r} isolates no task", fix=f"Use one of {', '.join(ISOLATING)}, or leave it out.")


def check_bounds(actor: Actor, spec: EnvironmentSpec, before: EnvironmentSpec | None = None) -> None:
    """For whoever stores a spec in the place of `before`. Raises `FixSettings`; `Forbidden` for what the actor may not widen."""
    check_isolated(spec)
    if actor.is_admin or not (wider := _reach(spec) - (_reach(before) if before is not None else frozenset())):
        return
    raise Forbidden(
        f"{', '.join(sorted(wider))} can be reached only where the server's administrator allows it",
        fix="Ask an administrator of the server to set it, or leave it out.",
    )


def _reach(spec: EnvironmentSpec) -> frozenset[str]:
    """What of the worker's own machine and network a spec reaches."""
    policies = (spec.network, spec.setup_network)
    ports = {f"the worker's port {port}" for policy in policies for port in policy.host_ports}
    hosts = {f"{rule.host} at private addresses" for policy in policies for rule in policy.rules if rule.allow_private}
    return frozenset(ports | hosts)
