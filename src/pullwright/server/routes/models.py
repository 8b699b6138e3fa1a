"""The models that may be asked, as OpenAI's clients list them."""

from __future__ import annotations

from pullwright.server.responses.allowed import require_caller
from pullwright.server.responses.records import ModelObject, ModelsObject
from pullwright.server.routing import Call, Routes
from pullwright.tasks.responses.choices import Choice, choices

ROUTES = Routes("Models")


@ROUTES.get("/v1/models")
async def list_models(call: Call) -> ModelsObject:
    """The models that the caller may ask."""
    return ModelsObject(data=[_shown(one) for one in await _choices(call)])


@ROUTES.get("/v1/models/{name:path}")
async def retrieve_model(call: Call, name: str) -> ModelObject:
    """One of them."""
    found = next((one for one in await _choices(call) if one.name == name), None)
    if found is None:
        raise call.desk.answering.relays.unknown(name)
    return _shown(found)


async def _choices(call: Call) -> list[Choice]:
    require_caller(call.actor)
    return await choices(call.service, call.actor)


def _shown(choice: Choice) -> ModelObject:
    return ModelObject(id=choice.name, created=0, owned_by=choice.provider)
