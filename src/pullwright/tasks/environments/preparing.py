"""From an environment's settings to what a turn is run with."""

from __future__ import annotations

from collections.abc import Callable

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.environments.prepared import Prepared
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.workspace.clone import Clone


async def prepare_environment(
    service: object,
    project: Project,
    environment: Environment | None,
    clone: Clone,
    base_commit: str,
    on_output: Callable[[str], None],
) -> Prepared:
    """What a turn from `base_commit` gets. Raises `FixSettings` for a setup script, which cannot be run yet."""
    spec = environment.spec if environment is not None else EnvironmentSpec()
    if spec.setup.strip():
        raise FixSettings("setup scripts cannot be run yet", fix="Leave the environment's `setup` empty.")
    return Prepared(
        env=spec.variables,
        network=spec.network,
        limits=spec.limits,
        access=spec.access,
        backend=spec.backend,
        test_command=spec.test_command,
    )
