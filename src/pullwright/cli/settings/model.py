"""Settings, environment and kept keys -> the model to call.

the word        --model, PULLWRIGHT_MODEL, `model`: fast | deep | provider/name | name
the provider    named by the word, else PULLWRIGHT_BASE_URL, else the setting `provider`, else the one whose key is known:
                the environment's keys in the order of `ORDER`, then what `pullwright login` kept, in the same order
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pullwright.cli.credentials import Credentials
from pullwright.cli.settings.environment import CUSTOM
from pullwright.cli.settings.references import KEPT
from pullwright.cli.settings.tree import Provider, Settings
from pullwright.models.catalog import class_default, providers
from pullwright.models.catalog import provider as catalogued
from pullwright.models.choice import ModelChoice
from pullwright.models.model import Effort
from pullwright.protocol.errors import FixSettings, MissingCredential

ORDER = ("openai", "azure", "anthropic", "openrouter")
CLASSES: tuple[Literal["fast", "deep"], ...] = ("fast", "deep")
BASE_URL = "PULLWRIGHT_BASE_URL"
PROVIDER = "PULLWRIGHT_PROVIDER"


def choose_model(settings: Settings, env: Mapping[str, str], credentials: Credentials) -> ModelChoice:
    """The model that the settings mean, with its key. Raises `MissingCredential`, `FixSettings`."""
    word, effort = settings.model, settings.effort
    if word == "fast" or word == "deep":
        configured = getattr(settings.models, word)
        effort = effort or configured.effort
        if configured.model:
            provider, model = _split(configured.model, settings, env, credentials)
        else:
            provider = default_provider(settings, env, credentials)
            model, usual = _class_model(provider, word, settings, env)
            effort = effort or usual
    else:
        provider, model = _split(word, settings, env, credentials)
    return choice_for(provider, model, effort, settings, env, credentials)


def choice_for(
    provider: str, model: str, effort: Effort, settings: Settings, env: Mapping[str, str], credentials: Credentials
) -> ModelChoice:
    """`model` at `provider`, with address, wire and key as the settings, the environment and the kept keys say."""
    own = settings.providers.get(provider, Provider())
    known = provider in providers()
    if not known and not own.base_url:
        raise FixSettings(
            f"there is no provider {provider!r}",
            fix=f"use one of {', '.join(providers())}; or: pullwright config set providers.{provider}.base_url URL",
        )
    key = _key(provider, own, env, credentials)
    if not key and not own.entra and "authorization" not in {name.lower() for name in own.headers} and known:
        _require_key(provider, env)
    return ModelChoice(
        provider=provider if known else CUSTOM,
        model=model,
        effort=effort,
        wire=own.wire,
        base_url=own.base_url,
        key=key,
        entra=own.entra,
        headers=own.headers,
        window=own.window,
    )


def default_provider(settings: Settings, env: Mapping[str, str], credentials: Credentials) -> str:
    """The provider to use when none is named. Raises `MissingCredential` when none is known."""
    custom = settings.providers.get(CUSTOM)
    if settings.provider and (env.get(PROVIDER) or not env.get(BASE_URL)):
        return settings.provider
    if env.get(BASE_URL) or (custom and custom.base_url):
        return CUSTOM
    for name in ORDER:
        own = settings.providers.get(name, Provider())
        if in_environment(name, env) or (own.key_env and env.get(own.key_env)) or own.entra:
            return name
    kept = credentials.places()
    for name in (*ORDER, *kept):
        if name in kept and not name.startswith(KEPT):
            return name
    raise MissingCredential(
        "no model is known to Pullwright: there is no key and no address",
        fix="any one of\n"
        "  pullwright setup                  asks three things and writes them down\n"
        "  export OPENAI_API_KEY=…           or ANTHROPIC_API_KEY, OPENROUTER_API_KEY,\n"
        "                                    AZURE_OPENAI_API_KEY with AZURE_OPENAI_ENDPOINT\n"
        "  pullwright login openai           keeps a key on this machine\n"
        "  export PULLWRIGHT_BASE_URL=http://127.0.0.1:8000/v1 PULLWRIGHT_MODEL=…     any compatible server\n"
        "  pullwright demo                   shows the whole way without a model",
    )


def in_environment(provider: str, env: Mapping[str, str]) -> bool:
    """True when the environment holds all that a provider of the catalogue needs."""
    entry = catalogued(provider)
    keyed = any(env.get(name) for name in (*entry.key_env, *entry.token_env))
    # Azure has no address of its own: a key without an endpoint belongs to somebody else's set-up.
    return keyed and (bool(entry.base_url) or any(env.get(name) for name in entry.base_url_env))


def _split(word: str, settings: Settings, env: Mapping[str, str], credentials: Credentials) -> tuple[str, str]:
    """`provider/name`, or a name at the provider in use (`Qwen/Qwen3` is a name: no provider is called Qwen)."""
    first, slash, rest = word.partition("/")
    if slash and rest and (first in settings.providers or first in providers()):
        return first, rest
    return default_provider(settings, env, credentials), word


def _class_model(provider: str, word: Literal["fast", "deep"], settings: Settings, env: Mapping[str, str]) -> tuple[str, Effort]:
    if provider not in providers():
        raise FixSettings(
            f"{provider} has no default {word} model", fix=f"pullwright config set models.{word}.model {provider}/NAME"
        )
    model, effort = class_default(provider, word, env)
    if model in CLASSES:
        raise FixSettings(
            f"which model lies behind {provider} is not said", fix=f"set PULLWRIGHT_MODEL to its name, or --model {provider}/NAME"
        )
    return model, effort


def _key(provider: str, own: Provider, env: Mapping[str, str], credentials: Credentials) -> str:
    if own.key_env:
        if key := env.get(own.key_env):
            return key
        raise MissingCredential(f"no key for {provider}: the variable {own.key_env} is empty", fix=f"export {own.key_env}=…")
    if provider in providers():
        entry = catalogued(provider)
        if key := next((env[name] for name in entry.key_env if env.get(name)), ""):
            return key
        if own.entra or any(env.get(name) for name in entry.token_env):
            return ""
    return credentials.get(provider)


def _require_key(provider: str, env: Mapping[str, str]) -> None:
    entry = catalogued(provider)
    if entry.key_optional or any(env.get(name) for name in entry.token_env):
        return
    ways = [f"pullwright login {provider}", *(f"export {name}=…" for name in entry.key_env)]
    if entry.entra_scope:
        ways.append(f"pullwright config set providers.{provider}.entra true   (Entra ID)")
    raise MissingCredential(f"no key for {provider} is known", fix=",  or  ".join(ways))


def secrets_of(choice: ModelChoice, env: Mapping[str, str]) -> tuple[str, ...]:
    """What must never be seen in a log: the key, header values, and every provider's key in the environment."""
    names = {name for entry in providers().values() for name in (*entry.key_env, *entry.token_env)}
    found = [choice.key, *choice.headers.values(), *(env.get(name, "") for name in sorted(names))]
    return tuple(dict.fromkeys(secret for secret in found if len(secret) >= 8))


def class_words(provider: str, settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """Model name -> `fast`, `deep` or `fast, deep`, for the classes that mean a model of this provider."""
    words: dict[str, str] = {}
    for word in CLASSES:
        configured = getattr(settings.models, word).model
        if configured:
            model = configured.removeprefix(f"{provider}/") if configured.startswith(f"{provider}/") else ""
        else:
            try:
                model = _class_model(provider, word, settings, env)[0]
            except FixSettings:
                model = ""
        if model:
            words[model] = f"{words[model]}, {word}" if model in words else word
    return words
