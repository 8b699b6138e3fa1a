"""Sign-ins that are there already: keys in the environment, kept keys, own providers, and local servers that answer."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from pullwright.cli.settings.model import ORDER, in_environment
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import Scene, named
from pullwright.models.catalog import provider as catalogued
from pullwright.models.catalog import providers
from pullwright.models.choice import ModelChoice
from pullwright.models.open import base_url, list_models
from pullwright.protocol.errors import ModelRefused, PullwrightError

LOCAL = ("ollama", "lmstudio", "vllm", "llamacpp")
WITHIN = 0.3
"""Seconds that the local servers get, all at once."""


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


def answering(env: Mapping[str, str]) -> list[Found]:
    """The local model servers that answer within `WITHIN` seconds on their usual ports, or where their variable says."""
    return asyncio.run(_answering(env))


async def _answering(env: Mapping[str, str]) -> list[Found]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(name, env)) for name in LOCAL]
    found: dict[str, Found] = {}
    for url, one in filter(None, (task.result() for task in tasks)):
        found.setdefault(place(url), one)
    return list(found.values())


async def _one(name: str, env: Mapping[str, str]) -> tuple[str, Found] | None:
    """The server of `name`, when it is one of this machine's.

    No key is sent and no proxy is asked: something else may listen there.
    """
    url, addresses = _address(name, env)
    if not is_loopback(url):
        return None
    try:
        async with asyncio.timeout(WITHIN):
            names = tuple(await list_models(ModelChoice(provider=name, model=""), environ=addresses))
    except ModelRefused:
        return url, Found(SignIn(provider=name), named(name), f"at {place(url)}, wants a key", locked=True)
    except (PullwrightError, TimeoutError, ValueError):
        return None
    hint = f"at {place(url)}, {counted(len(names), 'model')}"
    return url, Found(SignIn(provider=name, names=names, checked=True), named(name), hint)


def _address(name: str, env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Where a server would be (empty: its variable holds no address), and the part of `env` that says so."""
    addresses = {variable: env[variable] for variable in catalogued(name).base_url_env if env.get(variable)}
    try:
        return base_url(ModelChoice(provider=name, model=""), addresses), addresses
    except ValueError:
        return "", addresses


def counted(count: int, noun: str) -> str:
    """`1 model`, `3 models`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def is_loopback(url: str) -> bool:
    """True when the address is this machine's own loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def place(url: str) -> str:
    """`127.0.0.1:11434`."""
    return urlsplit(url).netloc
