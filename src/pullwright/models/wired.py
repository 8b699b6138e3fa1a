"""A model over HTTP: encode, send, decode; again when the answer breaks; tokens and money counted."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Literal

from pullwright.models.credentials import Credential
from pullwright.models.faults import Fault, FaultReader
from pullwright.models.http import Broken, Client
from pullwright.models.model import Effort, Finished, ItemDone, ModelEvent, ModelRequest, Retried
from pullwright.models.retry import Backoff
from pullwright.models.sse import EventParser, Malformed
from pullwright.models.tokens import Estimator
from pullwright.models.wires.wire import Ended, StreamFailed, Wire
from pullwright.protocol.usage import Usage

MAX_ERROR_BODY = 64 * 1024


class WiredModel:
    """A `Model` behind one of the wires.

    `scripted` is true from the start at the provider of that name, and turns true when a mock server answers.
    """

    def __init__(
        self,
        *,
        name: str,
        provider: str,
        family: Literal["openai", "anthropic", "other"],
        window: int,
        wire: Wire,
        client: Client,
        credential: Credential,
        faults: FaultReader,
        cost: Callable[[str, Usage], float | None],
        effort: Effort = "",
        retries: int = 5,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self.provider = provider
        self.family: Literal["openai", "anthropic", "other"] = family
        self.window = window
        self.scripted = provider == "scripted"
        self._wire = wire
        self._client = client
        self._credential = credential
        self._faults = faults
        self._cost = cost
        self._effort: Effort = effort
        self._retries = retries
        self._backoff = backoff or Backoff()
        self._estimator = Estimator()
        self._answering = ""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """One whole response, see `Model.stream`."""
        if self._effort and not request.effort:
            request = _with_effort(request, self._effort)
        body = self._wire.encode(request)
        attempt = 0
        while True:
            try:
                # Closed here and now: whoever leaves early must not keep the connection until the garbage is collected.
                async with contextlib.aclosing(self._try(request, body)) as events:
                    async for event in events:
                        yield event
                return
            except Fault as fault:
                attempt += 1
                if not fault.retry or attempt > self._retries:
                    raise fault.error from None
                wait = fault.wait or self._backoff.wait(attempt)  # "0 seconds" is no leave to hammer
                yield Retried(attempt, fault.reason, fault.status, wait)
                await asyncio.sleep(wait)

    async def _try(self, request: ModelRequest, body: bytes) -> AsyncGenerator[ModelEvent, None]:
        """Send once. Raises `Fault`."""
        started = time.monotonic()
        first = 0.0
        decoder = self._wire.decoder(request)
        parser = EventParser()
        said = 0
        try:
            headers = {
                "content-type": "application/json",
                "accept": "text/event-stream",
                **await self._credential.headers(),
            }
            async with self._client.request("POST", self._wire.path, headers, body) as response:
                self.scripted = self.scripted or "x-pullwright-scripted" in response.headers
                if response.status != 200:
                    raise self._faults.refused(response.status, response.headers, await response.read(MAX_ERROR_BODY))
                kind = response.headers.get("content-type", "text/event-stream").partition(";")[0]
                if kind != "text/event-stream":
                    raise self._faults.not_a_stream(kind)
                async for piece in response.pieces():
                    for server_event in parser.feed(piece):
                        for event in decoder.feed(server_event):
                            first = first or time.monotonic()
                            said += len(event.item.raw) if isinstance(event, ItemDone) else 0
                            yield event
        except (Broken, Malformed) as broken:
            if decoder.ended is None:
                raise self._faults.broken(str(broken)) from None
        except StreamFailed as failed:
            raise self._faults.failed(failed.code, failed.message) from None
        if decoder.ended is None:
            raise self._faults.broken("the stream ended before the answer was whole")
        yield self._finished(request, decoder.ended, body, said, started, first)

    def _finished(self, request: ModelRequest, ended: Ended, body: bytes, said: int, started: float, first: float) -> Finished:
        usage = ended.usage
        if usage is None:
            usage = Usage(input=self.count_tokens(request), output=self._estimator.of_text(said), estimated=True)
        else:
            self._estimator.learn(request, usage.input)
        now = time.monotonic()
        self._answering = ended.model
        return Finished(
            model=ended.model or self.name,
            response_id=ended.response_id,
            stop=ended.stop,
            usage=usage,
            cost_usd=self.price(usage),
            seconds=now - started,
            first_token_seconds=(first or now) - started,
            request_bytes=len(body),
        )

    def count_tokens(self, request: ModelRequest) -> int:
        """See `Model.count_tokens`: bytes at a rate learned from what the provider counted."""
        return self._estimator.estimate(request)

    def price(self, usage: Usage) -> float | None:
        """See `Model.price`. An Azure deployment has a name of its own; its answers say which model it is."""
        cost = self._cost(self.name, usage)
        return cost if cost is not None or not self._answering else self._cost(self._answering, usage)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()
        await self._credential.aclose()


def _with_effort(request: ModelRequest, effort: Effort) -> ModelRequest:
    import msgspec

    return msgspec.structs.replace(request, effort=effort)
