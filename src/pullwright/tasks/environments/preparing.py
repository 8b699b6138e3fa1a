"""From an environment's settings to what a turn is run with. What is there already costs a few milliseconds."""

from __future__ import annotations

import asyncio
import hashlib

from pullwright.attempts.detection import detect
from pullwright.attempts.setup.layer import SetupLayer
from pullwright.tasks.environments.layers import LayerMaker, Layers
from pullwright.tasks.environments.makings import Say, silent
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.environments.prepared import Prepared
from pullwright.tasks.environments.site import Site, open_site
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.workspace.clone import Clone


async def prepare_environment(
    service: Premises,
    project: Project,
    environment: Environment | None,
    clone: Clone,
    base_commit: str,
    on_output: Say = silent,
    *,
    worker: str = "",
) -> Prepared:
    """What a turn from `base_commit` gets; without an environment the defaults hold.

    A setup that has to run does so here, once for all who ask; `on_output` gets what it says. Raises `SetupFailed` (a
    `FixSettings`, with line and log), `FixSettings`, `FixRepository`, `FixMachine`.
    """
    async with open_site(service, environment, clone, base_commit, on_output) as site:
        layers = Layers()
        if site.spec.setup.strip():
            maker = LayerMaker(service, environment.id if environment else "", site.spec, worker=worker, say=on_output)
            layers = await maker.make(site.order(), site.base, await site.trust(project))
        try:
            return await asyncio.to_thread(_prepared, site, layers)
        finally:
            layers.release()


def _prepared(site: Site, layers: Layers) -> Prepared:
    spec, keys, root, layer = site.spec, site.keys, site.root, _layer(layers)
    facts = (root.name, layer.hash if layer else "", site.backend, sorted(spec.variables.items()), spec.network, spec.limits)
    return Prepared(
        env=spec.variables,
        network=keys.with_rules(spec.network),
        limits=spec.limits,
        access=spec.access,
        base_root=root.path,
        backend=site.backend,
        layer=layer,
        secrets=tuple(keys.values.values()),
        hash=hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()[:16],
        test_command=spec.test_command or detected(site, layers),
        notes=(*keys.notes, *layers.notes),
    )


def _layer(layers: Layers) -> SetupLayer | None:
    if not layers.held:
        return None
    metas = [layer.meta for layer in layers.held]
    return SetupLayer(
        folders=tuple(layer.folder for layer in layers.held),
        bins=tuple(dict.fromkeys(folder for meta in metas for folder in meta.bins)),
        env={name: value for meta in reversed(metas) for name, value in meta.env.items()},
        hash="-".join(layer.key for layer in layers.held),
    )


def detected(site: Site, layers: Layers) -> str:
    """How the base is tested, as a line; empty where nothing says so."""
    tree = site.base.checkout.tree
    held, path = layers.held, site.tools.env.get("PATH")
    found = detect((tree,), tree, path, installed=[layer.tree for layer in held], homes=[layer.home for layer in held])
    return found.shown if found is not None else ""
