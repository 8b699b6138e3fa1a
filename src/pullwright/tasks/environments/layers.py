"""The layers of an environment for one commit: setup's, and maintenance's over it."""

from __future__ import annotations

import msgspec

from pullwright.attempts.setup.order import SetupOrder
from pullwright.attempts.setup.running import Base, Made, set_up
from pullwright.protocol.errors import FixSettings, PullwrightError, SetupFailed
from pullwright.tasks.environments.makings import Making, Say
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.environments.trust import Trust
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.setups import good_keys
from pullwright.workspace.setups.kept import Layer, Setups

BELIEVED = 600.0
"""Seconds for which a maintenance script that failed is not run again for the same commit."""


class Layers(msgspec.Struct):
    """What was made, topmost first, held until `release`; `notes` are for the person."""

    held: list[Layer] = []
    notes: list[str] = []

    def release(self) -> None:
        """No longer in use by us; a turn holds them itself."""
        for layer in self.held:
            layer.release()


class LayerMaker:
    """Makes the layers of one environment (`environment_id` may be empty: no rows are written).

    `again`: also what is there. `asked` is the row of a try that a person asked for. `making` is the id of setup's row.
    """

    def __init__(
        self,
        premises: Premises,
        environment_id: str,
        spec: EnvironmentSpec,
        *,
        worker: str,
        say: Say,
        again: bool = False,
        asked: str = "",
    ) -> None:
        self._premises = premises
        self._environment = environment_id
        self._spec = spec
        self._worker = worker
        self._say = say
        self._again = again
        self._asked = asked
        self.making = ""

    async def make(self, order: SetupOrder, base: Base, trust: Trust) -> Layers:
        """Both layers. Raises `SetupFailed`, unless the last good layer is to stand in; failing maintenance is a note."""
        layers = Layers()
        secrets = {} if trust.key else order.secrets
        if trust.key and order.secrets:
            layers.notes.append(f"setup ran without its secrets: {trust.why}")
        order = msgspec.structs.replace(order, secrets=secrets, trust=trust.key)
        try:
            made = await self._run(order, base)
        except FixSettings as error:
            layers.held.append(await self._last_good(error, layers.notes))
            return layers
        layers.held.append(made.layer)
        layers.notes += _notes(made.layer)
        if self._spec.maintenance.strip() and made.layer.meta.commit != base.commit:
            await self._maintain(order, base, layers)
        return layers

    async def _run(self, order: SetupOrder, base: Base, believe: float = 0.0) -> Made:
        asked, self._asked = self._asked, ""
        making = Making(self._premises, self._environment, self._worker, self._say, asked)
        try:
            async with making.told():
                return await set_up(order, base, making.hear, making.begin, believe=believe, again=self._again)
        finally:
            self.making = self.making or making.id

    async def _maintain(self, order: SetupOrder, base: Base, layers: Layers) -> None:
        below = layers.held[0]
        order = msgspec.structs.replace(
            order, script=self._spec.maintenance, below=below.folder, secrets={}, seconds=self._spec.upkeep_seconds
        )
        self._say("maintenance begins\n")
        try:
            made = await self._run(order, base, BELIEVED)
        except SetupFailed as error:
            words = str(error).replace("the setup script", "the maintenance script", 1)
            layers.notes.append(f"{words}; setup's layer is used as it is")
        except PullwrightError as error:
            layers.notes.append(f"maintenance could not be run: {error}; setup's layer is used as it is")
        else:
            layers.held.insert(0, made.layer)
            layers.notes += _notes(made.layer)

    async def _last_good(self, error: FixSettings, notes: list[str]) -> Layer:
        """The last layer that was made for this environment and of trusted inputs, where a person chose so. Raises `error`."""
        if not self._environment:
            raise error
        setups = Setups(self._premises.config.cache)
        for key in await self._premises.database.read(good_keys, self._environment):
            found = setups.find(key)
            if found is None:
                continue
            if found.meta.trusted and not found.meta.below and self._spec.use_last_good:
                notes.append(f"{error}; the last good setup is used in its place, made on {found.meta.commit[:10]}")
                return found
            found.release()
            if found.meta.trusted and not found.meta.below:
                error.fix += " (The last good setup is kept: `use_last_good` in the environment lets tasks go on with it.)"
                break
        raise error


def _notes(layer: Layer) -> list[str]:
    dropped = layer.meta.dropped
    if not dropped:
        return list(layer.meta.notes)
    more = f" and {len(dropped) - 10} more" if len(dropped) > 10 else ""
    return [f"setup's edits of tracked files are not kept: {', '.join(dropped[:10])}{more}", *layer.meta.notes]
