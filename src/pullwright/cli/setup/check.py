"""A sign-in shown to its provider."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from pullwright.cli.settings.environment import CUSTOM
from pullwright.cli.settings.model import choice_for
from pullwright.cli.settings.tree import Provider
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import Scene
from pullwright.models.catalog import providers
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import ModelUnavailable, PullwrightError

PATIENCE = 15.0


class Seen(msgspec.Struct, frozen=True):
    """What the provider said: the models it lists, after how many milliseconds."""

    names: tuple[str, ...]
    milliseconds: int


def check(sign_in: SignIn, scene: Scene) -> Seen:
    """Ask the provider for its models. Raises what a model call raises, and `ModelUnavailable` after `PATIENCE` seconds."""
    import asyncio

    choice = choice_of(sign_in, scene)
    began = time.monotonic()
    names = asyncio.run(_listed(choice, scene.env))
    return Seen(tuple(names), round((time.monotonic() - began) * 1000))


def choice_of(sign_in: SignIn, scene: Scene) -> ModelChoice:
    """What to call the provider with: what the sign-in says, over settings, environment and kept keys."""
    own = scene.settings.providers.get(sign_in.provider, Provider())
    return ModelChoice(
        provider=sign_in.provider if sign_in.provider in providers() else CUSTOM,
        model="",
        base_url=sign_in.base_url or own.base_url,
        wire=sign_in.wire or own.wire,
        headers=own.headers,
        key=sign_in.key or known_key(sign_in, scene),
        entra=own.entra if sign_in.entra is None else sign_in.entra,
    )


def known_key(sign_in: SignIn, scene: Scene) -> str:
    """The key that is known of the sign-in's provider; empty where none is, or none is needed."""
    if sign_in.entra:
        return ""
    try:
        return choice_for(sign_in.provider, "", "", scene.settings, scene.env, scene.credentials).key
    except PullwrightError:
        return ""


async def _listed(choice: ModelChoice, env: Mapping[str, str]) -> list[str]:
    import asyncio

    from pullwright.models.open import list_models

    try:
        async with asyncio.timeout(PATIENCE):
            return await list_models(choice, environ=env)
    except TimeoutError:
        raise ModelUnavailable(f"no answer for {PATIENCE:.0f} seconds", fix="check the address and the proxy settings") from None
