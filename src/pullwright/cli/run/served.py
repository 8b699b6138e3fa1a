"""The model behind an address that was given without a model: the only one that the server serves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

import msgspec

from pullwright.cli.credentials import Credentials
from pullwright.cli.settings.environment import CUSTOM
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.model import CLASSES, choice_for, default_provider
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixSettings, MissingCredential, PullwrightError

PATIENCE = 10.0
_NAMED = 8


def settle_model(loaded: Loaded, env: Mapping[str, str] | None = None) -> Loaded:
    """`loaded` with the model named, and a notice of it, where only the address of a server is known that serves one model.

    Asks the server in that case alone. Raises `FixSettings` with the names where it serves several; where it lists
    none, or does not answer, `loaded` comes back as it was.
    """
    env = os.environ if env is None else env
    settings = loaded.settings
    word = settings.model
    said = word not in CLASSES or getattr(settings.models, word).model or env.get("PULLWRIGHT_MODEL")
    credentials = Credentials(loaded.folders)
    try:
        if said or default_provider(settings, env, credentials) != CUSTOM:
            return loaded
        names = asyncio.run(_listed(choice_for(CUSTOM, "", "", settings, env, credentials)))
    except (MissingCredential, TimeoutError):
        return loaded
    if len(names) > 1:
        some = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise FixSettings(
            f"the server has {len(names)} models, and none is named: {some}",
            fix=f"set PULLWRIGHT_MODEL={names[0]}, or say --model {CUSTOM}/{names[0]}",
        )
    if not names:
        return loaded
    named = msgspec.structs.replace(settings, model=f"{CUSTOM}/{names[0]}")
    notice = f"no model is named; the server has {names[0]} only, so that is used (PULLWRIGHT_MODEL names another)"
    return msgspec.structs.replace(loaded, settings=named, notices=(*loaded.notices, notice))


async def _listed(choice: ModelChoice) -> list[str]:
    from pullwright.models.open import list_models

    async with asyncio.timeout(PATIENCE):
        try:
            return await list_models(choice)
        except PullwrightError:  # many servers list nothing: then a person has to say the name
            return []
