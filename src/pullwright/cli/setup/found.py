"""Sign-ins that are there already: keys in the environment, kept keys, own providers."""

from __future__ import annotations

import msgspec

from pullwright.cli.settings.model import ORDER, in_environment
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import Scene, named
from pullwright.models.catalog import provider as catalogued
from pullwright.models.catalog import providers


class Found(msgspec.Struct, frozen=True):
    """A sign-in that needs nothing more, and how it is told: `OpenAI`, `key in OPENAI_API_KEY`."""

    sign_in: SignIn
    label: str
    hint: str
    locked: bool = False


def known(scene: Scene) -> list[Found]:
    """What environment, kept keys and settings give, the one in use first."""
    found: dict[str, Found] = {}
    for name in ORDER:
        if in_environment(name, scene.env):
            variables = (*catalogued(name).key_env, *catalogued(name).token_env)
            variable = next(variable for variable in variables if scene.env.get(variable))
            found[name] = Found(SignIn(provider=name), named(name), f"key in {variable}")
    for name, place in scene.credentials.places().items():
        if name in providers():
            where = "kept in the OS keyring" if place == "keyring" else "kept on this machine"
            found.setdefault(name, Found(SignIn(provider=name), named(name), f"key {where}"))
    for name, own in scene.settings.providers.items():
        if own.base_url or own.entra:
            hint = "Entra ID" if own.entra else own.base_url
            found.setdefault(name, Found(SignIn(provider=name), named(name), f"{hint}, from your settings"))
    used = scene.settings.provider
    return sorted(found.values(), key=lambda one: one.sign_in.provider != used)


def counted(count: int, noun: str) -> str:
    """`1 model`, `3 models`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
