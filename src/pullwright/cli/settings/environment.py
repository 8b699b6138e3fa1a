"""A layer from the environment: `limits.memory` is `PULLWRIGHT_LIMITS_MEMORY`, and a provider of one's own by address."""

from __future__ import annotations

from collections.abc import Mapping

from pullwright.cli.settings.keys import KEYS
from pullwright.cli.settings.layer import Layer, Origin, checked
from pullwright.cli.settings.nearest import nearest

PREFIX = "PULLWRIGHT_"
CUSTOM = "custom"
"""The provider that PULLWRIGHT_BASE_URL stands for."""

_PROVIDER = {"BASE_URL": f"providers.{CUSTOM}.base_url", "WIRE": f"providers.{CUSTOM}.wire"}
NOT_SETTINGS = ("HOME", "DEBUG", "API_KEY", "COMPLETE", "SERVER_KEY")


def variable(dotted: str) -> str:
    """The variable that sets a key."""
    return PREFIX + dotted.upper().replace(".", "_")


def environment_layer(env: Mapping[str, str]) -> tuple[Layer, list[str]]:
    """The values, and a notice for each variable that looks like a mistyped one of ours. Raises `FixSettings`."""
    names = {variable(dotted): dotted for dotted, key in KEYS.items() if "*" not in dotted and not key.apart}
    names |= {PREFIX + name: dotted for name, dotted in _PROVIDER.items()}
    layer: Layer = {}
    notices: list[str] = []
    for name in (name for name in env if name.startswith(PREFIX)):
        if dotted := names.get(name):
            if env[name]:
                layer[dotted] = checked(dotted, env[name], Origin("environment", name), lax=True)
        elif (own := name.removeprefix(PREFIX)) not in NOT_SETTINGS and (
            near := nearest(own, [known.removeprefix(PREFIX) for known in names])
        ):
            notices.append(f"the variable {name} means nothing to Pullwright. Did you mean {PREFIX}{near}?")
    return layer, notices
