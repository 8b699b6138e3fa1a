"""The same answers from flags, for scripts: nothing is asked."""

from __future__ import annotations

import msgspec

from pullwright.cli.setup.check import check
from pullwright.cli.setup.found import known
from pullwright.cli.setup.model import models_for
from pullwright.cli.setup.plan import Plan, SignIn
from pullwright.cli.setup.scene import Scene
from pullwright.cli.setup.servers import answering
from pullwright.models.catalog import providers
from pullwright.protocol.errors import FixSettings, MissingCredential
from pullwright.protocol.policy import ApprovalMode


def batch(scene: Scene, given: Plan, *, model: str, everything: bool, checked: bool) -> Plan:
    """The plan of `given` and the word `model`; with `everything`, what was not given is found or takes its default.

    Raises `FixSettings` where something is missing or wrong, and what a provider raises that does not accept the key.
    """
    sign_in = given.sign_in or (_first(scene) if everything else None)
    if sign_in and checked and not sign_in.checked:
        seen = check(sign_in, scene)
        sign_in = msgspec.structs.replace(sign_in, names=seen.names, checked=True)
    models = models_for(scene, sign_in, model) if model or sign_in else None
    approval: ApprovalMode | None = given.approval or (scene.settings.terminal.approval if everything else None)
    return Plan(sign_in=sign_in, models=models, approval=approval)


def provider_given(scene: Scene, name: str, base_url: str) -> str:
    """`name`, when it is a provider, or `custom` for an address alone. Raises `FixSettings`."""
    from pullwright.cli.settings.nearest import did_you_mean

    name = name or ("custom" if base_url else "")
    every = [*providers(), *scene.settings.providers]
    if name and name not in every:
        raise FixSettings(
            f"there is no provider {name!r}.{did_you_mean(name, every)}", fix=f"use one of {', '.join(providers())}"
        )
    return name


def _first(scene: Scene) -> SignIn:
    for found in (*known(scene), *answering(scene.env)):
        if not found.locked:
            return found.sign_in
    raise MissingCredential(
        "there is no key and no local model server to be found",
        fix="pullwright setup --yes --provider NAME --key-stdin, with the key on standard input",
    )
