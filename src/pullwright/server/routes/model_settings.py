"""What the names of models stand for, as an administrator sets it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query

from pullwright.models.catalog import Prices
from pullwright.models.choice import Wire
from pullwright.server.facts import ModelView, model_view
from pullwright.server.routing import Call, Routes
from pullwright.tasks.service.modelling import ModelOrder, ModelTried, choosable, set_model, try_model, unset_model

ROUTES = Routes("Models")

Name = Annotated[str, Query(max_length=128, description="`fast`, `deep`, or like `provider/model`.")]
_ORDER = ModelOrder(provider="anthropic", model="claude-opus-5-5", key="sk-ant-…")


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and what it stands for. `here`: an administrator set it, else the configuration says so; `configured`: it does,
    too. `own_key`: a key was given with it. `base_url` is the one that was given."""

    view: ModelView
    here: bool
    configured: bool
    own_key: bool
    base_url: str


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that may be chosen. `needs_key`: it answers nobody without one; `address` empty: one has to be given."""

    name: str
    wire: Wire
    needs_key: bool
    address: str


class ModelBook(msgspec.Struct, frozen=True, kw_only=True):
    """All names, and the providers to choose from."""

    models: tuple[ModelEntry, ...]
    providers: tuple[ProviderView, ...]


@ROUTES.get("/api/v1/models")
async def model_book(call: Call) -> ModelBook:
    """The names of models and what they stand for, and the providers that may be chosen. No key is ever shown."""
    call.actor.require("server.admin")
    return _book(call)


@ROUTES.put("/api/v1/models/{name:path}", example=_ORDER)
async def put_model(call: Call, name: str, body: ModelOrder) -> ModelBook:
    """Have a name stand for another model, or add one. It holds at once: for new turns, and for requests of the API."""
    await set_model(call.service, call.actor, name, body)
    return _book(call)


@ROUTES.delete("/api/v1/models/{name:path}")
async def delete_model(call: Call, name: str) -> ModelBook:
    """Let a name stand for what the configuration says again, or for nothing."""
    await unset_model(call.service, call.actor, name)
    return _book(call)


@ROUTES.post("/api/v1/models/try", example=_ORDER)
async def try_order(call: Call, body: ModelOrder, name: Name = "fast") -> ModelTried:
    """Sign in with it at the provider, and say which models there are. Nothing is kept."""
    return await try_model(call.service, call.actor, name, body)


def _book(call: Call) -> ModelBook:
    models, prices = call.service.models, Prices(call.service.config.prices)
    entries: list[ModelEntry] = []
    for name, choice in sorted(models.choices.items()):
        setting = models.settings.get(name)
        entry = ModelEntry(
            view=model_view(name, choice, prices, whole=True),
            here=setting is not None,
            configured=name in models.configured,
            own_key=setting is not None and setting.key is not None,
            base_url=setting.base_url if setting is not None else "",
        )
        entries.append(entry)
    providers = [
        ProviderView(
            name=name,
            wire=entry.wire,
            needs_key=not entry.key_optional,
            address=entry.base_url,
        )
        for name, entry in choosable(call.service).items()
    ]
    return ModelBook(models=tuple(entries), providers=tuple(providers))
