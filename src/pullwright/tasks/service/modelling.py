"""An administrator says what the names of models stand for: provider, model, address, key. It holds at once, everywhere."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping
from typing import Annotated

import msgspec
from sqlalchemy import Connection

from pullwright.models.catalog import Provider, provider, providers
from pullwright.models.choice import ModelChoice, Wire
from pullwright.models.model import Effort
from pullwright.models.open import base_url, credential_for, list_models
from pullwright.protocol.errors import FixSettings, MissingCredential, NotFound, PullwrightError, WrongField
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.models import BELL
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.model_settings import ModelSetting, held_model_settings, put_model_settings
from pullwright.tasks.vault import model_context

CLASSES = ("fast", "deep")
NAME = re.compile(r"[A-Za-z0-9][\w.:@-]*(/[\w.:@-]+)+")
ADDRESS = re.compile(r"https?://[^/@?#\s]+(/[^?#\s]*)?")
LONGEST = 128
PATIENCE = 15.0
MOST = 1000
Short = Annotated[str, msgspec.Meta(max_length=512)]


class ModelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a name is to stand for. `base_url` and `wire` empty: the provider's. `key` null: the one that is kept, else the
    server's own for this provider; it is never told again."""

    provider: Annotated[str, msgspec.Meta(max_length=64)]
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    effort: Effort = ""
    wire: Wire | None = None
    base_url: Short = ""
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)] | None = None


class ModelTried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a provider said to a sign-in, after how many seconds: the models that it lists; else why not, and what to do."""

    ok: bool
    seconds: float
    models: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""


async def set_model(service: Service, actor: Actor, name: str, order: ModelOrder) -> ModelChoice:
    """Have `name` stand for what is ordered. Raises `WrongField` for what cannot be, and `Forbidden`."""
    actor.require("server.admin")
    _check_name(name)
    choice, setting = _made(service, actor, name, order)

    def put(connection: Connection) -> Mapping[str, ModelSetting]:
        settings = {**held_model_settings(connection), name: setting}
        put_model_settings(connection, settings)
        told = {"provider": order.provider, "model": order.model, "address": order.base_url, "key": order.key is not None}
        audit(connection, actor, "model.set", name, detail=told)
        return settings

    service.models.take(await service.database.write(put))
    service.bells.ring(BELL)
    return choice


async def unset_model(service: Service, actor: Actor, name: str) -> None:
    """Let `name` stand for what the configuration says again, or for nothing. Raises `NotFound` and `Forbidden`."""
    actor.require("server.admin")

    def remove(connection: Connection) -> Mapping[str, ModelSetting]:
        settings = dict(held_model_settings(connection))
        if settings.pop(name, None) is None:
            raise NotFound(f"nothing was set here for {name}")
        put_model_settings(connection, settings)
        audit(connection, actor, "model.remove", name)
        return settings

    service.models.take(await service.database.write(remove))
    service.bells.ring(BELL)


async def try_model(service: Service, actor: Actor, name: str, order: ModelOrder) -> ModelTried:
    """Sign in with what is ordered, and ask which models there are; nothing is kept. Raises `WrongField` and `Forbidden`."""
    actor.require("server.admin")
    choice, _ = _made(service, actor, name, order)
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            names = await list_models(choice)
    except TimeoutError:
        return ModelTried(ok=False, seconds=time.monotonic() - began, why=f"no answer within {PATIENCE:.0f} seconds")
    except PullwrightError as error:
        return ModelTried(ok=False, seconds=time.monotonic() - began, why=str(error), fix=error.fix)
    return ModelTried(ok=True, seconds=time.monotonic() - began, models=tuple(names[:MOST]))


def choosable(service: Service) -> dict[str, Provider]:
    """The providers that may be chosen, by name: those that Pullwright knows, and the configuration's own."""
    used = {one.provider for one in service.models.configured.values()}
    return {name: entry for name, entry in providers().items() if name != "scripted" or name in used}


def _check_name(name: str) -> None:
    if name not in CLASSES and (len(name) > LONGEST or not NAME.fullmatch(name)):
        raise WrongField(f"{name!r} is no name for a model", at="$.name", fix="It is `fast`, `deep`, or like `provider/model`.")


def _made(service: Service, actor: Actor, name: str, order: ModelOrder) -> tuple[ModelChoice, ModelSetting]:
    """The choice, and the row that makes it. Raises `WrongField`."""
    if order.provider not in choosable(service):
        known = ", ".join(choosable(service))
        raise WrongField(f"there is no provider {order.provider!r}", at="$.provider", fix=f"One of {known}.")
    address = order.base_url.strip()
    if address and not ADDRESS.fullmatch(address):
        fix = "It begins with http:// or https://, without name and password."
        raise WrongField("the address is none", at="$.base_url", fix=fix)
    sealed = _sealed(service, name, order, address)
    setting = ModelSetting(
        provider=order.provider,
        model=order.model.strip(),
        effort=order.effort,
        wire=order.wire,
        base_url=address,
        key=sealed,
        by=actor.user_id,
        changed=time.time(),
    )
    key = service.vault.open(sealed, model_context(name)).decode() if sealed is not None else ""
    choice = service.models.standing_for(setting, key)
    _check(choice)
    return choice, setting


def _sealed(service: Service, name: str, order: ModelOrder, address: str) -> bytes | None:
    """The key that goes there: the one that is given, else the one that was given for the same address.

    Raises `WrongField`: one that the server has for the provider's own address must not go to another.
    """
    if order.key is not None:
        return service.vault.seal(order.key.strip().encode(), model_context(name))
    kept = service.models.settings.get(name)
    if kept is not None and kept.key is not None and (kept.provider, kept.base_url) == (order.provider, address):
        return kept.key
    if address and provider(order.provider).key_env:
        fix = "Give it; a server that needs none takes any word."
        raise WrongField("this address needs a key of its own", at="$.key", fix=fix)
    return None


def _check(choice: ModelChoice) -> None:
    """Whether it can be called at all. Raises `WrongField`."""
    try:
        base_url(choice, os.environ)
    except FixSettings as error:
        raise WrongField(str(error), at="$.base_url", fix=error.fix) from None
    try:
        credential_for(choice, provider(choice.provider), os.environ)
    except MissingCredential as error:
        raise WrongField(str(error), at="$.key", fix="Give the provider's key.") from None
