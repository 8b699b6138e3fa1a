"""What the server is set up with, as it is told to whoever signs in: never what it signs in with elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from pullwright.models.catalog import Price, Prices, provider
from pullwright.models.choice import ModelChoice
from pullwright.models.open import base_url, credential_for
from pullwright.protocol.errors import FixSettings, MissingCredential
from pullwright.server.config import ServerConfig
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.store.records import Retention

KeyState = Literal["set", "entra", "none", "missing", "untold"]


class ModelView(msgspec.Struct, frozen=True, kw_only=True):
    """What a name that tasks and programs may ask for stands for. `price` is in dollars for a million tokens (None: unknown).

    `key` says how the server signs in there: with a key, by Entra ID, not at all (none is needed), or that it cannot; and that
    this is `untold`, as is `address` (empty), to whoever does not administer the server.
    """

    name: str
    provider: str
    model: str
    effort: str
    wire: str
    price: Price | None
    key: KeyState = "untold"
    address: str = ""


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """What the server is set up with, as far as whoever dispatches must know it.

    Sizes in bytes; `patience` and `sign_in_seconds` in seconds; `requests` and `sign_ins` for a minute; `keep` in days.
    """

    version: str
    url: str
    models: tuple[str, ...]
    choices: tuple[ModelView, ...]
    slots: int
    user_slots: int
    patience: float
    verify: bool
    body_bytes: int
    upload_bytes: int
    api_bytes: int
    requests: int
    sign_ins: int
    sign_in_seconds: float
    sign_in_by: tuple[str, ...]
    keep: Retention


def server_view(config: ServiceConfig, models: Mapping[str, ModelChoice], ours: ServerConfig, *, whole: bool) -> ServerView:
    """`whole`: also where models are and whether there is a key for them."""
    prices = Prices(config.prices)
    return ServerView(
        version=config.version,
        url=ours.url,
        models=tuple(sorted(models)),
        choices=tuple(model_view(name, models[name], prices, whole=whole) for name in sorted(models)),
        slots=config.slots,
        user_slots=config.user_slots,
        patience=config.patience,
        verify=config.verify,
        body_bytes=ours.body_bytes,
        upload_bytes=ours.upload_bytes,
        api_bytes=ours.api_bytes,
        requests=ours.requests,
        sign_ins=ours.sign_ins,
        sign_in_seconds=ours.sign_in_seconds,
        sign_in_by=("password", *((ours.oidc.name,) if ours.oidc else ())),
        keep=config.keep,
    )


def model_view(name: str, choice: ModelChoice, prices: Prices, *, whole: bool) -> ModelView:
    """One name, and what it stands for."""
    try:
        wire, price = choice.wire or provider(choice.provider).wire, prices.find(choice.model)
    except FixSettings:  # a provider or a file of prices that is not there: the calls say so
        wire, price = choice.wire or "", None
    view = ModelView(name=name, provider=choice.provider, model=choice.model, effort=choice.effort, wire=wire, price=price)
    return msgspec.structs.replace(view, key=_key_of(choice), address=_address_of(choice)) if whole else view


def _key_of(choice: ModelChoice) -> KeyState:
    try:
        entry = provider(choice.provider)
        if choice.entra:
            return "entra"
        return "set" if credential_for(choice, entry, os.environ).secrets else "none"
    except (FixSettings, MissingCredential):
        return "missing"


def _address_of(choice: ModelChoice) -> str:
    """Without what may be a secret in it: name and password, and what comes after `?`."""
    try:
        url = urlsplit(base_url(choice, os.environ))
    except (FixSettings, ValueError):
        return ""
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
