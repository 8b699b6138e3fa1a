"""Trying an environment: its setup is run now, also where its layer is in the cache, and what it says is shown as it comes."""

from __future__ import annotations

import msgspec

from pullwright.protocol.errors import FixSettings, SetupFailed
from pullwright.tasks.environments.layers import LayerMaker, Layers
from pullwright.tasks.environments.makings import Say, silent
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.environments.site import open_site
from pullwright.tasks.store.rows.projects import Environment, Project, Setup
from pullwright.tasks.store.setups import get_setup, setups_of
from pullwright.workspace.clone import Clone


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the setup's row (state, line, reason, log), bytes that the layer holds, and what is to be known of it."""

    setup: Setup
    size: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


async def try_setup(
    service: Premises,
    project: Project,
    environment: Environment,
    clone: Clone,
    commit: str,
    on_output: Say = silent,
    *,
    worker: str = "",
    asked: str = "",
) -> Tried:
    """Run the environment's setup over a commit. A script that fails is a result; what it makes takes the old layer's place.

    `asked` is the row that a person's asking made. Raises `FixSettings` where there is no script, and what keeps a script from
    being run at all.
    """
    if not environment.spec.setup.strip():
        raise FixSettings("this environment has no setup script", fix="Give it one, and try again.")
    spec = msgspec.structs.replace(environment.spec, use_last_good=False)
    environment = msgspec.structs.replace(environment, spec=spec)
    async with open_site(service, environment, clone, commit, on_output) as site:
        maker = LayerMaker(service, environment.id, spec, worker=worker, say=on_output, again=True, asked=asked)
        layers = Layers()
        try:
            layers = await maker.make(site.order(), site.base, await site.trust(project))
        except SetupFailed:
            pass  # the row says all of it
        finally:
            layers.release()
        if maker.making:
            setup = await service.database.read(get_setup, maker.making)
        else:  # another was making it at this moment, and ours is that one's
            (setup,) = await service.database.read(setups_of, environment.id, 1)
        meta = layers.held[-1].meta if layers.held else None
        return Tried(setup=setup, size=meta.size if meta else 0, seconds=meta.seconds if meta else 0.0, notes=tuple(layers.notes))
