"""What clean runs are made in, described so that another machine can say where it differs.

    describe(work, command) -> Described      kept as an artifact with the log, and in a bundle
    digest(described)                         its name: equal for equal circumstances

No value of a variable is in it, only its name: values may be secrets, and a description is handed on.
"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

import msgspec

from pullwright import __version__
from pullwright.attempts.clean_run import Work, at_of
from pullwright.attempts.testing import TestCommand
from pullwright.protocol.policy import Limits


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """The test command as it was found, and what ran it. `variables` are the names of the environment's own; `setup` is the
    digest of what was set up, `toolchains` what runs and where."""

    command: TestCommand
    at: str
    backend: str
    network: str
    limits: Limits
    base_root: str = ""
    setup: str = ""
    variables: tuple[str, ...] = ()
    toolchains: tuple[str, ...] = ()
    machine: str = ""
    pullwright: str = ""


def describe(work: Work, command: TestCommand) -> Described:
    """What the runs of `work` are made in."""
    spec = work.spec
    reached = (*(rule.host for rule in spec.network.rules), *spec.network.presets, *map(str, spec.network.host_ports))
    return Described(
        command=command,
        at=at_of(work),
        backend=spec.backend,
        network="off" if spec.network.off else f"on: {', '.join(reached)}",
        limits=spec.limits,
        base_root=_root(spec.base_root),
        setup=spec.setup.hash if spec.setup is not None else "",
        variables=tuple(sorted(spec.env)),
        toolchains=tuple(work.tools.facts),
        machine=f"{platform.system()} {platform.machine()}".lower(),
        pullwright=__version__,
    )


def _root(path: Path | None) -> str:
    """A base root's name: an image's, which lies in the cache as `DIGEST/root`, is its digest."""
    if path is None:
        return ""
    return path.parent.name if path.name == "root" else path.name


def encode(described: Described) -> bytes:
    """As JSON, the same bytes for the same description."""
    return msgspec.json.format(msgspec.json.encode(described, order="deterministic"), indent=2)


def digest(described: Described) -> str:
    """SHA-256 of the description."""
    return hashlib.sha256(encode(described)).hexdigest()
