"""Providers, model families and prices: data files, read when first needed.

provider(name)        a provider's entry of providers.toml
family(model)         what is known of a model by its name (families.toml)
Prices                money of a call (prices.toml, and the person's own file over it)
class_default(…)      which model `fast` or `deep` means at a provider
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from pullwright.models.choice import Wire
from pullwright.models.model import Effort
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.usage import Usage

ModelClass = Literal["fast", "deep"]
Family = Literal["openai", "anthropic", "other"]

DEFAULT_WINDOW = 128_000
_HERE = Path(__file__).parent
_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|latest)$")


class ClassDefault(msgspec.Struct, frozen=True):
    """A model class's default: a model's name, or the environment variable that holds it."""

    model: str = ""
    env: str = ""
    effort: Effort = ""


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider. `suffix` completes a base URL that has no path
    (with `suffix_always`, one that does not end in it); `*_env` are looked at in order.

    `auth` is the header that carries the key; a token of `token_env` goes as a bearer. `proof` is a path that is answered for a
    good key only, for a provider that lists its models to anybody.
    """

    wire: Wire
    auth: Literal["bearer", "api-key", "x-api-key", "none"]
    base_url: str = ""
    base_url_env: tuple[str, ...] = ()
    suffix: str = ""
    suffix_always: bool = False
    key_env: tuple[str, ...] = ()
    token_env: tuple[str, ...] = ()
    key_optional: bool = False
    entra_scope: str = ""
    proof: str = ""
    fast: ClassDefault = ClassDefault()
    deep: ClassDefault = ClassDefault()
    quirks: dict[str, Any] = {}


class ModelFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a model by its name; tokens."""

    window: int = DEFAULT_WINDOW
    max_output: int = 32_000
    reasons: bool = False
    thinking: Literal["", "adaptive", "budget"] = ""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens. `cached` and `cache_write` cost what `input` costs where they are not given."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    tokens: int = 0
    above: Price | None = None

    def of(self, usage: Usage) -> float:
        """What a call with this usage costs."""
        if self.above and usage.input > self.above.tokens:
            return self.above.of(usage)
        fresh = max(usage.input - usage.cached - usage.cache_written, 0)
        cached = self.input if self.cached is None else self.cached
        write = self.input if self.cache_write is None else self.cache_write
        return (fresh * self.input + usage.cached * cached + usage.cache_written * write + usage.output * self.output) / 1e6


class _PriceFile(msgspec.Struct, frozen=True):
    models: dict[str, Price]
    checked: datetime.date | None = None
    note: str = ""


class Prices:
    """Prices by model. `user_file` has the form of prices.toml and goes over it; `checked` is the date of ours."""

    def __init__(self, user_file: Path | None = None) -> None:
        self._user_file = user_file

    def find(self, model: str) -> Price | None:
        """The price of a model, None where unknown."""
        table = _price_table(self._user_file)
        bare = model.rpartition("/")[2]
        for name in (model, bare, bare.replace(".", "-")):
            for known in (name, _DATE.sub("", name)):
                if known in table.models:
                    return table.models[known]
        return None

    def cost(self, model: str, usage: Usage) -> float | None:
        """US dollars of a call, None where the price is unknown."""
        price = self.find(model)
        return None if price is None else price.of(usage)

    @property
    def checked(self) -> datetime.date | None:
        """When the built-in prices were last looked up."""
        return _price_table(None).checked


@cache
def _price_table(user_file: Path | None) -> _PriceFile:
    table = msgspec.toml.decode((_HERE / "prices.toml").read_bytes(), type=_PriceFile)
    if user_file is None:
        return table
    try:
        theirs = msgspec.toml.decode(user_file.read_bytes(), type=_PriceFile)
    except (OSError, msgspec.DecodeError) as error:
        raise FixSettings(f"the prices in {user_file} cannot be read: {error}", fix="give it the form of prices.toml") from None
    return msgspec.structs.replace(table, models={**table.models, **theirs.models})


@cache
def providers() -> dict[str, Provider]:
    """All providers, by name."""
    return msgspec.toml.decode((_HERE / "providers.toml").read_bytes(), type=dict[str, Provider])


def provider(name: str) -> Provider:
    """A provider's entry. Raises `FixSettings` for a name that is not one."""
    known = providers()
    if name not in known:
        raise FixSettings(
            f"there is no provider {name!r}", fix=f"use one of {', '.join(known)}, or `custom` with a base_url of your own"
        )
    return known[name]


@cache
def _families() -> dict[str, dict[str, ModelFacts]]:
    return msgspec.toml.decode((_HERE / "families.toml").read_bytes(), type=dict[str, dict[str, ModelFacts]])


@cache
def family(model: str) -> tuple[Family, ModelFacts]:
    """The family and the facts of a model, by the longest known beginning of its name."""
    name = model.rpartition("/")[2].lower().replace(".", "-")
    best, found = "", ("other", ModelFacts())
    for kind, entries in _families().items():
        for prefix, facts in entries.items():
            if name.startswith(prefix) and len(prefix) > len(best):
                best, found = prefix, (kind, facts)
    return cast("tuple[Family, ModelFacts]", found)


def quirks_for(entry: Provider, facts: ModelFacts, own: Mapping[str, Any] | None = None) -> Quirks:
    """A model's facts, over them the provider's quirks, over them the person's `own`. Raises `FixSettings` on a wrong one."""
    known = {"reasons": facts.reasons, "thinking": facts.thinking, "max_output": min(facts.max_output, 64_000)}
    wrong = set(own or {}) - set(Quirks.__struct_fields__)
    try:
        if not wrong:
            return msgspec.convert({**known, **entry.quirks, **(own or {})}, type=Quirks)
    except msgspec.ValidationError as error:
        wrong = {str(error)}
    raise FixSettings(f"wrong quirks: {', '.join(sorted(wrong))}", fix=f"known are {', '.join(Quirks.__struct_fields__)}")


def class_default(provider_name: str, model_class: ModelClass, environ: Mapping[str, str]) -> tuple[str, Effort]:
    """Model and effort that a class means at a provider. Raises `FixSettings` where the provider has no default."""
    entry = provider(provider_name)
    chosen = entry.fast if model_class == "fast" else entry.deep
    model = chosen.model or environ.get(chosen.env, "")
    if not model:
        fix = f"say --model {provider_name}/NAME" + (f", or set {chosen.env}" if chosen.env else "")
        raise FixSettings(f"{provider_name} has no default {model_class} model", fix=fix)
    return model, chosen.effort
