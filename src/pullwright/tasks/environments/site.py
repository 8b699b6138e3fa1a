"""Everything that setting up an environment for one commit needs, opened together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from pullwright.attempts.setup.inputs import Inputs
from pullwright.attempts.setup.order import SetupOrder
from pullwright.attempts.setup.running import Base, base_of
from pullwright.sandbox.toolchains import Toolchains, toolchains
from pullwright.tasks.environments.bounds import check_isolated
from pullwright.tasks.environments.keyring import Keyring, open_keyring
from pullwright.tasks.environments.makings import Say
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.environments.prepared import INSIDE
from pullwright.tasks.environments.roots import Root, find_root
from pullwright.tasks.environments.trust import Trust, trust_in
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.workspace.clone import Clone
from pullwright.workspace.eviction import pinned


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An environment's settings, its secrets, its base root, the commit, and this machine's toolchains."""

    spec: EnvironmentSpec
    keys: Keyring
    root: Root
    base: Base
    tools: Toolchains
    clone: Clone
    cache: Path
    backend: str

    def order(self) -> SetupOrder:
        """The order of the setup script; its secrets are given by whoever knows that they may be."""
        spec, keys = self.spec, self.keys
        return SetupOrder(
            project=self.clone.folder,
            commit=self.base.commit,
            cache=self.cache,
            at=INSIDE,
            script=spec.setup,
            tools=self.tools,
            env=spec.variables,
            secrets=keys.setup,
            hidden=keys.values,
            network=keys.with_rules(spec.setup_network),
            limits=spec.limits,
            backend=self.backend,
            base_root=self.root.path,
            root_name=self.root.name,
            seconds=spec.setup_seconds,
            files=spec.files,
        )

    async def trust(self, project: Project) -> Trust:
        """Whether the commit's set-up inputs are trusted."""
        inputs = Inputs(self.base.mirror, self.cache, self.spec.setup, self.spec.files)
        return await trust_in(project, self.spec, self.clone, self.base, inputs)


@asynccontextmanager
async def open_site(
    premises: Premises, environment: Environment | None, clone: Clone, commit: str, say: Say
) -> AsyncGenerator[Site]:
    """Open all of it; the commit's checkout is held until the block is left."""
    spec = environment.spec if environment is not None else EnvironmentSpec()
    check_isolated(spec)
    keys = await open_keyring(premises, environment)
    root = await find_root(premises.config.data, premises.config.cache, spec.base_root, say)
    base = await base_of(clone.folder, premises.config.cache, commit)
    try:
        tools = await asyncio.to_thread(toolchains, clone.folder, os.environ)
        with pinned(root.path):
            yield Site(
                spec=spec,
                keys=keys,
                root=root,
                base=base,
                tools=tools,
                clone=clone,
                cache=premises.config.cache,
                backend=spec.backend or premises.config.backend,
            )
    finally:
        base.release()
