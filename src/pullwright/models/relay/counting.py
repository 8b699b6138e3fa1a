"""Input tokens as a server of Anthropic Messages counts them. Many that imitate it do not."""

from __future__ import annotations

from typing import Any

import msgspec

from pullwright.models.credentials import Credential
from pullwright.models.faults import FaultReader
from pullwright.models.line import Broken
from pullwright.models.relay.pool import Pool
from pullwright.models.wired import MAX_ERROR_BODY

_PATH = "/messages/count_tokens"
_KNOWN = frozenset({"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"})
"""What of a request the counting knows; it refuses the rest."""

_encode = msgspec.json.Encoder().encode


class _Counted(msgspec.Struct):
    input_tokens: int


class Counting:
    """The counting of one server. One that has none is not asked again."""

    def __init__(self, pool: Pool, credential: Credential, faults: FaultReader) -> None:
        self._pool = pool
        self._credential = credential
        self._faults = faults
        self._absent = False

    async def ask(self, body: bytes) -> int | None:
        """The input tokens of a request's body; None where the server does not count. Raises as `Relay.stream` does."""
        if self._absent:
            return None
        fields: dict[str, Any] = msgspec.json.decode(body)
        asked = _encode({name: value for name, value in fields.items() if name in _KNOWN})
        try:
            headers = await headers_of(self._credential, "application/json")
            async with self._pool.request("POST", _PATH, headers, asked) as response:
                answer = await response.read(MAX_ERROR_BODY)
        except Broken as broken:
            raise self._faults.broken(str(broken)).error from None
        if response.status in (404, 405, 501):
            self._absent = True
            return None
        if response.status != 200:
            raise self._faults.refused(response.status, response.headers, answer).error
        try:
            return msgspec.json.decode(answer, type=_Counted).input_tokens
        except msgspec.DecodeError:
            return None


async def headers_of(credential: Credential, accept: str) -> dict[str, str]:
    """The headers of a request with a JSON body."""
    return {"content-type": "application/json", "accept": accept, **await credential.headers()}
