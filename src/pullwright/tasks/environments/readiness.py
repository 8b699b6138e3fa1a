"""What a task would find now: looked at, and nothing run."""

from __future__ import annotations

import asyncio
from typing import Literal

import msgspec

from pullwright.attempts.setup.running import kept
from pullwright.tasks.environments.layers import Layers
from pullwright.tasks.environments.makings import silent
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.environments.preparing import detected
from pullwright.tasks.environments.site import open_site
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.workspace.clone import Clone

Layering = Literal["none", "kept", "to-run", "unknown"]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`layer`: there is no setup script; what it made is kept on this machine; it has to run first; or (with an image as base
    root, which might have to be pulled) it is not looked. `size` in bytes and `seconds` are the kept layer's, `detected` is how
    the commit says that it is tested, and `notes` are for the person."""

    commit: str
    layer: Layering
    detected: str
    size: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


async def readiness(service: Premises, project: Project, environment: Environment, clone: Clone, commit: str) -> Readiness:
    """What a task from `commit` would find on this machine."""
    looked = not environment.spec.base_root.startswith("image:")
    if not looked:  # an image is not pulled to answer a question
        bare = EnvironmentSpec(variables=environment.spec.variables)
        environment = msgspec.structs.replace(environment, spec=bare)
    async with open_site(service, environment, clone, commit, silent) as site:
        layers = Layers()
        try:
            notes = list(site.keys.notes)
            if site.spec.setup.strip():
                trust = await site.trust(project)
                order = site.order()
                if trust.key and order.secrets:
                    notes.append(f"setup would run without its secrets: {trust.why}")
                secrets = {} if trust.key else order.secrets
                found = await kept(msgspec.structs.replace(order, secrets=secrets, trust=trust.key), site.base)
                layers.held += [found] if found is not None else []
            meta = layers.held[0].meta if layers.held else None
            layer: Layering = "kept" if meta else "to-run" if site.spec.setup.strip() else "none"
            return Readiness(
                commit=commit,
                layer=layer if looked else "unknown",
                detected=await asyncio.to_thread(detected, site, layers),
                size=meta.size if meta else 0,
                seconds=meta.seconds if meta else 0.0,
                notes=tuple(notes),
            )
        finally:
            layers.release()
