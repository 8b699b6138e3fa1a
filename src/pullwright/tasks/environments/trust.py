"""Whether secrets may be given to a setup: only where what it reads of the repository is what is trusted.

Trusted is the head of the project's default branch, or the commit that an administrator named. A layer that was made of other
inputs is kept under a key of its own, so that nothing a stranger wrote can get below the attempts of others.
"""

from __future__ import annotations

import hashlib

import msgspec

from pullwright.attempts.setup.inputs import Inputs
from pullwright.attempts.setup.running import Base, tree_of
from pullwright.protocol.errors import FixRepository
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.rows.projects import Project
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.clone import Clone
from pullwright.workspace.repository import Repository

MOST_TOLD = 5


class Trust(msgspec.Struct, frozen=True):
    """`key` is empty where the inputs are the trusted ones, else their digest; `why` says what differs."""

    key: str = ""
    why: str = ""


async def trust_in(project: Project, spec: EnvironmentSpec, clone: Clone, base: Base, inputs: Inputs) -> Trust:
    """Whether the inputs of `base` are trusted."""
    try:
        trusted = await clone.resolve(spec.trusted or project.default_branch)
    except FixRepository:
        wanted = spec.trusted or project.default_branch
        return await in_thread(_untrusted, inputs, base, f"{wanted}, whose set-up inputs are trusted, is not there")
    if trusted == base.commit:
        return Trust()
    return await in_thread(_compare, clone, inputs, base, trusted)


def _compare(clone: Clone, inputs: Inputs, base: Base, trusted: str) -> Trust:
    base.mirror.take_in(Repository.find(clone.folder), trusted)
    changed = inputs.changed(base.tree, tree_of(base.mirror, trusted))
    if not changed:
        return Trust()
    more = f" and {len(changed) - MOST_TOLD} more" if len(changed) > MOST_TOLD else ""
    return _untrusted(inputs, base, f"{', '.join(changed[:MOST_TOLD])}{more} differ from the trusted base's")


def _untrusted(inputs: Inputs, base: Base, why: str) -> Trust:
    digest = hashlib.sha256(repr(sorted(inputs.all(base.tree).items())).encode("utf-8", "surrogateescape"))
    return Trust(digest.hexdigest(), why)
