"""What the names of models stand for: as the configuration says, and over it as an administrator set it.

configuration ─┐
               ├─▶ choices: name -> ModelChoice, taken anew in every process when the bell `models` rings
settings rows ─┘
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import msgspec

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixSettings, PullwrightError
from pullwright.tasks.store.model_settings import ModelSetting, model_settings
from pullwright.tasks.vault import Vault, model_context

BELL = "models"
LOOK = 30.0
"""Seconds after which the rows are read although no bell rang."""


class Models:
    """The models of a service. `choices` is replaced, never changed: who holds one keeps what it was."""

    def __init__(self, configured: Mapping[str, ModelChoice], vault: Vault) -> None:
        self.configured = dict(configured)
        self.settings: Mapping[str, ModelSetting] = {}
        self.choices: Mapping[str, ModelChoice] = self.configured
        self._vault = vault

    def choice(self, name: str) -> ModelChoice:
        """The model of a class, or of `provider/model`. Raises `FixSettings` naming those that there are."""
        try:
            return self.choices[name]
        except KeyError:
            known = ", ".join(sorted(self.choices)) or "none"
            raise FixSettings(
                f"this service has no model {name!r}", fix=f"Choose one of: {known}; the administrator may add models."
            ) from None

    def take(self, settings: Mapping[str, ModelSetting]) -> None:
        """Go by these rows from now on. One whose key cannot be opened here stands for a model without a key."""
        self.settings = settings
        self.choices = {**self.configured, **{name: self._opened(name, setting) for name, setting in settings.items()}}

    def standing_for(self, setting: ModelSetting, key: str) -> ModelChoice:
        """The choice that a setting makes. What the configuration has for the provider holds where the setting says nothing; but
        to an address of the setting's own goes no key and no header of the configuration."""
        named = ModelChoice(provider=setting.provider, model=setting.model)
        base = named
        if not setting.base_url:
            base = next((one for one in self.configured.values() if one.provider == setting.provider), named)
        return msgspec.structs.replace(
            base,
            model=setting.model,
            effort=setting.effort,
            wire=setting.wire or base.wire,
            base_url=setting.base_url or base.base_url,
            key=key or base.key,
            window=base.window if base.model == setting.model else 0,
        )

    def _opened(self, name: str, setting: ModelSetting) -> ModelChoice:
        key = ""
        if setting.key is not None:
            with contextlib.suppress(FixSettings):
                key = self._vault.open(setting.key, model_context(name)).decode()
        return self.standing_for(setting, key)


@contextlib.asynccontextmanager
async def following(models: Models, database: Database, bells: Bells) -> AsyncIterator[None]:
    """While the block runs, `models` go by the rows; they do when it begins."""
    models.take(await database.read(model_settings))

    async def follow() -> None:
        async with bells.listen(BELL) as bell:
            while True:
                await bell.wait(LOOK)
                with contextlib.suppress(PullwrightError):  # the database is away: what was known holds
                    models.take(await database.read(model_settings))

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
