"""What a server of the Responses API has beside the responses: `input_tokens` and `compact`. Many have neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pullwright.models.credentials import Credential
from pullwright.models.faults import Fault, FaultReader
from pullwright.models.line import Broken
from pullwright.models.relay.pool import Pool
from pullwright.models.relay.relay import Order
from pullwright.models.relay.request import body_for
from pullwright.models.wired import MAX_ERROR_BODY
from pullwright.models.wires.wire import Quirks, fields_of
from pullwright.protocol.errors import ChangeRequest, ModelUnavailable

_LIMIT = 64 << 20
_UNKNOWN_MODEL = ("model_not_found", "DeploymentNotFound")
_TAKEN = {
    "/responses/input_tokens": (
        "instructions",
        "tools",
        "tool_choice",
        "text",
        "reasoning",
        "truncation",
        "parallel_tool_calls",
        "personality",
    ),
    "/responses/compact": ("instructions", "prompt_cache_key"),
}
"""The fields of a request that each endpoint knows: they refuse the others."""


class Endpoints:
    """The endpoints of one server. One that turns out not to be there is not asked again."""

    def __init__(self, pool: Pool, credential: Credential, faults: FaultReader, model: str, quirks: Quirks) -> None:
        self._pool = pool
        self._credential = credential
        self._faults = faults
        self._model = model
        self._quirks = quirks
        self._absent: set[str] = set()

    async def ask(self, path: str, order: Order) -> dict[str, Any] | None:
        """What the endpoint `path` answers for `order`; None where the server has none. Raises as `Relay.stream` does."""
        if path in self._absent:
            return None
        fields = {name: order.fields[name] for name in _TAKEN[path] if order.fields.get(name) is not None}
        body = body_for(fields, self._model, order.items, self._quirks)
        headers = {"content-type": "application/json", "accept": "application/json", **await self._credential.headers()}
        try:
            async with self._pool.request("POST", path, headers, body) as response:
                if response.status == 200:
                    return _object(await response.read(_LIMIT))
                refusal = await response.read(MAX_ERROR_BODY)
                return self._refused(path, response.status, response.headers, refusal)
        except Broken as broken:
            raise self._faults.broken(str(broken)).error from None
        except Fault as fault:
            raise fault.error from None

    def _refused(self, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        fault = self._faults.refused(status, headers, body)
        known = isinstance(fault.error, ChangeRequest) and fault.error.code in _UNKNOWN_MODEL
        if status not in (404, 405, 501) or known:
            raise fault
        self._absent.add(path)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return fields_of(msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError):
        raise ModelUnavailable("the server's answer is not JSON", fix="check base_url: it usually ends in /v1") from None
